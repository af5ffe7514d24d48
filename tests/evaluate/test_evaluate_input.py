"""Bad input is refused with every problem at once; good input comes in many kinds."""

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.evaluate import compare, evaluate

OUTCOME, RISK = [1, 0, 0, 1], [0.9, 0.2, 0.4, 0.6]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"risk": [0.9, 0.2, 0.4]}, "'risk': 3 values; expected 4"),
        ({"risk": [0.9, 0.2, 0.4, 1.2]}, "row 4, column 'risk': 1 values refused, the first 1.2; expected prob"),
        ({"risk": [0.9, -0.2, 0.4, 0.3]}, "the first -0.2"),
        ({"risk": [0.9, None, 0.4, np.nan]}, "row 2, column 'risk': 2 values refused, the first missing"),
        ({"risk": [0.9, "high", 0.4, 0.3]}, "the first 'high'"),
        ({"risk": [0.9, np.inf, 0.4, 0.3]}, "the first inf"),
        ({"risk": np.ones((4, 2))}, r"shape \(4, 2\).*proba\[:, 1\]"),
        ({"outcome": [1, 0, 2, 1]}, "row 3, column 'outcome': 1 values refused, the first 2; expected 0 or 1"),
        ({"outcome": [1, 0, 0.5, 1]}, "the first 0.5; expected 0 or 1"),
        ({"outcome": [1, 0, None, 1]}, "row 3, column 'outcome'.*missing"),
        ({"outcome": pd.array([1, 0, None, 1], dtype="Int64")}, "row 3, column 'outcome'.*missing"),
        ({"weight": [1, 1, -1, 1]}, "row 3, column 'weight': 1 values refused, the first -1"),
        ({"weight": [1, np.nan, 1, 1]}, "row 2, column 'weight'.*missing"),
        ({"weight": [1, np.inf, 1, 1]}, "column 'weight'.*inf"),
        ({"weight": [0, 0, 0, 0]}, "column 'weight': all weights are 0"),
        ({"weight": pd.to_datetime(["2020-01-01"] * 4)}, "column 'weight': 4 values refused"),
        ({"cluster": ["a", None, "b", "b"]}, "row 2, column 'cluster'.*missing"),
        ({"cluster": ["a"]}, "'cluster': 1 values"),
        ({"groups": {"sex": ["f"]}}, "'sex': 1 values; expected 4"),
    ],
)
def test_values_are_refused_with_place_and_expectation(change, words):
    given = {"outcome": OUTCOME, "risk": RISK} | change
    with pytest.raises(DataError, match=words):
        evaluate(given.pop("outcome"), given.pop("risk"), **given)


def test_all_problems_are_told_at_once():
    with pytest.raises(DataError) as caught:
        evaluate([1, 0, 3, 1], [0.1, 2, np.nan, 0.3], weight=[1, -1, 1, 1], groups={"sex": ["f"]}, cluster=[1, 2])
    assert [problem.column for problem in caught.value.problems] == [
        "outcome",
        "risk",
        "risk",
        "weight",
        "cluster",
        "sex",
    ]


@pytest.mark.parametrize("outcome", [[0, 0, 0, 0], [1, 1, 1, 1]])
def test_one_outcome_only_is_not_enough(outcome):
    with pytest.raises(NotEnoughData, match="all 4 households"):
        evaluate(outcome, RISK)


def test_one_outcome_left_after_weights_of_zero_is_not_enough():
    with pytest.raises(NotEnoughData, match="not extreme poor"):
        evaluate(OUTCOME, RISK, weight=[0, 1, 1, 0])


def test_no_households_are_not_enough():
    with pytest.raises(NotEnoughData, match="no households"):
        evaluate([], [])
    with pytest.raises(UsageError, match="one value per household"):
        evaluate(1, 0.5)


@pytest.mark.parametrize("quota", [0, -0.1, 1.01, np.nan, "all", True, -3, 0.0])
def test_a_quota_outside_its_range_is_refused(quota):
    with pytest.raises(UsageError, match="quota is"):
        evaluate(OUTCOME, RISK, quota=quota)
    with pytest.raises(UsageError, match="quota is"):
        compare(OUTCOME, {"model": RISK}, quota=quota)


def test_other_bad_arguments_are_refused():
    with pytest.raises(UsageError, match="seed is -1"):
        evaluate(OUTCOME, RISK, seed=-1)
    with pytest.raises(UsageError, match="groups is a list"):
        evaluate(OUTCOME, RISK, groups=["f", "m", "f", "m"])


def test_labels_in_another_order_are_matched_and_said():
    ids = list("abcdefgh")
    rng = np.random.default_rng(0)
    outcome = pd.Series(rng.permutation([0, 1] * 4), index=ids)
    risk, weight = pd.Series(rng.random(8), index=ids), pd.Series(rng.random(8), index=ids)
    straight = evaluate(outcome, risk, weight=weight)
    mixed = evaluate(outcome, risk.sample(frac=1, random_state=1), weight=weight[::-1])
    pd.testing.assert_frame_equal(straight.table, mixed.table)
    assert sum("put in order by its index" in note for note in mixed.notes()) == 2


def test_other_labels_are_refused():
    outcome = pd.Series(OUTCOME, index=list("abcd"))
    with pytest.raises(DataError, match="'risk': another index"):
        evaluate(outcome, pd.Series(RISK))
    with pytest.raises(DataError, match="'risk': another index"):
        evaluate(pd.Series(OUTCOME, index=list("aabc")), pd.Series(RISK, index=list("abac")))


@pytest.mark.parametrize(
    ("outcome", "risk"),
    [
        (np.array(OUTCOME, dtype=bool), np.array(RISK, dtype=np.float32).astype(float).round(3)),
        (tuple(OUTCOME), pd.Index(RISK)),
        (pd.Series(OUTCOME, dtype="Int64"), pd.DataFrame({"risk": RISK})),
        (pd.Series(OUTCOME, index=list("abcd")), np.array(RISK)[:, None]),
        (pd.Categorical(OUTCOME), pd.array(RISK, dtype="Float64")),
    ],
)
def test_any_kind_of_column_gives_the_same(outcome, risk):
    expected = evaluate(OUTCOME, RISK, weight=[1, 2, 3, 4]).table
    pd.testing.assert_frame_equal(evaluate(outcome, risk, weight=np.array([1, 2, 3, 4])).table, expected)


def test_clusters_of_mixed_kinds_are_accepted():
    found = evaluate(OUTCOME, RISK, cluster=["a", 1, 2.5, "b"])
    assert any("4 sampling units" in note for note in found.notes())


def test_nothing_given_is_changed():
    frame = pd.DataFrame({"y": OUTCOME, "p": RISK, "w": [1.0, 2, 3, 4], "g": list("abab")}, index=list("wxyz"))
    before = frame.copy()
    evaluate(frame["y"], frame["p"], weight=frame["w"], groups=frame[["g"]], cluster=frame["g"])
    pd.testing.assert_frame_equal(frame, before)


def test_importing_the_room_loads_no_matplotlib():
    import subprocess
    import sys

    code = "import sys, graduation.evaluate; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
