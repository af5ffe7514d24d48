"""What holds for any data: row order, scale of weights, copies, ties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation.evaluate import compare, draws, evaluate

COUNTS = ["n", "n_positive"]
# Noise depends on how many households there are, not only on their weights.
NOT_OF_WEIGHTS_ALONE = [*COUNTS, "ece_by_chance"]
SIGNED = ["log_loss", "calibration_intercept", "calibration_slope", "targeting_differential", "poverty_rate_error"]
few = settings(max_examples=40, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def few_draws():
    """What holds for any data holds for any number of draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draws, "REPLICATES", 60)
        yield


@st.composite
def data(draw, max_size=25):
    """Outcome, risk with many ties, weight, group, cluster; both outcomes present."""
    n = draw(st.integers(2, max_size))
    column = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731
    outcome = column(st.integers(0, 1))
    outcome[0], outcome[-1] = 0, 1
    risk = column(st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1)))
    weight = column(st.floats(0.01, 100))
    return pd.DataFrame(
        {
            "outcome": outcome,
            "risk": risk,
            "weight": weight,
            "group": column(st.sampled_from("abc")),
            "cluster": column(st.integers(0, 4)),
        }
    )


def run(frame, clustered=True, quota=None):
    return evaluate(
        frame["outcome"].to_numpy(),
        frame["risk"].to_numpy(),
        weight=frame["weight"].to_numpy(),
        groups=frame[["group"]].reset_index(drop=True),
        cluster=frame["cluster"].to_numpy() if clustered else None,
        quota=quota,
    )


def points(found):
    table = found.table[~found.table["metric"].isin(NOT_OF_WEIGHTS_ALONE)]
    return np.r_[table["estimate"].to_numpy(), found.groups["estimate"].to_numpy()]


def differing(first, second):
    """Return the names of the tables that are not the same to the last bit."""
    names = ("table", "groups", "curve", "coverage", "calibration")
    return [name for name in names if not getattr(first, name).equals(getattr(second, name))]


@few
@given(data(), st.randoms(use_true_random=False), st.booleans())
def test_row_order_changes_no_figure_and_no_interval(frame, random, clustered):
    order = list(range(len(frame)))
    random.shuffle(order)
    assert differing(run(frame, clustered), run(frame.iloc[order], clustered)) == []


@few
@given(data())
def test_the_same_seed_gives_the_same_bytes(frame):
    assert differing(run(frame), run(frame.copy())) == []


@few
@given(data(), st.floats(0.001, 1_000), st.sampled_from([None, 0.2, 0.5, 1.0]))
def test_the_scale_of_the_weights_changes_nothing(frame, scale, quota):
    scaled = frame.assign(weight=frame["weight"] * scale)
    first, second = run(frame, quota=quota), run(scaled, quota=quota)
    np.testing.assert_allclose(points(first), points(second), rtol=1e-6, atol=1e-7)
    drop = ["calibration_intercept", "calibration_slope"]
    bounds = [found.table.set_index("metric")[["low", "high"]].drop(drop).to_numpy() for found in (first, second)]
    np.testing.assert_allclose(*bounds, rtol=1e-6, atol=1e-7)


@few
@given(data(), st.data(), st.sampled_from([None, 0.3]))
def test_a_copy_of_a_row_is_a_doubled_weight(frame, choice, quota):
    row = choice.draw(st.integers(0, len(frame) - 1))
    copied = pd.concat([frame, frame.iloc[[row]]], ignore_index=True)
    doubled = frame.copy()
    doubled.loc[row, "weight"] *= 2
    np.testing.assert_allclose(
        points(run(copied, quota=quota)), points(run(doubled, quota=quota)), rtol=1e-6, atol=1e-7
    )


@few
@given(data())
def test_inclusion_equals_exclusion_at_the_equal_quota(frame):
    found = run(frame).table.set_index("metric")["estimate"]
    assert abs(found["exclusion_error"] - found["inclusion_error"]) < 1e-12


@few
@given(data(), st.floats(0.001, 1))
def test_figures_stay_in_their_range_and_in_order(frame, quota):
    found = run(frame, quota=quota).table.set_index("metric")["estimate"]
    shares = found.drop([*COUNTS, *SIGNED])
    assert shares.between(0, 1 + 1e-12).all()
    assert found["precision_worst"] - 1e-12 <= found["precision"] <= found["precision_best"] + 1e-12
    assert -1 - 1e-12 <= found["targeting_differential"] <= 1 + 1e-12


@few
@given(data())
def test_a_constant_score_is_no_better_than_chance(frame):
    found = run(frame.assign(risk=0.3)).table.set_index("metric")["estimate"]
    assert abs(found["roc_auc"] - 0.5) < 1e-9
    assert abs(found["precision"] - found["prevalence"]) < 1e-9
    assert abs(found["targeting_differential"]) < 1e-9


@few
@given(data())
def test_a_perfect_score_makes_no_error(frame):
    found = run(frame.assign(risk=frame["outcome"] * 0.5 + 0.2)).table.set_index("metric")["estimate"]
    assert abs(found["roc_auc"] - 1) < 1e-9
    assert found["exclusion_error"] < 1e-9
    assert found["inclusion_error"] < 1e-9


@few
@given(data())
def test_households_of_the_groups_add_up(frame):
    sums = run(frame).groups.groupby("metric")["households"].sum()
    assert (sums == len(frame)).all()


@few
@given(data(), st.booleans())
def test_ranking_metrics_depend_on_the_order_of_the_scores_only(frame, clustered):
    # ranks keep the order and the ties, and lie outside [0, 1]
    cluster = frame["cluster"] if clustered else None
    scores = {"risk": frame["risk"], "rank": frame["risk"].rank(method="dense") * 10 - 50}
    found = compare(frame["outcome"], scores, weight=frame["weight"], cluster=cluster)
    second = found.table[found.table["method"] == "rank"]
    assert (second[["difference", "difference_low", "difference_high"]].fillna(0).to_numpy() == 0).all()


@few
@given(data(), st.randoms(use_true_random=False), st.booleans())
def test_row_order_and_order_of_the_methods_change_no_comparison(frame, random, clustered):
    def run_compare(part, names):
        cluster = part["cluster"].to_numpy() if clustered else None
        scores = {"a": part["risk"].to_numpy(), "b": -part["weight"].to_numpy()}
        return compare(
            part["outcome"].to_numpy(),
            {name: scores[name] for name in names},
            weight=part["weight"].to_numpy(),
            cluster=cluster,
            reference="a",
        ).table

    order = list(range(len(frame)))
    random.shuffle(order)
    first = run_compare(frame, ["a", "b"])
    second = run_compare(frame.iloc[order], ["b", "a"]).sort_values("method", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(first, second, check_exact=True)
