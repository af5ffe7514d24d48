"""Log training runs to MLflow; nothing else in the library knows of it."""

from graduation.tracking.runs import DEFAULT_URI, track

__all__ = ["DEFAULT_URI", "track"]
