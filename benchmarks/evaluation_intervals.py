"""How often do the 95 % intervals of `evaluate` and `compare` hold the truth?

`python benchmarks/evaluation_intervals.py`. Surveys are drawn from a population whose figures are known: households one
by one, villages, and villages within strata.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from graduation import compare, evaluate

VILLAGES, STRATA = 4_000, 5
SHOWN = (
    "prevalence", "poverty_rate_error", "roc_auc", "average_precision", "exclusion_error", "false_positive_rate",
    "targeting_differential", "brier", "log_loss", "ece", "calibration_intercept", "calibration_slope",
)  # fmt: skip


@dataclass(frozen=True)
class Population:
    """Villages of unlike size and poverty in strata; the risk is somewhat too extreme."""

    table: pd.DataFrame

    @classmethod
    def drawn(cls, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        size = rng.integers(40, 120, VILLAGES)
        stratum = np.arange(VILLAGES) * STRATA // VILLAGES
        village = np.repeat(np.arange(VILLAGES), size)
        shared = (rng.normal(0, 0.7, VILLAGES) + 0.4 * (stratum - 2))[village]
        known, sex = rng.normal(0, 1.3, len(village)), rng.random(len(village)) < 0.2
        chance = expit(-2.0 + 0.5 * shared + known + 0.4 * sex)
        outcome = rng.random(len(village)) < expit(-2.0 + shared + known + 0.4 * sex)
        risk = expit(1.2 * logit(chance) + 0.3)
        simple = known + rng.normal(0, 1.0, len(village))
        columns = {"village": village, "stratum": stratum[village], "outcome": outcome.astype(int), "risk": risk}
        return cls(pd.DataFrame(columns | {"simple": simple, "sex": np.where(sex, "f", "m")}))

    def households(self, rng: np.random.Generator, n: int) -> pd.DataFrame:
        return self.table.iloc[rng.integers(0, len(self.table), n)]

    def villages(self, rng: np.random.Generator, n: int, each: int, by_stratum: bool) -> pd.DataFrame:
        """Draw villages (the same number in each stratum) and households within; weights undo the village's size."""
        villages = self.table["village"].to_numpy()
        starts, sizes = np.unique(villages, return_index=True)[1], np.bincount(villages)
        if by_stratum:
            span = VILLAGES // STRATA
            chosen = np.concatenate([layer * span + rng.integers(0, span, n // STRATA) for layer in range(STRATA)])
        else:
            chosen = rng.integers(0, VILLAGES, n)
        rows = [starts[one] + rng.choice(sizes[one], each, replace=False) for one in chosen]
        drawn = self.table.iloc[np.concatenate(rows)]
        # A village drawn twice is two units.
        return drawn.assign(unit=np.repeat(np.arange(n), each), weight=sizes[drawn["village"]] / each)


def figures(sample: pd.DataFrame, **design: pd.Series) -> dict[str, tuple[float, float, float]]:
    """Return estimate, low and high by name, of the risk, of one group and of a comparison."""
    sample = sample.reset_index(drop=True)
    found = evaluate(sample["outcome"], sample["risk"], groups=sample[["sex"]], **design)
    rows = found.table.set_index("metric").loc[list(SHOWN), ["estimate", "low", "high"]]
    named = {name: tuple(row) for name, row in zip(SHOWN, rows.to_numpy(), strict=True)}
    women = found.groups[found.groups["level"] == "f"].set_index("metric")
    for metric in ("roc_auc", "exclusion_error", "coverage_ratio", "calibration_gap"):
        named[f"women: {metric}"] = tuple(women.loc[metric, ["estimate", "low", "high"]])
        gap = ["difference", "difference_low", "difference_high"]
        named[f"women minus rest: {metric}"] = tuple(women.loc[metric, gap])
    both = compare(sample["outcome"], sample[["risk", "simple"]], **design).table.set_index(["method", "metric"])
    for metric in ("roc_auc", "average_precision", "exclusion_error"):
        named[f"simple minus risk: {metric}"] = tuple(both.loc[("simple", metric), gap])
    return named


def surveys(people: Population, kind: str, number: int, seed: int) -> Iterator[dict[str, tuple[float, float, float]]]:
    rng = np.random.default_rng(seed)
    for _ in range(number):
        if kind == "households":
            yield figures(people.households(rng, 800))
        else:
            sample = people.villages(rng, 60, 15, by_stratum=kind == "strata")
            strata = {"strata": sample["stratum"].reset_index(drop=True)} if kind == "strata" else {}
            design = sample.reset_index(drop=True)
            yield figures(sample, weight=design["weight"], cluster=design["unit"], **strata)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    people = Population.drawn(chosen.seed)
    truth = {name: values[0] for name, values in figures(people.table).items()}
    table = pd.DataFrame({"truth": truth})
    for kind in ("households", "villages", "strata"):
        drawn = list(surveys(people, kind, chosen.surveys, chosen.seed + 1))
        held = {name: np.mean([one[name][1] <= truth[name] <= one[name][2] for one in drawn]) for name in truth}
        table[kind] = pd.Series(held)
    print(f"Share of {chosen.surveys} surveys whose 95 % interval holds the truth")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
