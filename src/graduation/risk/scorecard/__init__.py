"""A scorecard for paper, fitted from a panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits

from graduation.errors import NotEnoughData, UsageError
from graduation.features import feature_frame
from graduation.panel import Panel, hash_labels
from graduation.risk.scorecard.card import Scorecard, with_marks
from graduation.risk.scorecard.fitting import Sample, choose, ridge_logit, with_points
from graduation.risk.scorecard.items import Floats, Item, askable, make_item

__all__ = ["Item", "Scorecard", "fit_scorecard", "with_marks"]

MOST_ITEMS, MOST_ROWS = 10, 40_000
BAND, PRIOR_ROWS = 5, 50


def fit_scorecard(panel: Panel, *, items: int = 10, seed: int = 0) -> Scorecard:
    """Fit a scorecard of whole points for paper: the poverty at the next wave from a few questions.

    Each feature becomes a question: numbers are cut into at most four ranges of like size, categories keep their most
    frequent answers, and "not known" is an answer where it is not rare. Questions are chosen one by one by what they
    add to a logistic regression, with Schwarz's penalty; the weights of a ridge regression on those chosen are shifted
    and rounded to whole points, the highest total being about 100. Points follow the directions that the dictionary
    declares, and what it protects may only raise a total.

    Parameters
    ----------
    panel : Panel
        Households with their outcome; those without survey weight teach nothing.
    items : int
        Most questions, 1 to 10.
    seed : int
        Of the hash that draws whole households where there are more rows than a fit needs (40,000).

    Raises
    ------
    NotEnoughData
        When all households with weight have the same outcome.
    UsageError
        When `items` is out of range.

    References
    ----------
    Schreiner (2015), A simple poverty scorecard. Ustun & Rudin (2019), Learning optimized risk scores, JMLR 20 (whole
    points for a logistic risk; here by rounding). Rao (1948) for the score statistic, Schwarz (1978) for the penalty.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(1_000, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> card = graduation.fit_scorecard(graduation.pair_waves(*registries))
    >>> bool(card.points(registries[1]).between(0, 100).all()), len(card.items) <= 10
    (True, True)
    """
    if not 1 <= items <= MOST_ITEMS:
        raise UsageError(f"items is {items}; expected a whole number from 1 to {MOST_ITEMS}")
    rows = _in_own_order(panel.subset(panel.weight > 0))
    if rows.outcome.nunique() < 2:
        raise NotEnoughData(
            f"{len(rows.outcome):,} households with weight and one outcome only",
            expected="both outcomes",
            remedy="Use more waves, a higher line, or a larger sample.",
        )
    facts = {"households": len(rows.outcome), "cases": int(rows.outcome.sum()), "seed": seed}
    # Sums this small are quicker on one thread, several times so on a busy machine.
    with threadpool_limits(limits=1, user_api="blas"):
        chosen = _fitted_items(_drawn(rows, seed), items)
        card = Scorecard(chosen, pd.DataFrame(), panel.dictionary.at_scoring(), facts)
        return replace(card, lookup=_lookup(card, rows))


def _in_own_order(panel: Panel) -> Panel:
    """Order rows by their key, so that the order of a file changes no rounding."""
    keys = pd.util.hash_pandas_object(panel.households.index, index=False)
    order = np.argsort(np.asarray(keys), kind="stable")
    parts = ("households", "outcome", "state", "weight", "groups")
    return replace(panel, **{name: getattr(panel, name).iloc[order] for name in parts})


def _drawn(panel: Panel, seed: int) -> Panel:
    """Keep whole households, drawn by a seeded hash, where there are more rows than needed."""
    if len(panel.outcome) <= MOST_ROWS:
        return panel
    drawn = hash_labels(pd.Index(panel.groups["household"]), seed)
    return panel.subset(drawn <= np.partition(drawn, MOST_ROWS)[MOST_ROWS])


def _fitted_items(panel: Panel, most: int) -> tuple[Item, ...]:
    names = askable(panel.dictionary)
    X = feature_frame(panel.households, panel.dictionary)[names]
    weight = panel.weight.to_numpy(dtype=np.float64)
    made = [make_item(X[name], weight, panel.dictionary) for name in names]
    sample = Sample(X, panel.outcome.to_numpy(dtype=np.float64), _effective(panel), panel.dictionary)
    chosen = choose(sample, [item for item in made if item is not None], most)
    return tuple(with_points(sample, chosen))


def _effective(panel: Panel) -> Floats:
    """Scale weights to add up to Kish's effective number of households, a household seen again counting once."""
    weight = panel.weight.to_numpy(dtype=np.float64)
    by_household = pd.Series(weight).groupby(panel.groups["household"].to_numpy()).sum().to_numpy()
    return np.asarray(weight * weight.sum() / float((by_household**2).sum()))


def _lookup(card: Scorecard, panel: Panel) -> pd.DataFrame:
    """Return the share of extreme poor by band of totals: drawn to a logistic curve, then made never to fall."""
    points = card.points(panel.households).to_numpy()
    weight = panel.weight.to_numpy(dtype=np.float64)
    weight, outcome = weight / weight.mean(), panel.outcome.to_numpy(dtype=np.float64)
    starts = np.arange(0, max(card.most_points, 1), BAND)
    ends = np.append(starts[1:] - 1, card.most_points)
    band, n = np.minimum(points // BAND, len(starts) - 1), len(starts)
    fit = ridge_logit(points[:, None] / 100, outcome, weight)
    middle = (starts + ends) / 200
    curve = 1 / (1 + np.exp(-(fit.coefficients[0] + max(fit.coefficients[1], 0.0) * middle)))
    counted = np.bincount(band, weight, n) + PRIOR_ROWS
    share = (np.bincount(band, weight * outcome, n) + PRIOR_ROWS * curve) / counted
    risk = IsotonicRegression().fit(starts, share, counted).predict(starts)
    return pd.DataFrame(
        {
            "points_from": starts,
            "points_to": ends,
            "households": np.bincount(band, minlength=n),
            "risk_percent": np.round(100 * risk, 1),
        }
    )
