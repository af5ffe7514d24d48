"""Stop early, and say why, where Python is too old."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must say so on an old one
    sys.exit(
        f"Python {sys.version.split()[0]} is too old: install 3.11 or newer, then `make PYTHON=/path/to/python3.11`"
    )
