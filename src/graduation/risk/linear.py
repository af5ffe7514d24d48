"""The linear part of a risk: a ridge logistic regression, one member per fold."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from graduation.risk.folds import workers
from graduation.risk.losses import log_loss
from graduation.risk.sample import Sample

# Inverse strength of the ridge penalty, weakest last; the path stops where it no longer helps.
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FAST_STRENGTHS = (0.01, 0.1, 1.0)
MIN_ROWS_OF_A_TERM = 20
# Long right tails, such as money, are read on a logarithmic scale; extremes count as the 1st and 999th per mille.
SKEWNESS_FOR_LOG = 2.0
CLIPPED = (0.001, 0.999)
FEW_VALUES = 10
# Each level is a column of the design; the trees read all of them.
MOST_LEVELS = 200
# Enough for some hundred coefficients; rows come in an order made of their content, so the first are a fair sample.
MOST_ROWS = 100_000
MOST_TERMS_FOR_CHOLESKY = 600


@dataclass(frozen=True)
class Term:
    """One column of the design: a number, whether it is missing, or one level of a category.

    A number is filled, put on a logarithmic scale where `log` is above 0, clipped and scaled; `mean` is taken off.
    """

    column: int
    kind: Literal["number", "missing", "level"]
    code: float = 0.0
    fill: float = 0.0
    log: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    scale: float = 1.0
    mean: float = 0.0

    def values(self, encoded: np.ndarray) -> np.ndarray:
        x = encoded[:, self.column]
        if self.kind == "missing":
            return np.asarray(np.isnan(x) - self.mean)
        if self.kind == "level":
            return np.asarray((x == self.code) - self.mean)
        filled = np.where(np.isnan(x), self.fill, x)
        return np.asarray(np.clip(_log(filled, self.log), self.low, self.high) / self.scale - self.mean)


def _log(x: np.ndarray, unit: float) -> np.ndarray:
    return np.asarray(np.sign(x) * np.log1p(np.abs(x) / unit)) if unit > 0 else x


def make_terms(encoded: np.ndarray, levels: dict[int, int], weight: np.ndarray) -> list[Term]:
    """Return the terms of each column; `levels` counts the levels of the categorical ones."""
    few = max(2, min(MIN_ROWS_OF_A_TERM, len(encoded) // 50))
    terms: list[Term] = []
    for column in range(encoded.shape[1]):
        x = encoded[:, column]
        if column in levels:
            counts = np.bincount(x[~np.isnan(x)].astype(int), minlength=levels[column])
            commonest = np.sort(np.argsort(-counts, kind="stable")[:MOST_LEVELS])
            terms += [Term(column, "level", code=float(code)) for code in commonest]
        else:
            terms.append(_number_term(column, x))
        if few <= np.isnan(x).sum() <= len(x) - few:
            terms.append(Term(column, "missing"))
    return [replace(term, mean=float(np.average(term.values(encoded), weights=weight))) for term in terms]


def _number_term(column: int, x: np.ndarray) -> Term:
    known = x[~np.isnan(x)]
    fill, distinct = float(np.median(known)), len(np.unique(known))
    if distinct <= 2:
        low, high = float(known.min()), float(known.max())
        return Term(column, "number", fill=fill, low=low, high=high, scale=high - low or 1.0)
    log, low, high = 0.0, float(known.min()), float(known.max())
    if distinct > FEW_VALUES:
        centred = (known - known.mean()) / (_spread(known) or 1.0)
        skewness = np.mean(centred**3)
        log = float(np.median(np.abs(known[known != 0]))) if abs(skewness) > SKEWNESS_FOR_LOG else 0.0
        low, high = map(float, np.quantile(_log(known, log), CLIPPED))
    spread = _spread(np.clip(_log(known, log), low, high))
    return Term(column, "number", fill=fill, log=log, low=low, high=high, scale=spread or 1.0)


def _spread(x: np.ndarray) -> float:
    """Return the standard deviation; numbers of any size have squares after they are scaled."""
    size = float(np.abs(x).max()) or 1.0
    return size * float(np.std(x / size))


def total(amounts: np.ndarray) -> np.ndarray:
    """Return the sums (n,) of the rows of amounts (n, p), each the same to the last bit beside whatever other rows.

    Numpy adds in another order where there is one row only.
    """
    found = np.zeros(len(amounts))
    for column in amounts.T:
        found += column
    return found


@dataclass(frozen=True)
class LinearPart:
    """Members of a linear model of log-odds; the part is their mean.

    Attributes
    ----------
    terms : list of Term
    coefficients : ndarray of shape (n_members, n_terms)
    intercepts : ndarray of shape (n_members,)
    """

    terms: list[Term]
    coefficients: np.ndarray
    intercepts: np.ndarray

    def scaled(self, factor: float) -> LinearPart:
        return LinearPart(self.terms, self.coefficients * factor, self.intercepts * factor)

    def member_margins(self, encoded: np.ndarray) -> np.ndarray:
        """Return the log-odds of each member (n_members, n)."""
        margins = np.repeat(self.intercepts[:, None], len(encoded), axis=1)
        for term, coefficients in zip(self.terms, self.coefficients.T, strict=True):
            if coefficients.any():
                margins += np.outer(coefficients, term.values(encoded))
        return margins

    def contributions(self, encoded: np.ndarray) -> tuple[np.ndarray, float]:
        """Return Shapley contributions (n, p) of a linear model with independent columns, and their base value."""
        amounts = np.zeros(encoded.shape[::-1]).T
        for term, coefficient in zip(self.terms, self.coefficients.mean(axis=0), strict=True):
            if coefficient:
                amounts[:, term.column] += coefficient * term.values(encoded)
        return amounts, float(self.intercepts.mean())

    def to_json(self) -> dict[str, Any]:
        terms = [
            {name: value for name, value in asdict(term).items() if name == "kind" or np.isfinite(value)}
            for term in self.terms
        ]
        return {"terms": terms, "coefficients": self.coefficients.tolist(), "intercepts": self.intercepts.tolist()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        terms = [Term(**term) for term in content["terms"]]
        shape = (len(content["intercepts"]), len(terms))
        coefficients = np.array(content["coefficients"], dtype=float).reshape(shape)
        return cls(terms, coefficients, np.array(content["intercepts"], dtype=float))


def fit_linear(
    sample: Sample, terms: list[Term], *, signs: dict[int, int], strengths: tuple[float, ...]
) -> tuple[LinearPart, np.ndarray, float]:
    """Return the members that leave out each fold, their held-out margins, and the strength of least held-out loss.

    Parameters
    ----------
    sample : Sample
    terms : list of Term
        At least one.
    signs : dict of int to int
        Columns whose number may only raise (1) or only lower (-1) the risk.
    strengths : tuple of float
        Inverse penalties to try, strongest penalty first.

    References
    ----------
    Hoerl & Kennard (1970), Ridge regression; le Cessie & van Houwelingen (1992), Ridge estimators in logistic
    regression.
    """
    design = np.column_stack([term.values(sample.encoded) for term in terms])
    directions = _directions(terms, signs)
    best: tuple[float, LinearPart, np.ndarray, float] | None = None
    behind = 0
    for strength in strengths:

        def member(number: int, strength: float = strength) -> tuple[np.ndarray, float]:
            kept = np.flatnonzero(sample.fold != number)[:MOST_ROWS]
            return _ridge(design[kept], sample.y[kept], sample.weight[kept], strength, directions)

        with workers() as each:
            members = each(member, sample.folds)
        held_out = np.zeros(len(sample.y))
        for number, (coefficients, intercept) in enumerate(members):
            rows = sample.fold == number
            held_out[rows] = design[rows] @ coefficients + intercept
        loss = log_loss(sample.y, held_out, sample.weight)
        if best is None or loss < best[0]:
            part = LinearPart(terms, np.array([one[0] for one in members]), np.array([one[1] for one in members]))
            best, behind = (loss, part, held_out, strength), 0
        elif (behind := behind + 1) == 2:
            break
    if best is None:
        raise ValueError("no strength to try")
    return best[1:]


def _ridge(
    design: np.ndarray, y: np.ndarray, weight: np.ndarray, strength: float, directions: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return coefficients and intercept, fitted again without the terms that come out against their direction."""
    solver = "newton-cholesky" if design.shape[1] <= MOST_TERMS_FOR_CHOLESKY else "lbfgs"
    kept = np.ones(design.shape[1], dtype=bool)
    while kept.any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=strength, solver=solver, max_iter=300).fit(
                design[:, kept], y, sample_weight=weight
            )
        coefficients = np.zeros(len(kept))
        coefficients[kept] = model.coef_[0]
        against = coefficients * directions < 0
        if not against.any():
            return coefficients, float(model.intercept_[0])
        kept &= ~against
    share = np.average(y, weights=weight)
    return np.zeros(len(kept)), float(np.log(share / (1 - share)))


def fit_whole(sample: Sample, terms: list[Term], *, signs: dict[int, int], strength: float) -> LinearPart:
    """Return one member, fitted on all rows; without terms it is the log-odds of the share."""
    design = np.column_stack([term.values(sample.encoded) for term in terms] or [np.empty((len(sample.y), 0))])
    coefficients, intercept = _ridge(design, sample.y, sample.weight, strength, _directions(terms, signs))
    return LinearPart(terms, coefficients[None], np.array([intercept]))


def _directions(terms: list[Term], signs: dict[int, int]) -> np.ndarray:
    return np.array([signs.get(term.column, 0) if term.kind == "number" else 0 for term in terms])
