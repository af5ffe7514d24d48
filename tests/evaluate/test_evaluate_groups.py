"""The same list by group: households add up, small and undefined groups say so."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from graduation.errors import UsageError
from graduation.evaluate import evaluate


def cell(found, level, metric, column="estimate"):
    rows = found.groups
    return rows.loc[(rows["level"] == level) & (rows["metric"] == metric), column].item()


def test_group_errors_are_those_of_the_one_overall_list_by_hand():
    # list of 4: ranks 1 to 4, half of them a, half b
    outcome = [1, 0, 1, 1, 1, 0, 0, 0]
    risk = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    found = evaluate(outcome, risk, groups={"sex": list("abababab")})
    assert cell(found, "a", "exclusion_error") == pytest.approx(1 / 3)  # ranks 1, 3, 5 poor; 5 missed
    assert cell(found, "a", "inclusion_error") == pytest.approx(0)
    assert cell(found, "b", "exclusion_error") == pytest.approx(0)
    assert cell(found, "b", "inclusion_error") == pytest.approx(1 / 2)
    assert cell(found, "b", "prevalence") == pytest.approx(1 / 4)
    assert cell(found, "a", "coverage_ratio") == pytest.approx((2 / 3) / (3 / 4))
    assert cell(found, "b", "roc_auc") == pytest.approx(2 / 3)


def test_tied_households_at_the_cut_are_shared_between_groups():
    # list of 2 over 4 tied households: each is half on the list
    found = evaluate([1, 1, 0, 0], [0.5] * 4, groups={"g": ["x", "y", "x", "x"]})
    assert cell(found, "x", "exclusion_error") == pytest.approx(0.5)
    assert cell(found, "x", "inclusion_error") == pytest.approx(2 / 3)
    assert cell(found, "y", "inclusion_error") == pytest.approx(0)


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(2)
    risk = rng.beta(1, 4, 2_000).round(2)
    outcome = (rng.random(2_000) < risk).astype(int)
    groups = pd.DataFrame({"district": rng.integers(0, 9, 2_000), "sex": rng.choice(["f", "m", None], 2_000)})
    return outcome, risk, rng.uniform(1, 3, 2_000), groups


def test_households_of_the_levels_add_up_and_missing_is_a_level(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups)
    sums = found.groups.groupby(["group", "metric"])["households"].sum()
    assert (sums == len(outcome)).all()
    assert cell(found, "(missing)", "roc_auc", "households") == groups["sex"].isna().sum()
    assert found.groups.loc[found.groups["group"] == "district", "level"].unique().tolist() == list("012345678")


def test_group_figures_agree_with_the_group_alone_and_average_to_the_whole(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups)
    whole = found.metrics()
    women = (groups["sex"] == "f").to_numpy()
    expected = roc_auc_score(outcome[women], risk[women], sample_weight=weight[women])
    assert cell(found, "f", "roc_auc") == pytest.approx(expected)
    poor = pd.Series(weight * outcome).groupby(groups["district"]).sum().to_numpy()
    missed = [cell(found, str(level), "exclusion_error") for level in range(9)]
    assert np.average(missed, weights=poor) == pytest.approx(whole["exclusion_error"])
    covered = [cell(found, str(level), "coverage_ratio") for level in range(9)]
    assert np.average(covered, weights=poor) == pytest.approx(1)


def test_one_group_of_everybody_repeats_the_overall_figures_and_intervals(many):
    outcome, risk, weight, _ = many
    found = evaluate(outcome, risk, weight=weight, groups={"all": ["x"] * len(outcome)}, quota=0.15)
    whole = found.metrics()
    for metric in ("prevalence", "roc_auc", "exclusion_error", "inclusion_error"):
        for column, suffix in (("estimate", ""), ("low", "_low"), ("high", "_high")):
            assert cell(found, "x", metric, column) == pytest.approx(whole[metric + suffix])
    assert cell(found, "x", "coverage_ratio") == pytest.approx(1)


def test_small_groups_are_marked_not_hidden():
    rng = np.random.default_rng(0)
    outcome = np.r_[np.ones(60), np.zeros(140)]
    risk = rng.random(200)
    level = np.where(np.arange(200) < 10, "few", np.where(np.arange(200) < 100, "many", "few_poor"))
    level[100:104] = "many"
    outcome[100:] = 0
    outcome[150:154] = 1
    found = evaluate(outcome, risk, groups={"place": level})
    assert cell(found, "few", "roc_auc", "note").startswith("small: 10 households, 10 extreme poor; undefined")
    assert cell(found, "few_poor", "exclusion_error", "note").startswith("small: 96 households, 4 extreme poor")
    assert np.isfinite(cell(found, "few_poor", "exclusion_error"))
    assert "small" not in cell(found, "many", "exclusion_error", "note")


def test_undefined_cells_are_nan_with_the_reason_and_no_interval():
    outcome = [1, 1, 0, 1, 0, 0, 0, 0]
    risk = [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1]
    found = evaluate(outcome, risk, groups={"g": list("pppprrrr")}, quota=0.5)
    for metric, reason in [
        ("exclusion_error", "no extreme poor"),
        ("inclusion_error", "nobody of this group on the list"),
        ("roc_auc", "one outcome only"),
        ("coverage_ratio", "no extreme poor"),
    ]:
        assert reason in cell(found, "r", metric, "note")
        assert np.isnan([cell(found, "r", metric, column) for column in ("estimate", "low", "high")]).all()
    assert cell(found, "r", "prevalence") == 0


def test_a_group_covered_less_is_flagged():
    rng = np.random.default_rng(1)
    outcome = np.tile([1, 0, 0, 0], 100)
    group = np.repeat(["seen", "overlooked"], 200)
    risk = np.clip(rng.random(400) * 0.5 + 0.3 * outcome * (group == "seen"), 0, 1)
    found = evaluate(outcome, risk, groups={"place": group})
    assert "covered under 0.8" in cell(found, "overlooked", "coverage_ratio", "note")
    assert cell(found, "seen", "coverage_ratio", "note") == ""


@pytest.mark.parametrize(
    "groups",
    [
        pd.Series(["a", "b"] * 10, name="sex"),
        pd.DataFrame({"sex": ["a", "b"] * 10}),
        {"sex": pd.Categorical(["a", "b"] * 10)},
        {"sex": np.array(["a", "b"] * 10)},
    ],
)
def test_groups_come_as_series_frame_or_dict(groups):
    found = evaluate([1, 0, 0, 1] * 5, np.linspace(0, 1, 20), groups=groups)
    assert found.groups["group"].unique().tolist() == ["sex"]
    assert found.groups["level"].unique().tolist() == ["a", "b"]


def test_a_missing_value_in_a_list_of_words_is_not_the_word_nan():
    found = evaluate([1, 0, 0, 1], [0.1, 0.2, 0.3, 0.4], groups={"sex": ["f", "m", np.nan, None]})
    assert found.groups["level"].unique().tolist() == ["f", "m", "(missing)"]


def test_an_unknown_group_metric_is_met_with_a_hint():
    found = evaluate([1, 0, 0, 1], [0.1, 0.2, 0.3, 0.4], groups={"sex": list("ffmm")})
    with pytest.raises(UsageError, match="did you mean 'exclusion_error'"):
        found.plot_groups("exclusion_eror")
    with pytest.raises(UsageError, match="groups="):
        evaluate([1, 0], [0.1, 0.2]).plot_groups("roc_auc")
