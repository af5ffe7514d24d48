"""Groups within groups: each combination of levels becomes a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from graduation.errors import DataError, UsageError, nearest
from graduation.evaluate.columns import SOURCE, Columns
from graduation.evaluate.inputs import MISSING, named_groups

if TYPE_CHECKING:
    from graduation.evaluate.inputs import Groups

TIMES = " x "


def cross_groups(groups: Groups, *names: str) -> pd.DataFrame:
    """Return the group columns with one more, which crosses those named (or all of them).

    Parameters
    ----------
    groups : dict, DataFrame or Series
        Group columns, as `evaluate` takes them.
    *names : str
        Two columns or more; by default all.

    Returns
    -------
    DataFrame
        The same columns, and one named such as ``"sex x place"`` with levels such as ``"female x rural"``; a missing
        value is "(missing)" there too.

    Raises
    ------
    UsageError
        A name is no column, or there are fewer than two.

    Examples
    --------
    >>> cross_groups({"sex": ["f", "m"], "place": ["rural", None]})["sex x place"].tolist()
    ['f x rural', 'm x (missing)']
    """
    columns = _aligned(named_groups(groups))
    chosen = names or tuple(columns)
    for name in chosen:
        if name not in columns:
            hint = nearest(name, columns) or f"expected one of {', '.join(columns)}"
            raise UsageError(f"no group column '{name}' to cross; {hint}")
    if len(chosen) < 2:
        raise UsageError("crossing needs two group columns or more")
    words = [columns[name].astype(object).where(columns[name].notna(), MISSING).map(str) for name in chosen]
    crossed = words[0]
    for more in words[1:]:
        crossed = crossed + TIMES + more
    if TIMES.join(chosen) in columns:
        raise UsageError(f"there is a column '{TIMES.join(chosen)}' already; rename it")
    return pd.DataFrame(columns | {TIMES.join(chosen): crossed})


def _aligned(named: dict[Any, Any]) -> dict[str, pd.Series[Any]]:
    """Return the columns in the order of the first that has labels, as `evaluate` reads them."""
    first: Any = next(iter(named.values()), [])
    columns = Columns(len(first), [], [])
    read = {str(name): columns.read(str(name), values) for name, values in named.items()}
    if columns.problems:
        raise DataError(SOURCE, columns.problems)
    index = pd.RangeIndex(len(first)) if columns.index is None else columns.index
    return {name: values.set_axis(index) for name, values in read.items() if values is not None}
