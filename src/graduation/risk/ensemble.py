"""What a risk is made of: a linear part and trees that add up on the log-odds, with one member per fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import expit

from graduation.errors import ModelError
from graduation.risk import boosting, linear
from graduation.risk.blending import blend
from graduation.risk.calibration import Calibration, fit_calibration
from graduation.risk.intervals import jackknife_error, widening
from graduation.risk.linear import LinearPart, Term
from graduation.risk.recipe import Recipe
from graduation.risk.sample import Sample

if TYPE_CHECKING:
    from graduation.trees import Explainer, Walk

# Where rows are few, one trial says little.
MOST_TRIALS = 4


Grow = Callable[["Sample", Recipe], dict[str, boosting.Trees]]


@dataclass(frozen=True)
class Assessed:
    """All that is told of rows.

    Attributes
    ----------
    log_odds : ndarray of shape (n,)
    error : ndarray of shape (n,)
        Standard error of the log-odds; NaN where there is no telling.
    contributions : ndarray of shape (n, p)
        A row's sum and the base are its log-odds.
    base : float
    """

    log_odds: np.ndarray
    error: np.ndarray
    contributions: np.ndarray
    base: float


@dataclass(frozen=True)
class Ensemble:
    """A fitted model of log-odds.

    Attributes
    ----------
    intercept : float
    linear : LinearPart
        Its weight in the blend is in its coefficients.
    booster : lightgbm.Booster or None
        The trees of all members; their weight in the blend is in their leaves.
    spans : list of [int, int, int]
        Member, first tree and number of trees of each run of trees in `booster`.
    shares : dict of str to float
        The weight of each part in the blend.
    calibration : Calibration
    widening : float
        What the jackknife errors are multiplied with; NaN where there were too few cases to have members.
    """

    intercept: float
    linear: LinearPart
    booster: Any
    spans: list[list[int]]
    shares: dict[str, float]
    calibration: Calibration
    widening: float

    def margin(self, encoded: np.ndarray) -> np.ndarray:
        """Return log-odds (n,) before calibration."""
        amounts, base = self.linear.contributions(encoded)
        return np.asarray(self.intercept + base + linear.total(amounts) + self._trees(encoded))

    def log_odds(self, encoded: np.ndarray) -> np.ndarray:
        return self.calibration.log_odds(self.margin(encoded))

    def members(self, encoded: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds of each member (n_members, n): what the model would be without one fold."""
        return self._members(encoded, [self._trees(encoded, start, count) for _, start, count in self.spans])

    def _members(self, encoded: np.ndarray, sums: Iterable[np.ndarray]) -> np.ndarray:
        """Return the same from the sums of each run of trees."""
        margins = self.intercept + self.linear.member_margins(encoded)
        for (member, *_), trees in zip(self.spans, sums, strict=True):
            margins[member] += len(margins) * trees
        return self.calibration.log_odds(margins)

    def error(self, encoded: np.ndarray) -> np.ndarray:
        """Return the standard error (n,) of the calibrated log-odds, NaN where there is no telling."""
        return self._error(self.members(encoded))

    def _error(self, members: np.ndarray) -> np.ndarray:
        return self.widening * jackknife_error(members) if len(members) > 1 else np.full(members.shape[1], np.nan)

    def _trees(self, encoded: np.ndarray, start: int = 0, count: int = -1) -> np.ndarray:
        if self.booster is None or len(encoded) == 0:
            return np.zeros(len(encoded))
        return boosting.predict(self.booster, encoded, start, count)

    @cached_property
    def explainer(self) -> Explainer | None:
        """Return what walks through the trees in one go, made when it is first asked for; None where LightGBM must.

        Without trees there is nothing to walk through, either.

        Raises
        ------
        ModelError
            When the trees are of a kind that LightGBM cannot explain itself, such as with linear models in the leaves.
        """
        if self.booster is None:
            return None
        from graduation.trees import Explainer, Forest

        try:
            return Explainer.of(Forest.from_text(self.booster.model_to_string()))
        except ModelError as error:
            if not boosting.explains(self.booster):
                raise
            warnings.warn(f"{error} LightGBM explains, slower.", UserWarning, stacklevel=2)
            return None

    def _walk(self, encoded: np.ndarray) -> Walk:
        from graduation.trees import Walk

        if self.explainer is not None:
            return self.explainer.walk(encoded, [span[1:] for span in self.spans])
        sums = np.array([self._trees(encoded, start, count) for _, start, count in self.spans])
        if self.booster is None:
            return Walk(np.zeros(len(encoded)), sums, np.zeros(encoded.shape), 0.0)
        # One row of missing values more tells the base value of no rows, too.
        rows = np.vstack([encoded, np.full((1, encoded.shape[1]), np.nan)])
        amounts = np.asarray(self.booster.predict(rows, pred_contrib=True))
        return Walk(self._trees(encoded), sums, amounts[:-1, :-1], float(amounts[-1, -1]))

    def assess(self, encoded: np.ndarray, background: np.ndarray | None = None) -> Assessed:
        """Return the log-odds of rows, their errors and what they are made of, of all trees in one walk.

        With background rows (m, p), contributions are interventional: against these rows, in place of path-dependent.
        """
        amounts, base = self.linear.contributions(encoded)
        walk = self._walk(encoded)
        log_odds = self.calibration.log_odds(self.intercept + base + linear.total(amounts) + walk.raw)
        error = self._error(self._members(encoded, walk.sums))
        trees, start = walk.amounts, self.intercept + base + walk.base
        if background is not None and len(background):
            mean = self.linear.contributions(background)[0].mean(axis=0)
            trees, average = self._against(background, encoded)
            amounts, start = amounts - mean, self.intercept + base + float(mean.sum()) + average
        # There are many of them, so they are changed where they are.
        amounts += trees
        return Assessed(log_odds, error, amounts, self._bend(amounts, start))

    def _against(self, background: np.ndarray, encoded: np.ndarray) -> tuple[np.ndarray, float]:
        if self.booster is None:
            return np.zeros(encoded.shape), 0.0
        from graduation.trees import Explainer, Forest

        forest = Forest.from_text(self.booster.model_to_string())
        return Explainer.of(forest, background=background).contributions(encoded)

    def _bend(self, amounts: np.ndarray, base: float) -> float:
        """Make contributions those to the calibrated log-odds, a row's by one factor, so that they add up to it.

        Returns what they start from.
        """
        start = float(self.calibration.log_odds(np.array(base)))
        rise = linear.total(amounts)
        bent = self.calibration.log_odds(base + rise) - start
        factor = np.divide(bent, rise, out=np.ones_like(rise), where=np.abs(rise) > 1e-12)
        amounts *= factor[:, None]
        return start

    def to_json(self) -> dict[str, Any]:
        """Return everything but the booster as plain data."""
        return {
            "intercept": self.intercept, "linear": self.linear.to_json(), "spans": self.spans, "shares": self.shares,
            "calibration": asdict(self.calibration), "widening": self.widening,
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: dict[str, Any], booster: str) -> Self:
        """Return the ensemble of `to_json` and the booster's text."""
        calibration = content["calibration"]
        return cls(
            intercept=content["intercept"],
            linear=LinearPart.from_json(content["linear"]),
            booster=boosting.read(booster) if booster else None,
            spans=content["spans"],
            shares=content["shares"],
            calibration=Calibration(calibration["kind"], tuple(map(tuple, calibration["parameters"]))),
            widening=float("nan") if content["widening"] is None else content["widening"],
        )


def fit_ensemble(
    sample: Sample, terms: list[Term], recipe: Recipe, grow: Grow | None = None
) -> tuple[Ensemble, np.ndarray]:
    """Return an ensemble and the calibrated held-out log-odds (n,) of the rows it was fitted on.

    With `grow`, trees are grown by it, on more rows than the sample, and held out in the same folds.
    """
    fitted, held_out, rounds, strength = _fit(sample, terms, recipe, grow or grow_here)
    recipe.tell("trying out how wide intervals must be")
    fixed = replace(recipe, strengths=(strength,), rounds=rounds, tell=lambda _: None)
    return replace(fitted, widening=_widening(fitted, sample, terms, fixed)), held_out


def _fit(
    sample: Sample, terms: list[Term], recipe: Recipe, grow: Grow
) -> tuple[Ensemble, np.ndarray, dict[str, int], float]:
    part, margin, strength = linear.fit_linear(sample, terms, signs=recipe.signs, strengths=recipe.strengths)
    recipe.tell("linear part fitted")
    trees = {kind: part for kind, part in grow(sample, recipe).items() if part.tell_apart}
    margins = np.stack([margin, *(one.held_out for one in trees.values())])
    intercept, weights = blend(margins, sample.y, sample.weight)
    shares = dict(zip(["linear", *trees], map(float, weights), strict=True))
    booster, spans = boosting.merge(trees, shares)
    blended = intercept + weights @ margins
    calibration = fit_calibration(blended, sample.y, sample.weight, sample.fold)
    fitted = Ensemble(intercept, part.scaled(weights[0]), booster, spans, shares, calibration, widening=1.0)
    return fitted, calibration.log_odds(blended), {kind: one.rounds for kind, one in trees.items()}, strength


def tree_params(recipe: Recipe, n_columns: int) -> dict[str, dict[str, Any]]:
    """Return LightGBM's parameters for each kind of trees."""
    signs = [recipe.signs.get(column, 0) for column in range(n_columns)]
    common = {**boosting.COMMON, "seed": recipe.seed, **({"monotone_constraints": signs} if any(signs) else {})}
    return {kind: {**common, **settings} for kind, settings in recipe.kinds.items()}


def grow_here(sample: Sample, recipe: Recipe) -> dict[str, boosting.Trees]:
    """Return trees of each kind, grown in this process on the rows of the sample."""
    data = boosting.make_dataset(sample)
    return {
        kind: boosting.fit_trees(
            data,
            sample,
            params=params,
            most_rounds=recipe.most_rounds,
            rounds=recipe.rounds.get(kind, 1) if recipe.rounds else None,
            tell=lambda words, kind=kind: recipe.tell(f"{kind} trees, {words}"),  # type: ignore[misc]
        )
        for kind, params in tree_params(recipe, sample.encoded.shape[1]).items()
    }


def _widening(fitted: Ensemble, sample: Sample, terms: list[Term], recipe: Recipe) -> float:
    """Return how far jackknife errors fall short, seen on outcomes drawn from the fitted model, whose risk is known."""
    trial = sample.first(recipe.trial_rows)
    truth = fitted.log_odds(trial.encoded)
    rng = np.random.default_rng(recipe.seed)
    missed, members = [], []
    for _ in range(max(1, min(MOST_TRIALS, recipe.trial_rows // (2 * len(truth))))):
        drawn = replace(trial, y=(rng.random(len(truth)) < expit(truth)).astype(int))
        if all(len(np.unique(drawn.y[drawn.fold != number])) == 2 for number in drawn.folds):
            again, *_ = _fit(drawn, terms, recipe, grow_here)
            missed.append(again.log_odds(drawn.encoded) - truth)
            members.append(again.members(drawn.encoded))
    if not missed:
        return float("nan")
    return widening(np.concatenate(missed), np.hstack(members), np.tile(trial.weight, len(missed)))


def fit_few(sample: Sample, terms: list[Term], signs: dict[int, int], strength: float) -> Ensemble:
    """Return one penalised linear model of all rows, where there are too few cases or columns to choose anything."""
    why = "too few cases or groups to hold any out" if terms else "no column can teach anything"
    warnings.warn(
        f"{why}: the risk is a strongly penalised linear one, not calibrated and without an interval",
        UserWarning,
        stacklevel=5,
    )
    part = linear.fit_whole(sample, terms, signs=signs, strength=strength)
    return Ensemble(0.0, part, None, [], {"linear": 1.0}, Calibration(), widening=float("nan"))
