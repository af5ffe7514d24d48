"""A linear proxy means test of a wave: how much it explains, and whom it gets wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.datasets.measures import Measure, measure, numbers, targets, variable
from graduation.datasets.settings import Floats


def means_test_measures(households: pd.DataFrame) -> list[Measure]:
    """Return R2 and mistargeting of a linear proxy means test, all out of sample."""
    settings = targets()["test_of_means"]
    welfare = variable(households, "consumption")
    known = ~np.isnan(welfare)
    truth = welfare[known]
    score = _out_of_fold(_design(households[known]), truth)
    found = [measure("test_of_means", "explained", "variance of log consumption", _explained(truth, score),
                     settings["explained"])]  # fmt: skip
    for poorest, target in zip(settings["shares"], settings["mistargeted"], strict=True):
        spread = targets()["survey"] * _error(target, poorest * settings["households"])
        of = f"poorest {poorest:.0%}"
        band = (target - spread, target + spread)
        found.append(measure("test_of_means", "mistargeted", of, _mistargeted(truth, score, poorest), band))
    return found


def _design(households: pd.DataFrame) -> Floats:
    """Return the columns of the regression: numbers, squares, logs, answers and one column per code."""
    settings = targets()["test_of_means"]
    values = {name: _filled(numbers(households[name])) for name in settings["numbers"] + settings["answers"]}
    values |= {f"{name} squared": values[name] ** 2 for name in settings["squares"]}
    values |= {name: np.log(_filled(numbers(households[name]))) for name in settings["logs"]}
    codes = pd.get_dummies(households[settings["categories"]], drop_first=True, dtype=float)
    return np.column_stack([np.ones(len(households)), *values.values(), codes.to_numpy()])


def _filled(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nanmean(values), values)


def _out_of_fold(design: Floats, truth: Floats) -> Floats:
    """Return what least squares predicts for each household from the other folds."""
    settings = targets()["test_of_means"]
    fold = np.random.default_rng(settings["seed"]).permutation(len(truth)) % settings["folds"]
    score = np.empty(len(truth))
    for number in range(settings["folds"]):
        held = fold == number
        score[held] = design[held] @ np.linalg.lstsq(design[~held], truth[~held], rcond=None)[0]
    return score


def _explained(truth: Floats, score: Floats) -> tuple[float, float]:
    """Return R2, with the standard error that a squared correlation of normal variables has."""
    explained = 1 - ((truth - score) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    return float(explained), float(2 * np.sqrt(max(explained, 0)) * (1 - explained) / np.sqrt(len(truth)))


def _mistargeted(truth: Floats, score: Floats, poorest: float) -> tuple[float, float]:
    """Return the share of the poorest who are not among as many households of lowest score."""
    n = max(round(poorest * len(truth)), 1)
    poor, listed = (np.argsort(values, kind="stable")[:n] for values in (truth, score))
    missed = 1 - len(np.intersect1d(poor, listed)) / n
    return missed, _error(missed, n)


def _error(rate: float, n: float) -> float:
    return float(np.sqrt(max(rate * (1 - rate), 1 / n) / n))
