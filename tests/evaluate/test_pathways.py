"""Remain and become apart, then the merged list."""

import numpy as np
import pandas as pd
import pytest

from graduation import Budget, DataError, UsageError, evaluate, evaluate_pathways


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(8)
    state = (rng.random(1_200) < 0.15).astype(int)
    risk = np.clip(rng.beta(1, 12, 1_200) + 0.35 * state, 0, 1)
    outcome = (rng.random(1_200) < risk).astype(int)
    columns = {"outcome": outcome, "risk": risk, "state": state, "weight": rng.uniform(1, 3, 1_200)}
    return pd.DataFrame(columns | {"village": np.arange(1_200) // 20, "sex": rng.choice(["f", "m"], 1_200)})


def run(survey, **more):
    return evaluate_pathways(
        survey["outcome"], survey["risk"], survey["state"], weight=survey["weight"], cluster=survey["village"], **more
    )


def test_each_pathway_is_what_evaluate_gives_for_its_households_alone(survey):
    found = run(survey, groups=survey[["sex"]])
    for name, state in (("remain", 1), ("become", 0)):
        part = survey[survey["state"] == state]
        alone = evaluate(
            part["outcome"], part["risk"], weight=part["weight"], cluster=part["village"], groups=part[["sex"]]
        )
        pd.testing.assert_frame_equal(found.apart[name].table, alone.table)
        pd.testing.assert_frame_equal(found.apart[name].groups, alone.groups)


def test_the_merged_list_is_that_of_all_households_with_the_pathway_as_a_group(survey):
    found = run(survey, quota=100)
    whole = evaluate(survey["outcome"], survey["risk"], weight=survey["weight"], cluster=survey["village"], quota=100)
    pd.testing.assert_frame_equal(found.merged.table, whole.table)
    shares = found.merged.groups[found.merged.groups["metric"] == "share_of_list"]
    assert shares["level"].tolist() == ["become", "remain"]
    assert shares["estimate"].sum() == pytest.approx(1)
    shown = found.on_the_merged_list()
    assert shown["pathway"].tolist() == ["become", "remain"]
    assert all("to" in cell for cell in shown["missed"])


def test_an_unknown_state_is_a_pathway_of_its_own(survey):
    state = survey["state"].astype("float64").where(np.arange(1_200) % 3 > 0)
    found = run(survey.assign(state=state))
    assert list(found.apart) == ["remain", "become", "unknown"]
    sizes = [part.metrics()["n"] for part in found.apart.values()]
    assert sum(sizes) == found.merged.metrics()["n"] == 1_200


def test_a_pathway_of_one_outcome_is_named_and_not_hidden(survey):
    calm = survey.assign(outcome=survey["outcome"].where(survey["state"] == 1, 0))
    found = run(calm)
    assert list(found.apart) == ["remain"]
    assert any("one outcome only: become" in note for note in found.notes())


def test_columns_with_labels_are_matched_and_row_order_changes_nothing(survey):
    shuffled = survey.sample(frac=1, random_state=1)
    first, second = run(survey), run(shuffled)
    pd.testing.assert_frame_equal(first.frame(), second.frame(), check_exact=True)
    mixed = evaluate_pathways(
        survey["outcome"], shuffled["risk"], shuffled["state"], weight=survey["weight"], cluster=shuffled["village"]
    )
    pd.testing.assert_frame_equal(first.frame(), mixed.frame(), check_exact=True)


def test_what_a_planner_reads(survey):
    found = run(survey)
    assert list(found.shown()) == ["figure", "all", "remain", "become"]
    assert "missed (exclusion error)" in found.summary(rows=30)
    assert found.metrics()["become_roc_auc_low"] < found.metrics()["become_roc_auc"]
    lines = found.plot().get_lines()
    assert [line.get_label() for line in lines] == ["all", "remain", "become"]


def test_a_state_that_is_no_state_is_refused(survey):
    with pytest.raises(DataError, match=r"row 1, column 'state': 1 values refused, the first 2; expected 1, 0"):
        run(survey.assign(state=[2, *survey["state"][1:]]))
    with pytest.raises(DataError, match="'state': 3 values; expected 1,200"):
        evaluate_pathways(survey["outcome"], survey["risk"], [1, 0, 1])


def test_costs_with_labels_are_matched_too():
    labels = list("fedcba")
    column = lambda values: pd.Series(values, index=labels)  # noqa: E731
    outcome, risk = column([1, 0, 1, 0, 1, 0]), column([0.9, 0.7, 0.4, 0.5, 0.3, 0.2])
    quota = Budget(3, cost=column([2, 1, 1, 1, 1, 5]).iloc[::-1])
    found = evaluate_pathways(outcome, risk, column([1, 1, 0, 0, 0, 0]), quota=quota)
    assert found.merged.quota == evaluate(outcome, risk, quota=quota).quota == pytest.approx(2 / 6)


def test_who_has_no_weight_makes_no_pathway():
    found = evaluate_pathways(
        [1, 0, 1, 0, 1, 0], [0.9, 0.7, 0.4, 0.5, 0.3, 0.2], [1, 1, 0, 0, 0, 0], weight=[1, 0, 1, 1, 1, 1]
    )
    assert list(found.apart) == ["become"]
    assert found.one_outcome_only == ("remain",)


def test_a_group_of_the_name_that_is_added_is_refused(survey):
    with pytest.raises(UsageError, match="called 'pathway'"):
        run(survey, groups={"pathway": survey["sex"]})
