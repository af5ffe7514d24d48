"""Write the sample files in data/sample; the same bytes every time.

python data/make_sample.py            rewrite the files
python data/make_sample.py --check    fail when a file differs from what would be written
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from graduation.datasets import make_waves
from graduation.schema import Line

FOLDER = Path(__file__).parent / "sample"
HOUSEHOLDS, SEED, SCENARIO = 4_000, 3216, "bottom_10"


def sample_files() -> dict[str, bytes]:
    """Return the content of each sample file by its name."""
    waves = make_waves(HOUSEHOLDS, waves=2, seed=SEED, scenario=SCENARIO)
    tables = {f"registry_{table['wave'].iloc[0]}.csv": table for table in waves.tables}
    files = {name: as_csv(table) for name, table in {**tables, "programme_records.csv": waves.records}.items()}
    return {**files, "dictionary.toml": dictionary_toml(waves.line).encode()}


def as_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def dictionary_toml(line: Line) -> str:
    return f"""# Columns of the sample registry: those of the shipped dictionary, with the line of this sample.

[dictionary]
extends = "west_java_synthetic"
name = "sample_registry"
version = "1.0"

[line]
line_id = "{line.line_id}"
value = {line.value:.0f}
period = "{line.period}"
month_days = {line.month_days:g}
basis = "{line.basis}"
source = "{line.source}"
"""


def outdated(folder: Path = FOLDER) -> list[str]:
    """Return the names of sample files that are missing or differ from what would be written."""
    return [
        name
        for name, content in sample_files().items()
        if not (folder / name).exists() or (folder / name).read_bytes() != content
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write or check the sample files.")
    parser.add_argument("--check", action="store_true", help="fail when files differ, write nothing")
    if parser.parse_args(arguments).check:
        old = outdated()
        if old:
            print(
                f"differ from what would be written: {', '.join(old)}. Run: python data/make_sample.py", file=sys.stderr
            )
        return 1 if old else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in sample_files().items():
        (FOLDER / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
