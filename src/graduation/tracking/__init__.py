"""Log training runs to MLflow, and score Spark tables with what it holds; nothing else in the library knows of it."""

from graduation.tracking.runs import DEFAULT_URI, track
from graduation.tracking.spark import score_spark

__all__ = ["DEFAULT_URI", "score_spark", "track"]
