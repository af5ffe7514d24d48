"""Groups within groups: each combination of levels becomes a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from graduation.errors import UsageError, nearest
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
    table = pd.DataFrame(named_groups(groups))
    columns = {str(name): table[name] for name in table}
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
    return table.assign(**{TIMES.join(chosen): crossed})
