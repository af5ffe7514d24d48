"""Ours beside what an analyst would otherwise fit, on every task, three seeds, in one run.

    make accuracy                                     # installs CatBoost and FLAML, then runs this
    python benchmarks/accuracy/run.py --help          # parts of it

Each result is appended to the file as soon as it is there, so that a run that was stopped goes on where it was.
Figures of the same file only are compared; delete it to start anew.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from methods import METHODS, timed
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from tasks import Task, tasks

SEEDS = (0, 1, 2)
PARTS = {"remain": 1, "become": 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", default=Path(__file__).with_name("results.jsonl"), type=Path)
    parser.add_argument("--without", nargs="*", default=[], choices=list(METHODS))
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--only", nargs="*", default=[], help="tasks whose name holds one of these words")
    options = parser.parse_args()
    wanted = [name for name in METHODS if name not in options.without]
    for seed in options.seeds:
        for name, make in tasks(seed):
            if not options.only or any(word in name for word in options.only):
                run_task(name, seed, make, wanted, options.results)
    show(read(options.results))


def read(results: Path) -> pd.DataFrame:
    return pd.DataFrame([json.loads(line) for line in results.read_text().splitlines()] if results.exists() else [])


def run_task(name: str, seed: int, make: object, wanted: list[str], results: Path) -> None:
    done = read(results)
    if len(done):
        done = done[(done["task"] == name) & (done["seed"] == seed) & (done["part"] == "all")].set_index("method")
    missing = [method for method in wanted if method not in done.index]
    task = make() if missing else None
    for method in missing:
        if method == "ours, two pathways" and (task.state is None or not name.endswith(("30,000", "10,000"))):
            continue
        ours = read(results).query("task == @name and seed == @seed and method == 'ours'") if results.exists() else []
        risk, seconds = timed(method, task, seed, float(ours["seconds"].iloc[0]) if len(ours) else 0.0)
        about = {"task": name, "seed": seed, "method": method, "seconds": round(seconds, 2)}
        rows = [about | figures(task, risk, part) for part in ("all", *(PARTS if task.state is not None else ()))]
        with results.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        print(f"seed {seed} {name:<22} {method:<22} AUC {rows[0]['auc']:.4f} {seconds:7.1f} s", flush=True)


def figures(task: Task, risk: np.ndarray, part: str) -> dict[str, object]:
    rows = np.ones(len(risk), dtype=bool) if part == "all" else task.test_state == PARTS[part]
    z, p = task.z[rows], risk[rows]
    line = LogisticRegression(C=1e6).fit(np.log(p / (1 - p))[:, None], z)
    bins = pd.qcut(pd.Series(p).rank(method="first"), 10, labels=False)
    gaps = pd.DataFrame({"z": z, "p": p}).groupby(bins).mean()
    return {
        "part": part, "auc": roc_auc_score(z, p), "ap": average_precision_score(z, p), "log_loss": log_loss(z, p),
        "slope": float(line.coef_[0, 0]), "ece": float((gaps["z"] - gaps["p"]).abs().mean()),
        "prevalence": float(z.mean()), "n": int(rows.sum()),
    }  # fmt: skip


def show(table: pd.DataFrame) -> None:
    """Print medians over the seeds, ranks, and how far ours is behind the best."""
    print(f"seeds in these results: {table.groupby('method')['seed'].unique().map(sorted).to_dict()}")
    whole = table[(table["part"] == "all") & (table["method"] != "ours, two pathways")]
    for figure in ("auc", "ap", "log_loss", "seconds"):
        wide = median(whole, figure)
        print(f"\n{figure}, median over seeds")
        print(wide.to_string(float_format="%.3f" if figure != "seconds" else "%.1f"))
    others = [method for method in whole["method"].unique() if not method.startswith("ours")]
    auc, loss = median(whole, "auc"), median(whole, "log_loss")
    rivals = [name for name in ("logit", "LightGBM tuned") if name in loss]
    behind = pd.DataFrame(
        {
            "AUC behind the best other": auc[others].max(axis=1) - auc["ours"],
            "log loss over the better of logit and tuned": loss["ours"] / loss[rivals].min(axis=1) - 1,
        }
    )
    print("\nours against the others (below 0: ahead)")
    print(behind.to_string(float_format="%+.4f"))
    print("\nmean rank by AUC over the tasks (1 is best), without our fast one")
    print(auc.drop(columns="ours fast", errors="ignore").rank(axis=1, ascending=False).mean().sort_values().round(2))
    print("\nEPH, 30,000 rows, by part: median over seeds (seeds in all)")
    parts = table[table["task"].str.endswith("30,000")]
    columns = ["auc", "ap", "log_loss", "slope", "ece"]
    print(parts.groupby(["task", "part", "method"])[columns].median().to_string(float_format="%.3f"))


def median(table: pd.DataFrame, figure: str) -> pd.DataFrame:
    wide = table.groupby(["task", "method"], sort=False)[figure].median().unstack()
    return wide[[method for method in METHODS if method in wide]]


if __name__ == "__main__":
    main()
