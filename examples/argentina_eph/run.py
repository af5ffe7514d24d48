"""Do the main job on a real household panel, through the public functions and the command line only.

    python examples/argentina_eph/run.py [folder]

reads the EPH pairs from the folder that GRADUATION_REAL_DATA names (default ../shared/data), works in a folder of
its own, and prints the published bars of that data's README beside ours, from the same rows.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

import graduation
from graduation.features import feature_frame
from graduation.risk import PATHWAYS

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("GRADUATION_REAL_DATA", HERE.parents[2] / "shared" / "data"))
# The protocol of the bars: train on pairs of 2010Q1-2012Q2, test on pairs of 2013Q2-2014Q2.
TRAIN_QUARTERS, TEST_QUARTERS, TRAIN_ROWS = (8040, 8049), (8053, 8057), 30_000
BARS = {
    "registry features": {"all": (0.828, 0.184)},
    "plus income now": {"all": (0.858, 0.241), "remain": (0.674, 0.431), "become": (0.828, 0.125)},
}
DICTIONARIES = {"registry features": "dictionary.toml", "plus income now": "with_income.toml"}


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        pairs, waves = write_protocol(folder)
        rows = [row for name in DICTIONARIES for row in compare_with_bars(name, pairs, waves["test"])]
        command_line(pairs, waves["test"], folder)
    print("\nEPH, extreme poor a year later: ours beside the bars, both fitted and measured without survey weights.")
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3f"))


def write_protocol(folder: Path) -> tuple[Path, dict[str, Path]]:
    """Write the rows of the protocol: one file to train and test by time, and the test rows for scoring."""
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    train = table[table["t"].between(*TRAIN_QUARTERS)].sample(TRAIN_ROWS, random_state=0)
    test = table[table["t"].between(*TEST_QUARTERS)]
    pairs, now = folder / "pairs.parquet", folder / "test.parquet"
    pd.concat([train, test]).to_parquet(pairs, index=False)
    test.to_parquet(now, index=False)
    return pairs, {"test": now}


def compare_with_bars(name: str, pairs: Path, test: Path) -> list[dict[str, object]]:
    """Train on the first quarters, score the last ones, and put our figures beside the bars."""
    dictionary = HERE / DICTIONARIES[name]
    panel = without_weights(graduation.pair_waves(graduation.read_registry(pairs, schema=dictionary)))
    run = graduation.train(panel, by="time", at=TEST_QUARTERS[0], refit=False)
    held_out = graduation.pair_waves(graduation.read_registry(test, schema=dictionary))
    risk = graduation.score(held_out.households, run.model, reasons=0).table["risk"].loc[held_out.outcome.index]
    parts = {"all": held_out.state.notna(), **{way: held_out.state == code for way, code in PATHWAYS.items()}}
    rows = [figures(name, way, held_out.outcome[keep], risk[keep]) for way, keep in parts.items()]
    if name == "registry features":
        rows.insert(0, without_state(name, panel, held_out))
    return rows


def without_weights(panel: graduation.Panel) -> graduation.Panel:
    """Return the panel as the bars were made: every household counts once."""
    return replace(panel, weight=pd.Series(1.0, index=panel.weight.index))


def without_state(name: str, panel: graduation.Panel, held_out: graduation.Panel) -> dict[str, object]:
    """Return the figures of one classifier that, like the bar, does not know the state now."""
    learn, _ = panel.split("time", at=TEST_QUARTERS[0])
    features = [feature_frame(part.households, part.dictionary) for part in (learn, held_out)]
    model = graduation.RiskClassifier().fit(features[0], learn.outcome, learn.weight, learn.groups["household"])
    risk = pd.Series(model.predict_proba(features[1])[:, 1], index=held_out.outcome.index)
    return figures(name, "all", held_out.outcome, risk) | {"knows the state now": "no, like the bar"}


def figures(name: str, way: str, outcome: pd.Series, risk: pd.Series) -> dict[str, object]:
    found = graduation.evaluate(outcome, risk).metrics()
    bar = BARS[name].get(way, (float("nan"), float("nan")))
    return {
        "features": name, "households": way, "knows the state now": "yes", "n": int(found["n"]),
        "prevalence": found["prevalence"], "AUC": found["roc_auc"], "bar AUC": bar[0],
        "AP": found["average_precision"], "bar AP": bar[1],
    }  # fmt: skip


def command_line(pairs: Path, test: Path, folder: Path) -> None:
    """Check, train, score and explain as a planner types it."""
    schema, model = str(HERE / "with_income.toml"), str(folder / "model")
    for words in (
        ["check", str(pairs), "--schema", schema, "--out", str(folder)],
        ["train", str(pairs), "--schema", schema, "--by", "time", "--at", str(TEST_QUARTERS[0]), "--out", model],
        ["score", str(test), "--model", model, "--out", str(folder / "scores.parquet")],
        ["explain", str(test), "--model", model, "--out", str(folder / "drivers.csv")],
    ):
        print("\n$ graduation " + " ".join(Path(word).name if "/" in word else word for word in words), flush=True)
        subprocess.run([sys.executable, "-m", "graduation", *words, "--force"], check=True)


if __name__ == "__main__":
    main()
