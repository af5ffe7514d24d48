"""Each group beside all the rest, crossed groups, and other libraries as second opinions on tables by group."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from graduation import UsageError, cross_groups, evaluate
from graduation.evaluate import draws
from graduation.evaluate.bygroup import METRICS
from tests.evaluate.test_evaluate_intervals import ends

DISJOINT = ["prevalence", "roc_auc", "calibration_gap"]  # do not depend on the one list


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(2)
    risk = rng.beta(1, 4, 1_500).round(2)
    outcome = (rng.random(1_500) < risk).astype(int)
    groups = pd.DataFrame({"district": rng.integers(0, 4, 1_500).astype(str), "sex": rng.choice(["f", "m"], 1_500)})
    return outcome, risk, rng.uniform(1, 3, 1_500), groups


def rows_of(found, group, level):
    rows = found.groups
    return rows[(rows["group"] == group) & (rows["level"] == level)].set_index("metric")


def test_the_rest_is_the_other_level_where_there_are_two(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups[["sex"]], quota=0.2)
    women, men = (rows_of(found, "sex", level) for level in "fm")
    assert (women["difference"] - (women["estimate"] - men["estimate"])).abs().max() < 1e-9
    assert (women["difference"] + men["difference"]).abs().max() < 1e-9
    assert np.allclose(women["difference_low"], -men["difference_high"])


def test_the_rest_of_several_levels_is_all_other_households(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups, quota=0.2)
    one = (groups["district"] == "2").to_numpy()
    # as two levels, the others are one group
    two = evaluate(outcome, risk, weight=weight, groups={"district": np.where(one, "2", "other")}, quota=0.2)
    expected = rows_of(two, "district", "2")
    rows = rows_of(found, "district", "2")
    figures = ["estimate", "low", "high", "difference", "difference_low", "difference_high"]
    pd.testing.assert_frame_equal(rows[figures], expected[figures], check_exact=False, atol=1e-9)
    rest = roc_auc_score(outcome[~one], risk[~one], sample_weight=weight[~one])
    within = roc_auc_score(outcome[one], risk[one], sample_weight=weight[one])
    assert rows.loc["roc_auc", "difference"] == pytest.approx(within - rest)


def test_sums_over_the_levels_are_those_of_everybody(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups, quota=0.2)
    whole = found.metrics()
    by = {metric: found.groups[(found.groups["metric"] == metric) & (found.groups["group"] == "district")]["estimate"]
          for metric in METRICS}  # fmt: skip
    mass = pd.Series(weight).groupby(groups["district"]).sum().to_numpy()
    others = pd.Series(weight * (1 - outcome)).groupby(groups["district"]).sum().to_numpy()
    assert by["share_of_list"].sum() == pytest.approx(1)
    assert np.average(by["share_listed"], weights=mass) == pytest.approx(0.2)
    assert np.average(by["false_positive_rate"], weights=others) == pytest.approx(whole["false_positive_rate"])
    assert np.average(by["calibration_gap"], weights=mass) == pytest.approx(whole["poverty_rate_error"])


def test_a_level_of_everybody_has_no_rest():
    found = evaluate([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], groups={"g": ["x"] * 4})
    assert rows_of(found, "g", "x")["difference"].isna().all()


def test_a_group_of_one_household_is_marked():
    rng = np.random.default_rng(0)
    found = evaluate(rng.integers(0, 2, 60), rng.random(60), groups={"g": ["alone"] + ["other"] * 59})
    rows = rows_of(found, "g", "alone")
    assert rows["note"].str.startswith("small: 1 households").all()
    assert np.isnan(rows.loc["roc_auc", "estimate"])


def test_fairlearn_gives_the_same_table_by_crossed_group(many):
    outcome, _, _, groups = many
    rng = np.random.default_rng(1)
    risk = rng.permutation(len(outcome)) / len(outcome)  # no ties: the list is the same for both
    listed = (risk >= np.sort(risk)[-300]).astype(int)
    crossed = cross_groups(groups, "district", "sex")
    found = evaluate(outcome, risk, groups=crossed, quota=300)
    frame = MetricFrame(
        metrics={
            "recall": recall_score, "precision": precision_score, "listed": selection_rate,
            "wrongly": false_positive_rate,
        },
        y_true=outcome, y_pred=listed, sensitive_features=groups,
    )  # fmt: skip
    for (district, sex), row in frame.by_group.iterrows():
        ours = rows_of(found, "district x sex", f"{district} x {sex}")["estimate"]
        assert 1 - ours["exclusion_error"] == pytest.approx(row["recall"])
        assert 1 - ours["inclusion_error"] == pytest.approx(row["precision"])
        assert ours["share_listed"] == pytest.approx(row["listed"])
        assert ours["false_positive_rate"] == pytest.approx(row["wrongly"])


def test_the_interval_of_a_difference_is_that_of_the_draws(many):
    outcome, risk, weight, groups = many
    village = np.arange(1_500) // 15
    found = evaluate(outcome, risk, weight=weight, groups=groups[["sex"]], cluster=village, seed=4)
    women = (groups["sex"] == "f").to_numpy()
    gaps = []
    for number in range(draws.REPLICATES):
        drawn = (np.random.default_rng([4, number]).random(99) * 100).astype(int)
        counted = np.bincount(drawn, minlength=100)[village] * weight
        gaps.append(
            np.average(outcome[women], weights=counted[women]) - np.average(outcome[~women], weights=counted[~women])
        )
    row = rows_of(found, "sex", "f").loc["prevalence"]
    assert [row["difference_low"], row["difference_high"]] == pytest.approx(np.quantile(gaps, ends(100)), abs=1e-9)


def test_crossing_keeps_missing_values_and_names():
    table = cross_groups({"sex": ["f", None], "area": ["urban", "rural"], "x": [1, 2]}, "sex", "area")
    assert list(table) == ["sex", "area", "x", "sex x area"]
    assert table["sex x area"].tolist() == ["f x urban", "(missing) x rural"]
    three = cross_groups({"a": [1], "b": [2], "c": [3]})
    assert three["a x b x c"].tolist() == ["1 x 2 x 3"]
    with pytest.raises(UsageError, match="did you mean 'area'"):
        cross_groups({"sex": ["f"], "area": ["urban"]}, "sex", "aera")
    with pytest.raises(UsageError, match="two group columns"):
        cross_groups({"sex": ["f"]})


def test_coverage_curves_end_at_everybody_and_pass_through_this_list(many):
    outcome, risk, weight, groups = many
    found = evaluate(outcome, risk, weight=weight, groups=groups, quota=0.2)
    last = found.coverage[found.coverage["list_share"] == 1]
    assert last["coverage"].tolist() == pytest.approx([1] * 6)
    here = found.coverage[np.isclose(found.coverage["list_share"], 0.2) & (found.coverage["group"] == "sex")]
    expected = [1 - rows_of(found, "sex", level).loc["exclusion_error", "estimate"] for level in "fm"]
    assert here["coverage"].tolist() == pytest.approx(expected)
    with pytest.raises(UsageError, match="did you mean 'sex'"):
        found.plot_coverage("sexx")


def test_crossing_keeps_the_order_of_the_rows_and_matches_labels():
    first = pd.Series(["a0", "a1", "a2", "a3"], index=[3, 2, 1, 0])
    second = pd.Series(["b0", "b1", "b2", "b3"], index=[0, 1, 2, 3])
    table = cross_groups({"a": first, "b": second})
    assert table["a x b"].tolist() == ["a0 x b3", "a1 x b2", "a2 x b1", "a3 x b0"]
    assert table.index.tolist() == [3, 2, 1, 0]
    with pytest.raises(ValueError, match="another index"):
        cross_groups({"a": first, "b": second.set_axis([9, 8, 7, 6])})
    with pytest.raises(UsageError, match="'a x b' already"):
        cross_groups({"a": ["x"], "b": ["y"], "a x b": ["z"]}, "a", "b")


def test_two_groups_of_one_name_are_refused():
    with pytest.raises(UsageError, match="two columns of one name"):
        evaluate([1, 0], [0.9, 0.1], groups={1: ["a", "b"], "1": ["c", "d"]})
