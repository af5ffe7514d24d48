from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.interventions import EffectModel

ARMS = np.array(["none", "cash", "training"])
TRUTH = np.array([0.10, 0.25])
EVEN = dict.fromkeys(ARMS, 1 / 3)


def records(seed: int, n: int = 500, *, confounded: bool) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, arms and log welfare in which cash adds 0.10 and training 0.25."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "household_size": rng.integers(1, 9, n),
            "assets": rng.normal(size=n),
            "floor": rng.choice(["earth", "tile", "cement"], n),
        }
    )
    pull = np.column_stack([np.zeros(n), 0.8 * X["assets"], 0.5 * (X["floor"] == "earth") - 0.6 * X["assets"]])
    chance = np.exp(pull * confounded)
    chance /= chance.sum(axis=1, keepdims=True)
    arm = (chance.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)
    base = -0.12 * X["household_size"] + 0.4 * X["assets"] + 0.3 * (X["floor"] == "tile")
    outcome = base + np.array([0, *TRUTH])[arm] + rng.normal(0, 0.4, n)
    return X, ARMS[arm], outcome.to_numpy()


@pytest.mark.parametrize("confounded", [False, True])
def test_intervals_cover_the_truth(confounded: bool) -> None:
    tables, raw = [], []
    for seed in range(25):
        X, arm, outcome = records(seed, n=400, confounded=confounded)
        model = EffectModel(n_folds=3, seed=seed, personal=False)
        tables.append(model.fit(X, arm, outcome, propensity=None if confounded else EVEN).average_effects_)
        raw.append([outcome[arm == name].mean() - outcome[arm == "none"].mean() for name in ARMS[1:]])
    low, high, effect = (np.array([table[name] for table in tables]) for name in ("low", "high", "effect"))
    covered = ((low <= TRUTH) & (high >= TRUTH)).mean(axis=0)
    assert (covered >= 0.8).all()
    np.testing.assert_allclose(effect.mean(axis=0), TRUTH, atol=0.03)
    errors = np.array([table["standard_error"] for table in tables]).mean(axis=0)
    np.testing.assert_allclose(errors, effect.std(axis=0), rtol=0.4)
    # The records would mislead without adjustment, so that recovering the truth says something.
    assert (np.abs(np.mean(raw, axis=0) - TRUTH).max() > 0.15) == confounded


def test_no_effect_is_found_where_there_is_none() -> None:
    found = 0
    for seed in range(12):
        X, arm, outcome = records(seed, n=300, confounded=False)
        swapped = np.random.default_rng(seed).permutation(arm)
        table = EffectModel(n_folds=3, personal=False).fit(X, swapped, outcome, propensity=EVEN).average_effects_
        found += int(((table["low"] > 0) | (table["high"] < 0)).sum())
    assert found <= 4


def test_row_order_changes_nothing_and_seeds_repeat() -> None:
    X, arm, outcome = records(0, confounded=True)
    cluster = np.arange(len(X)) // 5
    first = EffectModel(n_folds=3).fit(X, arm, outcome, cluster=cluster).average_effects_
    turn = np.random.default_rng(1).permutation(len(X))
    second = EffectModel(n_folds=3).fit(X.iloc[turn], arm[turn], outcome[turn], cluster=cluster[turn]).average_effects_
    pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=1e-9)


def test_clusters_that_share_luck_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    village = np.repeat(np.arange(60), 10)
    arm = ARMS[:2][rng.permutation(np.arange(60) % 2)[village]]
    outcome = rng.normal(0, 0.4, 60)[village] + rng.normal(0, 0.4, 600)
    X = pd.DataFrame({"x": rng.normal(size=600)})
    chance = {"none": 0.5, "cash": 0.5}
    alone = EffectModel(personal=False).fit(X, arm, outcome, propensity=chance).average_effects_
    whole = EffectModel(personal=False).fit(X, arm, outcome, propensity=chance, cluster=village).average_effects_
    assert whole["standard_error"][0] > 1.8 * alone["standard_error"][0]


def test_weights_count_records() -> None:
    rng = np.random.default_rng(0)
    poor = rng.random(2_000) < 0.5
    arm = ARMS[:2][rng.integers(0, 2, 2_000)]
    outcome = np.where(poor, 0.4, 0.0) * (arm == "cash") + rng.normal(0, 0.1, 2_000)
    weight = np.where(poor, 3.0, 1.0)
    X = pd.DataFrame({"poor": poor})
    table = (
        EffectModel(personal=False)
        .fit(X, arm, outcome, propensity={"none": 0.5, "cash": 0.5}, weight=weight)
        .average_effects_
    )
    assert table["effect"][0] == pytest.approx(0.3, abs=0.02)


def test_the_unit_of_weights_counts_nothing() -> None:
    X, arm, outcome = records(0, n=300, confounded=False)
    weight = np.random.default_rng(1).uniform(0.5, 3, 300)
    one, other = (EffectModel(n_folds=3).fit(X, arm, outcome, weight=unit * weight) for unit in (1, 1_000))
    for table in ("average_effects_", "heterogeneity_"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), rtol=1e-6)
    with pytest.raises(DataError, match="weight infinite"):
        EffectModel().fit(X, arm, outcome, weight=np.where(np.arange(300) == 0, np.inf, weight))


def test_the_interval_of_an_average_is_as_wide_for_each_household_as_for_all() -> None:
    X, arm, outcome = records(0, n=300, confounded=False)
    model = EffectModel(personal=False).fit(X, arm, outcome, propensity=EVEN, cluster=np.arange(300) % 6)
    assert (model.average_effects_["clusters"] == 6).all()
    found = model.effect_interval(X.head(1)).to_numpy().reshape(2, 2)
    np.testing.assert_allclose(found, model.average_effects_[["low", "high"]])
    with pytest.raises(UsageError, match="level is 95"):
        model.effect_interval(X, level=95)


def test_known_probabilities_as_a_table() -> None:
    X, arm, outcome = records(0, confounded=False)
    table = pd.DataFrame(EVEN, index=X.index)
    first = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=table).average_effects_
    second = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=EVEN).average_effects_
    pd.testing.assert_frame_equal(first, second)


def test_records_that_could_not_get_an_arm_are_set_aside_for_it() -> None:
    X, arm, outcome = records(0, n=900, confounded=False)
    old = np.random.default_rng(5).random(900) < 0.3
    arm = np.where(old & (arm == "training"), "none", arm)
    chance = pd.DataFrame(EVEN, index=X.index)
    chance.loc[old, ["none", "cash", "training"]] = [2 / 3, 1 / 3, 0.0]
    table = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=chance).average_effects_.set_index("arm")
    assert table.loc["training", "trimmed_share"] == pytest.approx(old.mean())
    assert table.loc["cash", "trimmed_share"] == 0
    assert abs(table.loc["training", "effect"] - 0.25) < 4 * table.loc["training", "standard_error"]


def test_records_without_overlap_are_set_aside_and_counted() -> None:
    X, arm, outcome = records(0, n=900, confounded=False)
    rich = X["assets"] > 1
    arm = np.where(rich, "none", arm)
    X = X.assign(rich=rich)
    table = EffectModel(n_folds=3).fit(X, arm, outcome).average_effects_
    assert (table["trimmed_share"] > 0.05).all()
    assert (table["trimmed_share"] < 0.4).all()


def test_thin_arms_are_refused_with_what_would_do() -> None:
    X, arm, outcome = records(0, confounded=False)
    arm = np.where((arm == "cash") & (np.arange(len(arm)) > 40), "none", arm)
    with pytest.raises(NotEnoughData, match=r"arm 'cash' has \d+ records.*at least 30.*per arm would show"):
        EffectModel().fit(X, arm, outcome)
    with pytest.raises(NotEnoughData, match=r"About 1,568 per arm would show an effect of \d+\."):
        EffectModel().fit(X, arm, outcome * 1_000)
    with pytest.raises(NotEnoughData, match="in 2 clusters"):
        EffectModel().fit(X, records(0, confounded=False)[1], outcome, cluster=np.arange(len(X)) % 2)
    with pytest.raises(NotEnoughData, match="one more arm"):
        EffectModel().fit(X, np.full(len(X), "none"), outcome)


def test_the_probability_of_the_arm_taken_is_not_enough() -> None:
    X, arm, outcome = records(0, confounded=False)
    with pytest.raises(UsageError, match="not enough"):
        EffectModel().fit(X, arm, outcome, propensity=pd.Series(1 / 3, index=X.index))
    with pytest.raises(UsageError, match="lacks the arm 'training'"):
        EffectModel().fit(X, arm, outcome, propensity={"none": 0.5, "cash": 0.5})
    with pytest.raises(UsageError, match="add up to 1"):
        EffectModel().fit(X, arm, outcome, propensity=dict.fromkeys(ARMS, 0.5))
    with pytest.raises(UsageError, match="same order"):
        EffectModel().fit(X, arm, outcome, propensity=pd.DataFrame(EVEN, index=X.index[::-1]))


def test_what_is_unknown_is_refused_not_dropped() -> None:
    X, arm, outcome = records(0, confounded=False)
    holes = outcome.copy()
    holes[:7] = np.nan
    with pytest.raises(DataError, match="unknown for 7 of 500"):
        EffectModel().fit(X, arm, holes)
    with pytest.raises(UsageError, match="outcome has 499"):
        EffectModel().fit(X, arm, outcome[:-1])
    with pytest.raises(UsageError, match="outcome and X have different indexes"):
        EffectModel().fit(X, arm, pd.Series(outcome).sort_values())
    with pytest.raises(UsageError, match="n_folds is 1"):
        EffectModel(n_folds=1).fit(X, arm, outcome)
    with pytest.raises(UsageError, match="no record has the control arm 'nothing'"):
        EffectModel(control="nothing").fit(X, arm, outcome)


def test_effect_is_the_average_for_each_household() -> None:
    X, arm, outcome = records(0, confounded=False)
    model = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=EVEN)
    effect = model.effect(X.iloc[:4])
    assert effect.index.equals(X.index[:4])
    assert effect.columns.tolist() == ["cash", "training"]
    np.testing.assert_array_equal(effect.to_numpy(), np.tile(model.average_effects_["effect"], (4, 1)))
    assert (model.average_effects_["basis"] == "estimated").all()


def test_notes_say_what_the_estimates_rest_on() -> None:
    X, arm, outcome = records(0, confounded=False)
    model = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=EVEN)
    assert model.notes() == [
        "Effects are estimated from 500 of 500 programme records; set aside: none. Each record counts the same, "
        "without survey weights.",
        "No difference between households is told apart from chance for cash, training: each has the average.",
    ]
    weighted = EffectModel(n_folds=3).fit(X, arm, outcome, propensity=EVEN, weight=np.ones(500))
    assert "counts by its survey weight" in weighted.notes()[0]


def test_the_effect_among_those_who_took_an_arm_is_theirs_and_not_that_of_all() -> None:
    off, apart = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        assets = rng.normal(size=400)
        arm = np.where(rng.random(400) < 1 / (1 + np.exp(1 - assets)), "cash", "none")
        own = 0.1 + 0.2 * assets
        outcome = 0.4 * assets + own * (arm == "cash") + rng.normal(0, 0.3, 400)
        model = EffectModel(n_folds=3, target="treated").fit(pd.DataFrame({"assets": assets}), arm, outcome)
        truth = own[arm == "cash"].mean()
        off.append((model.average_effects_.loc[0, "effect"] - truth) / model.average_effects_.loc[0, "standard_error"])
        apart.append((truth - own.mean()) / model.average_effects_.loc[0, "standard_error"])
        assert not model.is_personal_
    assert abs(np.mean(off)) < 0.6 < 1.5 < np.mean(apart)
    with pytest.raises(UsageError, match="target is 'treted'; did you mean 'treated'"):
        EffectModel(target="treted").fit(pd.DataFrame({"assets": assets}), arm, outcome)


def test_parameters_are_kept_as_given() -> None:
    assert clone(EffectModel(n_folds=3, seed=9)).get_params() == EffectModel(n_folds=3, seed=9).get_params()


def test_impossible_records_and_infinite_features_are_refused() -> None:
    X, arm, outcome = records(0, confounded=False)
    chance = {"none": 0.5, "cash": 0.0, "training": 0.5}
    with pytest.raises(DataError, match=r"records took an arm whose given probability is 0"):
        EffectModel(personal=False).fit(X, arm, outcome, propensity=chance)
    X.loc[X.index[0], "assets"] = np.inf
    with pytest.raises(DataError, match="'assets': infinite for some records"):
        EffectModel().fit(X, arm, outcome)


def test_no_household_gains_more_than_any_record_did() -> None:
    rng = np.random.default_rng(0)
    # Names of columns may be numbers.
    X = pd.DataFrame({0: rng.uniform(20, 100, 1500), 1: rng.normal(size=1500)})
    arm = rng.choice(["none", "cash"], 1500)
    outcome = X[0] / 100 * (arm == "cash") + rng.normal(0, 0.3, 1500)
    model = EffectModel(n_folds=3).fit(X, arm, outcome, propensity={"none": 0.5, "cash": 0.5})
    found = model.effect(pd.DataFrame({0: [20.0, 100.0, 100_000.0], 1: 0.0}))["cash"]
    assert found[0] < 0.4 < 0.8 < found[1]
    assert found[2] < 1.2
    assert model.heterogeneity_["p_value"].max() < 0.01
    assert (np.diff(model.sorted_groups_["effect"]) > 0).all()


def test_notes_tell_who_was_not_comparable() -> None:
    X, arm, outcome = records(0, confounded=False)
    shut = (X["assets"] > 1).to_numpy()
    chance = pd.DataFrame({name: np.where(shut, 0.5, 1 / 3) for name in ARMS}, index=X.index)
    chance["training"] = np.where(shut, 0.0, 1 / 3)
    kept = ~(shut & (arm == "training"))
    model = EffectModel(n_folds=3, personal=False).fit(X[kept], arm[kept], outcome[kept], propensity=chance[kept])
    share = model.average_effects_.set_index("arm").loc["training", "trimmed_share"]
    assert 0.05 < share < 0.3
    assert f"left out of the effect of the arm: training {share:.1%} of the records." in " ".join(model.notes())


def test_the_verdict_hardly_depends_on_the_seed() -> None:
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"floor": rng.uniform(20, 100, 600), "other": rng.normal(size=600)})
    arm = rng.choice(["none", "cash"], 600)
    outcome = X["floor"] / 250 * (arm == "cash") + rng.normal(0, 0.3, 600)
    even = {"none": 0.5, "cash": 0.5}
    tables = [EffectModel(n_folds=3, seed=seed).fit(X, arm, outcome, propensity=even) for seed in range(4)]
    t = [float((model.heterogeneity_["slope"] / model.heterogeneity_["standard_error"])[0]) for model in tables]
    # One split gives values as far apart as 1.
    assert max(t) - min(t) < 0.6
    assert len({model.is_personal_ for model in tables}) == 1
