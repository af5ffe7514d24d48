"""Train the shipped model on the shipped sample, as a planner would: `python models/make_model.py`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample"


def main() -> int:
    waves = [str(SAMPLE / f"registry_{year}.csv") for year in (2023, 2024)]
    out = str(ROOT / "models" / "sample")
    command = [sys.executable, "-m", "graduation", "train", *waves, "--out", out, "--force", "--quiet"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
