"""Say what to do where LightGBM lacks the system's OpenMP library."""

import sys

try:
    import lightgbm  # noqa: F401
except OSError as error:
    sys.exit(
        f"LightGBM cannot be loaded: {error}\n"
        "It needs the OpenMP library: `apt-get install libgomp1` (Debian, Ubuntu), `dnf install libgomp` (Fedora), "
        "`brew install libomp` (macOS); then run the same command again."
    )
