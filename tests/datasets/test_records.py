import numpy as np
import pandas as pd
import pytest

from graduation.datasets import make_waves
from graduation.datasets.settings import population
from graduation.datasets.welfare import line_and_median, population_quantile
from graduation.errors import UsageError

ARMS = ["none", "cash", "training", "capital", "training_capital"]


@pytest.fixture(scope="module")
def randomised():
    return make_waves(24_000, waves=2, seed=5)


@pytest.fixture(scope="module")
def confounded():
    return make_waves(24_000, waves=2, seed=5, assignment="confounded")


@pytest.mark.parametrize(("n", "expected"), [(300, 400), (2_400, 800)])
def test_number_of_records(n, expected):
    assert len(make_waves(n, seed=1).records) == expected


def test_records_are_of_another_group_and_year(randomised):
    assert set(randomised.records["wave"]) == {2023}
    assert not set(randomised.records["household_id"]) & set(randomised.tables[0]["household_id"])
    assert randomised.records["household_id"].is_unique
    assert sorted(randomised.records["arm"].unique()) == sorted(ARMS)


def test_participants_are_poor_and_near_poor(randomised):
    _, median = line_and_median("bottom_10")
    limit = median * np.exp(population_quantile(population()["pilot"]["poorest_share"]))
    assert (randomised.records["consumption_per_head_monthly_idr"] <= limit).all()


def test_probabilities_match_frequencies_within_strata(randomised):
    records = randomised.records
    assert records.groupby(["kecamatan", "arm"])["assignment_probability"].nunique().max() == 1
    # The training arm is commoner near industry: its probability names the stratum.
    training = records[records["arm"] == "training"].groupby("kecamatan")["assignment_probability"]
    stratum = records["kecamatan"].map(training.first())
    assert stratum.nunique() == 2
    for probability, part in records.groupby(stratum):
        found = (part["arm"] == "training").mean()
        assert abs(found - probability) < 4 * np.sqrt(probability * (1 - probability) / len(part))


def test_assignment_by_lot_ignores_the_household_and_the_other_does_not(randomised, confounded):
    def gap(waves):
        business = waves.records["has_business"].eq(1).fillna(False).astype(bool)
        capital = waves.records["arm"].eq("capital")
        return capital[business].mean() - capital[~business].mean()

    assert abs(gap(randomised)) < 0.04
    assert gap(confounded) > 0.1


def test_confounded_probabilities_are_true_and_leave_overlap(confounded):
    records = confounded.records
    assert records["assignment_probability"].between(0.04, 1).all()
    # With true probabilities the inverse weights of each arm add up to the number of records.
    weights = (1 / records["assignment_probability"]).groupby(records["arm"]).agg(["sum", "std", "count"])
    error = np.sqrt(weights["count"]) * weights["std"] + np.sqrt(len(records)) * 2
    assert ((weights["sum"] - len(records)).abs() < 5 * error).all()


def test_outcome_is_the_potential_outcome_of_the_arm_given(randomised):
    records, truth = randomised.records, randomised.truth.records
    assert (truth.index == records["household_id"]).all()
    for arm, part in records.groupby("arm"):
        expected = np.exp(truth.loc[part["household_id"], f"log_welfare_{arm}"].to_numpy())
        assert np.abs(part["consumption_after_monthly_idr"] - expected).max() <= 0.5 + 1e-6


def test_effects_differ_and_are_negative_for_some(randomised):
    effects = randomised.truth.households.filter(like="effect_")
    assert list(effects) == [f"effect_{arm}" for arm in ARMS[1:]]
    assert effects.mean().between(0.02, 0.10).all()
    negative = (effects < 0).mean()
    assert negative[["effect_training", "effect_capital"]].between(0.04, 0.13).all()
    assert effects["effect_capital"].std() > 0.03


def test_business_gains_from_capital_and_the_young_with_schooling_from_training(randomised):
    records = randomised.records.set_index("household_id")
    truth = randomised.truth.records
    business = records["has_business"].eq(1).fillna(False).astype(bool)
    gain = truth["effect_capital"]
    assert gain[business].mean() - gain[~business].mean() > 0.05
    age = pd.to_numeric(records["head_age_years"])
    young = age.between(18, 35) & records["head_education"].ge(3).fillna(False).astype(bool)
    gain = truth["effect_training"]
    assert gain[young].mean() - gain[~young].mean() > 0.05


def test_mean_outcome_under_an_arm_is_the_expected_effect(randomised):
    truth = randomised.truth.households
    for arm in ARMS[1:]:
        realised = truth[f"log_welfare_{arm}"] - truth["log_welfare_none"]
        assert realised.mean() == pytest.approx(truth[f"effect_{arm}"].mean(), abs=0.002)


def test_true_risk_is_calibrated(randomised):
    truth = randomised.truth.households
    assert truth["risk_none"].between(0, 1).all()
    bands = pd.cut(truth["risk_none"], [0, 0.05, 0.2, 0.5, 1.0])
    table = truth.groupby(bands, observed=True).agg(
        risk=("risk_none", "mean"), found=("extreme_poor_none", "mean"), n=("risk_none", "size")
    )
    error = np.sqrt(table["risk"] * (1 - table["risk"]) / table["n"])
    # The common year of a kecamatan moves all its households, beyond the sampling error.
    assert ((table["risk"] - table["found"]).abs() < 4 * error + 0.04 * table["risk"]).all()
    assert len(table) == 4


def test_truth_is_indexed_by_the_households_of_the_last_wave(randomised):
    last = set(randomised.tables[-1]["household_id"])
    assert set(randomised.truth.households.index) <= last
    assert randomised.truth.households.index.is_unique
    assert len(randomised.truth.households) == 24_000


def test_effects_can_be_the_same_for_everybody(randomised):
    same = make_waves(300, seed=5, effects="same").truth.records.filter(like="effect_")
    assert (same.nunique() == 1).all()
    assert (randomised.truth.records.filter(like="effect_").nunique() > 1).all()
    assert same.iloc[0].between(0.02, 0.10).all()


def test_unknown_assignment_or_effects_are_refused():
    with pytest.raises(UsageError, match="no assignment named 'random'; did you mean 'randomised'"):
        make_waves(300, assignment="random")
    with pytest.raises(UsageError, match="no effects named 'vary'"):
        make_waves(300, effects="vary")
