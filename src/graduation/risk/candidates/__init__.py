"""What a planner would otherwise use: simple rules, fitted on the same training rows as the model."""

from __future__ import annotations

import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from graduation.features import feature_frame
from graduation.panel import Panel, hash_labels
from graduation.risk.candidates.means_tests import linear_pmt, quantile_pmt, state_pmt
from graduation.risk.candidates.tables import household_features, prepared
from graduation.risk.scorecard import Scorecard, fit_scorecard
from graduation.risk.transition import with_state

__all__ = ["candidate_scores", "prepared"]

PRIOR_ROWS = 50
OURS = (
    "model", "model_state_unknown", "logit", "scorecard", "neediest_first", "linear_pmt", "linear_pmt_areas",
    "quantile_pmt", "state_pmt", "area_average", "state_now", "random",
)  # fmt: skip


def candidate_scores(train: Panel, test: Panel, *, seed: int = 0, scorecard: Scorecard | None = None) -> pd.DataFrame:
    """Return one score column per simple rule for the test households; higher means poorer.

    A rule that needs a column the registry lacks is left out. Households without survey weight teach nothing.

    Parameters
    ----------
    train, test : Panel
        Both parts of one split: what the model is fitted on, and what it is held against.
    seed : int
        Of the random order, and of the households that a scorecard of a large panel is fitted on.
    scorecard : Scorecard, optional
        One already fitted on `train`; by default it is fitted here.

    Returns
    -------
    DataFrame
        Indexed like the test households, a column for each of

        - `logit`: regularised logistic regression of the outcome on the features of the model and the state now;
        - `scorecard`: total points of a ten-item scorecard for paper, see `fit_scorecard`;
        - `neediest_first`: minus welfare now;
        - `linear_pmt`: proxy-means test, least squares of log welfare now on what the household is and has, no places
          (Grosh & Baker 1995);
        - `linear_pmt_areas`: the same with an effect for each place; a place not seen in training has none;
        - `quantile_pmt`: the same without places, at the quantile of the share of extreme poor (Brown, Ravallion &
          van de Walle 2018);
        - `state_pmt`: logit of the state now, no places; only where the registry has no welfare;
        - `area_average`: share of extreme poor in the household's largest place, shrunk to the whole;
        - `state_now`: extreme poor now or not, and nothing else;
        - `random`: a seeded hash of the household;
        - each column with the role `score` by its name: a ranking that somebody already uses, such as a decile; a
          household without a value comes last.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> train, test = graduation.pair_waves(*registries).split("household")
    >>> scores = candidate_scores(train, test)
    >>> "scorecard" in scores, len(scores) == len(test.outcome)
    (True, True)
    """
    train = train.subset(train.weight > 0)
    card = scorecard or fit_scorecard(train, seed=seed)
    # Sums this small are quicker on one thread, several times so on a busy machine.
    with threadpool_limits(limits=1, user_api="blas"):
        return pd.DataFrame(_scores(train, test, card, seed))


def _scores(train: Panel, test: Panel, card: Scorecard, seed: int) -> dict[str, pd.Series]:
    scores = {"logit": _logit(train, test), "scorecard": card.points(test.households).astype("float64")}
    scores |= _means_tests(train, test)
    if len(test.groups.columns) > 2:
        scores["area_average"] = _area_average(train, test)
    scores["state_now"] = test.state.astype("float64")
    drawn = hash_labels(pd.Index(test.groups["household"]), seed) / 2**64
    scores["random"] = pd.Series(drawn, index=test.outcome.index)
    return scores | {_own(name): values for name, values in _given(test).items()}


def _own(name: str) -> str:
    """Return a name for a ranking of the registry that hides no rule of ours."""
    return f"{name} (registry)" if name in OURS else name


def _given(test: Panel) -> dict[str, pd.Series]:
    """Return the rankings that the registry brings along, higher = poorer."""
    scores = {}
    for name in test.dictionary.role("score"):
        if name in test.households and test.households[name].notna().any():
            sign = 1 if test.dictionary.columns[name].direction == "rises" else -1
            given = sign * test.households[name].astype("float64")
            scores[name] = given.fillna(given.min() - 1)
    return scores


def _means_tests(train: Panel, test: Panel) -> dict[str, pd.Series]:
    welfare = test.dictionary.one("welfare")
    something = not household_features(train).columns.empty
    if welfare is None or not test.households[welfare].notna().any() or not (train.households[welfare] > 0).any():
        return {"state_pmt": state_pmt(train, test)} if something else {}
    now = test.households[welfare].astype("float64")
    neediest = {"neediest_first": -now.fillna(now.max())}
    if not something:
        return neediest
    scores = neediest | {"linear_pmt": linear_pmt(train, test, welfare)}
    if len(test.groups.columns) > 2:
        scores["linear_pmt_areas"] = linear_pmt(train, test, welfare, areas=True)
    return scores | {"quantile_pmt": quantile_pmt(train, test, welfare)}


def _logit(train: Panel, test: Panel) -> pd.Series:
    model = prepared(LogisticRegression(C=0.01, max_iter=1000))
    features = [with_state(feature_frame(p.households, p.dictionary), p.state.to_numpy()) for p in (train, test)]
    weight = train.weight / train.weight.mean()
    model.fit(features[0], train.outcome, logisticregression__sample_weight=weight)
    return pd.Series(model.predict_proba(features[1])[:, 1], index=test.outcome.index)


def _area_average(train: Panel, test: Panel) -> pd.Series:
    place = train.groups.columns[2]
    weight, hit = train.weight, train.weight * train.outcome
    overall = hit.sum() / weight.sum()
    sums = pd.DataFrame({"hit": hit, "weight": weight}).groupby(train.groups[place].to_numpy()).sum()
    prior = PRIOR_ROWS * weight.mean()
    average = (sums["hit"] + prior * overall) / (sums["weight"] + prior)
    return test.groups[place].map(average).fillna(overall)
