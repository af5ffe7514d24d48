"""Read files of statistics programs: Stata and SPSS. Codes stay codes; what they call missing is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from graduation.errors import UsageError
from graduation.io.headers import Request
from graduation.schema import Layout

NEEDS_SPSS = "SPSS files need one more package: run pip install 'graduation[spss]', or export it as .csv or .parquet"


def read_stata(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    """Return the table of a Stata file; value labels are not applied, extended missing values (.a) are missing."""
    del request
    table = pd.read_stata(path, convert_categoricals=False, convert_missing=False)
    return table, Layout(np.arange(1, len(table) + 1))


def read_spss(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    """Return the table of an SPSS file; value labels are not applied, user-defined missing values are missing."""
    try:
        import pyreadstat
    except ImportError:
        raise UsageError(f"{path}: {NEEDS_SPSS}") from None
    try:
        table, _ = pyreadstat.read_sav(
            str(path), apply_value_formats=False, user_missing=False, encoding=request.encoding
        )
    except pyreadstat.ReadstatError as error:
        raise ValueError(str(error)) from None
    return table, Layout(np.arange(1, len(table) + 1))
