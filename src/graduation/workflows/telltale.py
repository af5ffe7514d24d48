"""How much one column alone tells of another: out of fold, tie-safe, weighted, missing counted as an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

# Numbers are cut into this many groups of equal size, by their own order alone: finer than any rule a planner uses.
N_BINS = 50
# A group's share of the outcome is drawn to the whole by this many rows, so that a group of one says little.
PRIOR_ROWS = 5.0
# A text of more levels than this may be an id; then its first or last letters, too, are tried as an order.
MANY_LEVELS = 200
KNOWN_ENOUGH = 20


def codings(values: pd.Series) -> list[np.ndarray]:
    """Return the ways in which a column parts the rows into groups, as codes from 0; missing is a group of its own."""
    if pd.api.types.is_numeric_dtype(values):
        return [_binned(values)]
    codes, levels = pd.factorize(values.astype(object), sort=False, use_na_sentinel=True)
    found = [codes + 1]
    if len(levels) > MANY_LEVELS:
        text = values.astype("string")
        reverse = text.str[::-1]
        found += [_binned(one.rank(method="dense").astype("float64")) for one in (text, reverse)]
    return found


def _binned(values: pd.Series) -> np.ndarray:
    rank = values.rank(pct=True).to_numpy(dtype="float64")
    distinct = values.nunique()
    cut = values.rank(method="dense") if distinct <= N_BINS else np.ceil(rank * N_BINS)
    return np.asarray(np.nan_to_num(np.asarray(cut, dtype="float64")), dtype=np.int64)


def auc_alone(codings: list[np.ndarray], outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> float:
    """Return the best weighted AUC of a column's codings, each group scored by its share in the other folds."""
    return max(_auc_out_of_fold(codes, outcome, weight, fold) for codes in codings)


def _auc_out_of_fold(codes: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> float:
    n_folds, n_codes = int(fold.max()) + 1, int(codes.max()) + 1
    cell = fold * n_codes + codes
    hits = np.bincount(cell, weight * outcome, n_folds * n_codes).reshape(n_folds, n_codes)
    rows = np.bincount(cell, weight, n_folds * n_codes).reshape(n_folds, n_codes)
    prior = PRIOR_ROWS * float(weight.mean())
    overall = float(np.average(outcome, weights=weight))
    share = (hits.sum(0) - hits + prior * overall) / (rows.sum(0) - rows + prior)
    # Shares of different folds do not compare, so each fold is ranked apart.
    found = [(_auc_of_groups(share[f], hits[f], rows[f] - hits[f]), hits[f].sum()) for f in range(n_folds)]
    known = [(value, size) for value, size in found if not np.isnan(value)]
    return sum(value * size for value, size in known) / sum(size for _, size in known) if known else float("nan")


def _auc_of_groups(score: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the AUC of groups with one score each; groups of equal score count as ties."""
    _, tie = np.unique(np.round(score, 12), return_inverse=True)
    pos, neg = np.bincount(tie, positive), np.bincount(tie, negative)
    if not (pos.sum() > 0 and neg.sum() > 0):
        return float("nan")
    below = np.cumsum(neg) - neg
    return float((pos * (below + neg / 2)).sum() / (pos.sum() * neg.sum()))


def auc(outcome: np.ndarray, score: np.ndarray, weight: np.ndarray) -> float:
    """Return the weighted, tie-safe AUC, or NaN where there is one outcome only."""
    kept = weight > 0
    if len(np.unique(outcome[kept])) < 2:
        return float("nan")
    return float(roc_auc_score(outcome[kept], score[kept], sample_weight=weight[kept]))


def standard_error(value: float, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Return the standard error of an AUC (Hanley & McNeil 1982), with the effective numbers of weighted rows."""
    positive, negative = (effective_rows(weight[outcome == code]) for code in (1, 0))
    first, second = value / (2 - value), 2 * value**2 / (1 + value)
    spread = value * (1 - value) + (positive - 1) * (first - value**2) + (negative - 1) * (second - value**2)
    return float(np.sqrt(max(spread, 0.0) / (positive * negative)))


def effective_rows(weight: np.ndarray) -> float:
    """Return how many equally weighted rows carry as much (Kish 1965)."""
    return float(weight.sum() ** 2 / np.square(weight).sum())


def likeness(values: pd.Series, other: pd.Series, half: np.ndarray) -> float:
    """Return 1 where a column is a copy of another, 0 where it tells nothing of it.

    Numbers: absolute rank correlation. Else the share of the errors of the commonest answer that a translation of
    levels, learnt on one half of the rows, avoids on the other half.
    """
    both = (values.notna() & other.notna()).to_numpy()
    first, second, learn = values[both], other[both], half[both]
    if both.sum() < KNOWN_ENOUGH or not 0 < learn.sum() < len(learn):
        return 0.0
    if all(pd.api.types.is_numeric_dtype(one) for one in (first, second)):
        ranks = [one.rank().to_numpy(dtype="float64") for one in (first, second)]
        return 0.0 if any(np.ptp(rank) == 0 for rank in ranks) else abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1]))
    codes, answers = (pd.factorize(one.astype(object))[0] for one in (first, second))
    return _translated(codes, answers, learn)


def _translated(codes: np.ndarray, answers: np.ndarray, learn: np.ndarray) -> float:
    """Return how many errors of the commonest answer the commonest answer of each code avoids, out of sample."""
    seen = pd.DataFrame({"code": codes[learn], "answer": answers[learn]}).value_counts().reset_index()
    guess = pd.Series(codes[~learn]).map(seen.drop_duplicates("code").set_index("code")["answer"])
    right = float((guess == answers[~learn]).mean())
    commonest = float((answers[~learn] == np.bincount(answers[learn]).argmax()).mean())
    return max(0.0, (right - commonest) / (1 - commonest)) if commonest < 1 else 0.0
