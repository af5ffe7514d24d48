"""How faithful the synthetic waves are, as the tables of docs/synthetic-registry.md (a minute or less).

python benchmarks/fidelity.py [households]
"""

import sys

import pandas as pd

import graduation

SEED = 1  # the generator was calibrated on seeds 100 to 104
WIDE = ("classes", "dynamics")


def number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def cells(table: pd.DataFrame) -> pd.Series:
    """Return generated (low to high) of each figure, marked where it is outside."""
    rows = zip(table["generated"], table["low"], table["high"], table["within"], strict=True)
    return pd.Series(
        [f"{number(a)} ({number(b)} to {number(c)}){'' if d else ' !'}" for a, b, c, d in rows], table.index
    )


def markdown(table: pd.DataFrame) -> str:
    lines = [table.columns, ["---"] * table.shape[1], *table.to_numpy()]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
found = graduation.fidelity(graduation.make_waves(n, seed=SEED))
frame = found.frame().assign(cell=lambda table: cells(table))
by_group = frame.groupby("group", sort=False)["within"].agg(["size", "sum"]).reset_index()
print(markdown(by_group.rename(columns={"size": "figures", "sum": "within"})), end="\n\n")
long = frame[~frame["group"].isin(WIDE) | (frame["figure"] == "rank correlation")]
print(
    markdown(long[["group", "figure", "of", "cell", "mark"]].rename(columns={"cell": "generated (band)"})), end="\n\n"
)
for group in WIDE:
    part = frame[(frame["group"] == group) & (frame["figure"] != "rank correlation")]
    for _, rows in part.groupby(part["of"].str.contains("fifth"), sort=False):
        wide = rows.pivot(index="figure", columns="of", values="cell")
        ordered = wide.loc[rows["figure"].unique(), rows["of"].unique()]
        print(markdown(ordered.reset_index()), end="\n\n")
