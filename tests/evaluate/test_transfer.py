"""A targeted transfer: what it does to poverty and welfare, and what it is worth."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.evaluate import draws
from graduation.evaluate.poverty import cgh_ratio, crra_utility, fgt, transfer_to_all
from graduation.evaluate.schemes import People
from graduation.evaluate.transfer import Transfer, evaluate_transfer
from graduation.evaluate.worth import exact, from_grid

WELFARE, SCORE = [1, 2, 4, 8], [4, 3, 2, 1]


def found_in(welfare, scores, transfer, **options):
    """Evaluate with two draws only: the estimates do not depend on them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draws, "REPLICATES", 2)
        return evaluate_transfer(welfare, scores, transfer, **options)


def estimates(*args, **options):
    return found_in(*args, **options).table.set_index(["method", "metric"])["estimate"]


def test_poverty_and_welfare_by_hand():
    # Two of four are under the line 3, so two are listed and paid 1 each: 1, 2, 4, 8 -> 2, 3, 4, 8.
    score = estimates(WELFARE, SCORE, Transfer(line=3, budget=2))["score"]
    assert score[["fgt0_before", "fgt0_after", "fgt0_reduction"]].tolist() == pytest.approx([2 / 4, 1 / 4, 1 / 4])
    assert score[["fgt1_before", "fgt1_after", "fgt1_reduction"]].tolist() == pytest.approx([1 / 4, 1 / 12, 1 / 6])
    assert score[["fgt2_before", "fgt2_after", "fgt2_reduction"]].tolist() == pytest.approx([5 / 36, 1 / 36, 4 / 36])
    assert score["welfare"] == pytest.approx(-(1 / 4 + 1 / 9 + 1 / 16 + 1 / 64) / 2)
    assert score["cgh_ratio"] == pytest.approx(2), "all reaches the poorest half"


def test_weights_count_in_every_figure():
    # Weight 3 at welfare 1 of 6; budget 6, so 2 for each: 1, 2, 4, 8 -> 3, 2, 4, 8.
    transfer = Transfer(line=3, budget=6, share=0.5, rho=1, poorest=0.25)
    score = estimates(WELFARE, SCORE, transfer, weight=[3, 1, 1, 1])["score"]
    assert score["fgt0_before"] == pytest.approx(4 / 6)
    assert score["fgt1_after"] == pytest.approx((1 / 3) / 6)
    assert score["welfare"] == pytest.approx(3 * math.log(3) + math.log(2) + math.log(4) + math.log(8))
    assert score["cgh_ratio"] == pytest.approx((1.5 / 3) / 0.25), "half of weight 3 are the poorest quarter of 6"


def test_screening_comes_off_what_is_paid():
    found = found_in(WELFARE, SCORE, Transfer(line=3, budget=2, screening_cost=0.25, rho=0))
    table = found.table.set_index(["method", "metric"])["estimate"]
    assert table["score", "welfare"] == pytest.approx(15 + 1)
    lists = found.lists.set_index("method")
    assert lists.loc["score"].tolist() == pytest.approx([0.5, 2, 0.5, 1])
    assert lists.loc["perfect"].tolist() == pytest.approx([0.5, 2, 0.5, 1]), "the poorest must be found too"
    assert lists.loc["random"].tolist() == pytest.approx([0.5, 2, 1, 0]), "a lottery looks at nobody"
    assert lists.loc["universal"].tolist() == pytest.approx([1, 4, 0.5, 0])


def test_at_rho_0_the_worth_is_what_is_paid_out():
    table = estimates(WELFARE, SCORE, Transfer(line=3, budget=2, screening_cost=0.25, rho=0))
    assert table["score", "money_equivalent"] == pytest.approx(1, rel=1e-12)
    assert table["score", "money_multiple"] == pytest.approx(0.5, rel=1e-12)
    assert table["random", "money_equivalent"] == pytest.approx(2, rel=1e-12)
    assert math.isnan(table["score", "optimal_share"]), "every list is as good"
    assert table["score", "optimal_money_equivalent"] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("rho", [0, 0.5, 1, 3, 6])
def test_universal_is_worth_its_budget(rho):
    table = estimates(WELFARE, SCORE, Transfer(line=3, budget=7, screening_cost=1, rho=rho), size=[3, 1, 2, 5])
    assert table["universal", "money_equivalent"] == pytest.approx(7, rel=1e-11)
    assert table["universal", "money_multiple"] == pytest.approx(1, rel=1e-11)


def test_worth_by_hand_at_rho_1():
    # 1 and 3 -> 3 and 3; (1 + c)(3 + c) = 9 at c = sqrt(10) - 2, for two households.
    table = estimates([1, 3], [2, 1], Transfer(line=2, budget=2, rho=1))
    assert table["score", "money_equivalent"] == pytest.approx(2 * (math.sqrt(10) - 2), rel=1e-12)
    assert table["score", "money_multiple"] == pytest.approx(math.sqrt(10) - 2, rel=1e-12)


def test_worth_by_hand_at_rho_3():
    # 1, 1 with one of two paid 1: u falls from 1/2 + 1/2 to 1/2 + 1/8; 1 / (1 + c)^2 = 5/8.
    table = estimates([1, 1, 9], [2, 1, 0], Transfer(line=2, budget=1, share=1 / 3))
    among_two = 2 * 0.5 / (1 + table["score", "money_equivalent"] / 3) ** 2
    rich = 0.5 / (9 + table["score", "money_equivalent"] / 3) ** 2
    assert among_two + rich == pytest.approx(0.5 + 0.125 + 0.5 / 81, rel=1e-12)


def test_a_tied_household_is_paid_in_full_or_not_at_all():
    # One place for two tied at welfare 1: each is paid 4 with chance 1/2, and stays at 1 with chance 1/2.
    transfer = Transfer(line=2, budget=4, share=0.25, rho=1)
    score = estimates([1, 1, 100, 100], [1, 1, 0, 0], transfer)["score"]
    paid, not_averaged = 2 * 0.5 * math.log(5), 2 * math.log(3)
    assert score["welfare"] == pytest.approx(paid + 2 * math.log(100))
    assert score["welfare"] < not_averaged + 2 * math.log(100) - 0.5
    assert score["fgt0_after"] == pytest.approx(2 * 0.5 / 4), "a benefit of 2 for both would have lifted both"


def test_the_best_share_by_hand():
    # Tied poor: the same money spread over both is better than a lottery; the rich gain next to nothing.
    found = found_in([1, 1, 100, 100], [1, 1, 0, 0], Transfer(line=2, budget=4, share=0.25, rho=1))
    score = found.table.set_index(["method", "metric"])["estimate"]["score"]
    assert score["optimal_share"] == 0.5
    assert score["optimal_money_equivalent"] > 1.5 * score["money_equivalent"]
    curve = found.curve[found.curve["method"] == "score"].set_index("list_share")
    assert curve["welfare"].idxmax() == 0.5
    assert curve.loc[0.5, "welfare"] == pytest.approx(2 * math.log(3) + 2 * math.log(100))
    assert curve.loc[0.25, "benefit"] == pytest.approx(4)
    assert curve.loc[0.5, "money_equivalent"] == pytest.approx(score["optimal_money_equivalent"], rel=1e-5)


def test_a_share_that_is_not_on_the_grid_is_tried_too():
    found = found_in(WELFARE, SCORE, Transfer(line=3, budget=2, share=0.437))
    assert 0.437 in found.curve["list_share"].to_numpy()
    table = found.table.set_index(["method", "metric"])["estimate"]
    assert (table[:, "optimal_money_multiple"] >= table[:, "money_multiple"] * (1 - 1e-9)).all()


def test_curve_and_table_agree_at_the_list_asked_for():
    found = found_in(WELFARE, SCORE, Transfer(line=3, budget=2, screening_cost=0.1), size=[2, 1, 4, 3])
    table = found.table.pivot(index="method", columns="metric", values="estimate")
    at = found.curve.merge(found.lists[["method", "list_share"]]).set_index("method")
    for name in ["fgt0_after", "fgt1_after", "fgt2_after", "welfare"]:
        assert at[name].to_dict() == pytest.approx(table[name].to_dict(), rel=1e-12)
    assert at["money_equivalent"].to_dict() == pytest.approx(table["money_equivalent"].to_dict(), rel=1e-5)


def test_references_by_hand():
    table = estimates(WELFARE, [1, 2, 3, 4], Transfer(line=3, budget=2))
    assert table["perfect", "fgt1_reduction"] == pytest.approx(1 / 6)
    assert table["score", "fgt1_reduction"] == 0, "the two richest are paid"
    assert table["random", "fgt1_reduction"] == pytest.approx(1 / 12), "each with chance 1/2"
    assert table["universal", "fgt1_reduction"] == pytest.approx(2 * (0.5 / 3) / 4)
    assert table[:, "cgh_ratio"].to_dict() == pytest.approx({"score": 0, "universal": 1, "perfect": 2, "random": 1})


def test_a_constant_score_is_the_lottery():
    table = estimates(WELFARE, {"same": [5] * 4}, Transfer(line=3, budget=2))
    pd.testing.assert_series_equal(table["same"], table["random"])


def chances(score, weight, share):
    """Reference: the chance to be listed, one score after the other from the highest."""
    left, chance = share * weight.sum(), np.zeros(len(score))
    for value in np.unique(score)[::-1]:
        tied = score == value
        chance[tied] = np.clip(left / weight[tied].sum(), 0, 1) if weight[tied].sum() else 0
        left -= weight[tied].sum()
    return chance


def persons_expanded(welfare, score, transfer, weight, size, benefit, poorest):
    """Reference: everything person by person, each of them paid and not paid in its chance."""
    chance = chances(score, weight, transfer.share)
    row = np.repeat(np.arange(len(size)), size)
    y, w, p, each = welfare[row], weight[row], chance[row], (benefit / size)[row]
    lines, weights = np.r_[y + each, y], np.r_[w * p, w * (1 - p)]
    utility = weights @ crra_utility(lines, transfer.rho)
    level_of = lambda paid: w @ crra_utility(y + (paid / size)[row], transfer.rho)  # noqa: E731
    return {
        "cgh_ratio": cgh_ratio(y, p * each, poorest, w),
        **{f"fgt{alpha}_after": fgt(lines, transfer.line, alpha, weights) for alpha in (0, 1, 2)},
        "welfare": utility,
        "money_equivalent": transfer_to_all(level_of, utility, 0.1) * weight.sum(),
    }


def some_people(seed, n=40):
    rng = np.random.default_rng(seed)
    welfare = np.exp(rng.normal(1, 0.6, n)).round(1) + 0.1
    score = (-welfare + rng.normal(0, 1, n)).round(0)
    return welfare, score, rng.uniform(1, 4, n), rng.integers(1, 7, n)


@pytest.mark.parametrize("rho", [0.5, 1, 3])
def test_size_is_the_same_as_person_by_person(rho):
    welfare, score, weight, size = some_people(3)
    transfer = Transfer(line=2.5, budget=60, screening_cost=0.2, share=0.3, rho=rho)
    score_figures = estimates(welfare, score, transfer, weight=weight, size=size)["score"]
    benefit = (60 - 0.2 * weight.sum()) / (0.3 * weight.sum())
    poorest = fgt(welfare, 2.5, 0, weight * size)
    expected = persons_expanded(welfare, score, transfer, weight, size, benefit, poorest)
    assert score_figures[list(expected)].to_dict() == pytest.approx(expected, rel=1e-9)


def test_households_of_one_size_are_persons_with_their_part():
    """A household of 3 that shares 3 b is three persons with b each."""
    welfare, score, weight, _ = some_people(4)
    alone = estimates(welfare, score, Transfer(line=2.5, budget=60), weight=weight)
    shared = estimates(welfare, score, Transfer(line=2.5, budget=180), weight=weight, size=np.full(40, 3))
    names = [name for name in alone.index if name[1] not in ("welfare", "money_equivalent", "optimal_money_equivalent")]
    pd.testing.assert_series_equal(alone[names], shared[names], rtol=1e-9)


def test_intervals_are_those_of_villages_drawn():
    """Every draw again, person by person, at the list share and benefit of the data and its own headcount share."""
    welfare, score, weight, size = some_people(5)
    village = np.arange(40) // 4
    transfer = Transfer(line=2.5, budget=60, screening_cost=0.2, share=0.3)
    found = evaluate_transfer(welfare, score, transfer, weight=weight, size=size, cluster=village, seed=3)
    benefit = (60 - 0.2 * weight.sum()) / (0.3 * weight.sum())
    design = draws.Design.of(40, village, None)
    drawn = []
    for number in range(draws.REPLICATES):
        again = weight * design.multiplicities(3, number, 1)[0][design.unit]
        again *= weight.sum() / again.sum()
        poorest = fgt(welfare, 2.5, 0, again * size)
        drawn.append(persons_expanded(welfare, score, transfer, again, size, benefit, poorest))
    table = found.table[found.table["method"] == "score"].set_index("metric")
    for name in drawn[0]:
        ends = [float(end[0]) for end in draws.intervals(np.array([[one[name]] for one in drawn]), design)]
        assert table.loc[name, ["low", "high"]].tolist() == pytest.approx(ends, rel=1e-5), name


def test_differences_are_paired():
    welfare, _, weight, _ = some_people(6, 300)
    noise = np.random.default_rng(1).normal(0, 1, (2, 300))
    scores = {"a": noise[0] - welfare, "b": noise[0] + 0.05 * noise[1] - welfare}
    found = evaluate_transfer(welfare, scores, Transfer(line=2.5, budget=400), weight=weight)
    table = found.table.pivot(index="metric", columns="method", values="estimate")
    gaps = found.table.pivot(index="metric", columns="method", values="difference")
    pd.testing.assert_frame_equal(gaps, table.sub(table["universal"], axis=0))
    pair = found.differences.set_index(["method", "other", "metric"])
    one, other = pair.loc[("a", "b", "money_multiple")], pair.loc[("b", "a", "money_multiple")]
    assert one.tolist() == pytest.approx([-other["difference"], -other["difference_high"], -other["difference_low"]])
    width = found.table.set_index(["method", "metric"]).loc[("a", "money_multiple")]
    assert one["difference_high"] - one["difference_low"] < 0.5 * (width["high"] - width["low"]), "paired is narrower"
    own = found.table[found.table["method"] == "universal"]
    assert (own[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)


@pytest.mark.parametrize("rho", [0, 0.5, 1, 2, 3, 8])
def test_the_grid_is_as_good_as_roots(rho):
    rng = np.random.default_rng(int(rho * 10))
    welfare = np.exp(rng.normal(0, 1, 200))
    people = People(welfare, rng.integers(1, 7, 200).astype(float), 0.5, rho)
    weights = rng.exponential(1, (5, 200))
    spent = np.array([0.01, 0.3, 1.0, 8.0])
    utility = weights @ np.stack([people.utility(paid) for paid in spent], axis=1)
    levels = people.equal_consumption(weights @ people.members, utility)
    roots, read = exact(people, 0.2)(weights, levels), from_grid(people, 0.2, np.array([0.2, 1.0]))(weights, levels)
    assert roots == pytest.approx(np.tile(spent, (5, 1)), rel=1e-9)
    assert read == pytest.approx(roots, rel=1e-5), "far below any sampling error"


def test_beyond_the_grid_there_is_no_answer():
    people = People(np.array([1.0, 2.0]), np.ones(2), 1.5, 1)
    read = from_grid(people, 1.0, np.array([1.0]))
    assert np.isnan(read(np.ones((1, 2)), np.array([[1e6, 1.0, 50.0]]))).tolist() == [[True, True, False]]


def test_rank_residuals_by_hand():
    # Ranked the wrong way round: 7/8, 5/8, 3/8, 1/8 instead of 1/8, 3/8, 5/8, 7/8.
    groups = {"region": ["east", "east", "west", "west"]}
    rows = found_in(WELFARE, {"m": [1, 2, 3, 4]}, Transfer(line=3, budget=2), groups=groups).residuals
    assert rows["rank_residual"].tolist() == pytest.approx([0.5, -0.5]), "the poor of the east are ranked too rich"
    assert rows["difference"].tolist() == pytest.approx([1, -1])
    assert rows["households"].tolist() == [2, 2]
    assert rows["note"].str.startswith("small: 2 households, ").tolist() == [True, True]


def test_rank_residuals_are_weighted_with_ties_in_the_middle():
    # Truth: 3/8 and 7/8 of weight 4; tied by score: 1/2 both.
    rows = found_in([1, 5], [7, 7], Transfer(line=3, budget=2), weight=[3, 1], groups={"g": ["a", "b"]}).residuals
    assert rows["rank_residual"].tolist() == pytest.approx([1 / 8, -3 / 8])
    assert rows["rank_residual"] @ [3, 1] == pytest.approx(0), "too rich and too poor cancel out"


def test_a_group_of_everybody_has_no_rest():
    rows = found_in(WELFARE, SCORE, Transfer(line=3, budget=2), groups={"g": ["a"] * 4}).residuals
    assert rows["rank_residual"].tolist() == pytest.approx([0])
    assert rows["difference"].isna().all()
    assert found_in(WELFARE, SCORE, Transfer(line=3, budget=2)).residuals.empty


def test_residual_intervals_find_a_biased_group():
    rng = np.random.default_rng(8)
    welfare, urban = np.exp(rng.normal(1, 0.5, 600)), rng.random(600) < 0.4
    scores = {"biased": -np.log(welfare) - 0.5 * urban, "fair": -np.log(welfare) + rng.normal(0, 0.1, 600)}
    groups = {"urban": np.where(urban, "yes", "no")}
    found = evaluate_transfer(welfare, scores, Transfer(line=2, budget=100), groups=groups)
    rows = found.residuals.set_index(["method", "level"])
    assert rows.loc[("biased", "yes"), "low"] > 0.1
    assert rows.loc[("biased", "yes"), "difference_low"] > rows.loc[("biased", "yes"), "low"]
    assert rows.loc[("fair", "yes"), "difference_low"] < 0 < rows.loc[("fair", "yes"), "difference_high"]
    assert (rows["note"] == "").all()


households = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 3), st.integers(1, 4), st.integers(1, 5)), min_size=3, max_size=10
).filter(lambda rows: min(row[0] for row in rows) < 5 <= max(row[0] for row in rows))
shares = st.sampled_from([None, 0.1, 0.25, 1 / 3, 0.8, 1.0])


def columns_of(rows):
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


@settings(max_examples=40, deadline=None)
@given(households, shares, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, share, random):
    shuffled = random.sample(rows, len(rows))
    transfer = Transfer(line=5, budget=10, share=share, screening_cost=0.1)
    (y, score, w, s), (y2, score2, w2, s2) = columns_of(rows), columns_of(shuffled)
    first = found_in(y, score, transfer, weight=w, size=s)
    second = found_in(y2, score2, transfer, weight=w2, size=s2)
    pd.testing.assert_frame_equal(first.table, second.table, rtol=1e-7)
    pd.testing.assert_frame_equal(first.curve, second.curve, rtol=1e-7)


@settings(max_examples=30, deadline=None)
@given(households, shares, st.sampled_from([0.01, 7.5]))
def test_weights_and_budget_scale_together(rows, share, factor):
    y, score, w, s = columns_of(rows)
    first = estimates(y, score, Transfer(line=5, budget=10, share=share, screening_cost=0.1), weight=w, size=s)
    more = Transfer(line=5, budget=10 * factor, share=share, screening_cost=0.1)
    second = estimates(y, score, more, weight=w * factor, size=s)
    totals = first.index.get_level_values(1).isin(["welfare", "money_equivalent", "optimal_money_equivalent"])
    pd.testing.assert_series_equal(first.where(~totals, first * factor), second, rtol=1e-7)


@settings(max_examples=30, deadline=None)
@given(households, shares)
def test_a_row_twice_is_double_weight(rows, share):
    transfer = Transfer(line=5, budget=10, share=share)
    y, score, w, s = columns_of(rows)
    doubled = estimates(y, score, transfer, weight=np.r_[2 * w[0], w[1:]], size=s)
    twice = [np.r_[column[0], column] for column in (y, score, w, s)]
    pd.testing.assert_series_equal(doubled, estimates(*twice[:2], transfer, weight=twice[2], size=twice[3]), rtol=1e-7)


@settings(max_examples=40, deadline=None)
@given(households, shares, st.sampled_from([1, 10, 60]))
def test_nothing_beats_perfect_targeting_in_the_gap_and_in_welfare(rows, share, budget):
    y, score, w, _ = columns_of(rows)
    table = estimates(y, {"m": score, "mirror": -score}, Transfer(line=5, budget=budget, share=share), weight=w)
    for metric in ("fgt1_reduction", "welfare", "money_equivalent"):
        best = table["perfect", metric]
        assert (table[["m", "mirror", "random"]][:, metric] <= best + 1e-9 * abs(best)).all()
    assert table["random", "money_multiple"] <= 1 + 1e-9, "a lottery is never worth more than paying all"
    assert table["random", "cgh_ratio"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"line": 0}, "line of the transfer is 0"),
        ({"line": math.nan}, "line of the transfer is nan"),
        ({"line": "3"}, "line of the transfer is '3'"),
        ({"budget": 0}, "budget of the transfer is 0"),
        ({"budget": -1}, "budget of the transfer is -1"),
        ({"budget": math.inf}, "budget of the transfer is inf"),
        ({"screening_cost": -0.1}, "screening_cost of the transfer"),
        ({"screening_cost": None}, "screening_cost of the transfer is None"),
        ({"share": 0}, "share of the transfer is 0"),
        ({"share": 1.01}, "share of the transfer is 1.01"),
        ({"share": True}, "share of the transfer is True"),
        ({"rho": -0.5}, "rho of the transfer"),
        ({"poorest": 0.0}, "poorest of the transfer"),
        ({"poorest": 1}, "poorest of the transfer is 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings_, message):
    with pytest.raises(UsageError, match=message):
        Transfer(**({"line": 3, "budget": 2} | settings_))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"welfare": [1, math.nan, 4, 8]}, DataError, r"(?s)column 'welfare'.*1 values refused, the first missing"),
        ({"welfare": [1, -2, 4, 8]}, DataError, r"(?s)column 'welfare'.*refused, the first -2"),
        ({"welfare": [1, "two", 4, 8]}, DataError, r"(?s)column 'welfare'.*'two'"),
        ({"welfare": np.ones((4, 2))}, DataError, "shape"),
        ({"scores": np.ones((4, 2))}, DataError, "shape"),
        ({"welfare": [0, 2, 0, 8]}, DataError, "2 households with welfare 0"),
        ({"welfare": [4, 5, 6, 7]}, UsageError, "nobody is under the line"),
        ({"welfare": []}, NotEnoughData, "no households"),
        ({"welfare": 3}, UsageError, "welfare is 3"),
        ({"welfare": [1, 2, 4]}, DataError, "4 values"),
        ({"scores": [1, 2, math.nan, 4]}, DataError, "column 'score'"),
        ({"scores": {"m": [1, 2, 3]}}, DataError, "3 values"),
        ({"scores": {}}, UsageError, "scores is empty"),
        ({"scores": {"random": SCORE}}, UsageError, "column 'random', the name of a reference"),
        ({"scores": {1: SCORE, "1": SCORE}}, UsageError, "two columns of one name"),
        ({"weight": [1, -1, 1, 1]}, DataError, "column 'weight'"),
        ({"weight": [1, math.nan, 1, 1]}, DataError, "column 'weight'"),
        ({"weight": [0, 0, 0, 0]}, DataError, "all weights are 0"),
        ({"size": [1, 0, 2, 0]}, DataError, "2 households with no members"),
        ({"size": [1, math.nan, 2, 3]}, DataError, "column 'size'"),
        ({"transfer": Transfer(3, 2, screening_cost=0.5)}, UsageError, "screening 4 households .* costs 2,"),
        ({"welfare": [1e-200, 2, 4, 8]}, DataError, "beyond what the machine can hold"),
        ({"welfare": [1e200, 2, 4, 8]}, DataError, "beyond what the machine can hold"),
        ({"seed": -1}, UsageError, "seed is -1"),
    ],
)
def test_data_that_give_a_silent_number_elsewhere_are_refused(change, error, message):
    call = {"welfare": WELFARE, "scores": SCORE, "transfer": Transfer(line=3, budget=2)} | change
    with pytest.raises(error, match=message):
        evaluate_transfer(**call)


def test_all_problems_are_told_at_once():
    with pytest.raises(DataError) as caught:
        evaluate_transfer([1, None, 4, 8], [1, 2, 3, None], Transfer(3, 2), weight=[1, 1, 1, -1], size=[1, 1, 1, "x"])
    assert {problem.column for problem in caught.value.problems} == {"welfare", "score", "weight", "size"}


def test_welfare_0_is_defined_under_rho_1():
    score = estimates([0, 2, 4, 8], SCORE, Transfer(line=3, budget=2, rho=0.5))["score"]
    assert score["welfare"] == pytest.approx(2 * (1 + math.sqrt(3) + 2 + math.sqrt(8)))


def test_series_are_matched_by_label_and_weight_0_is_left_out():
    welfare = pd.Series([*WELFARE, 0], index=list("abcde"))
    score = pd.Series([*SCORE, 9], index=list("abcde")).sample(frac=1, random_state=1)
    found = found_in(welfare, score, Transfer(line=3, budget=2), weight=[1, 1, 1, 1, 0])
    plain = estimates(WELFARE, SCORE, Transfer(line=3, budget=2))
    pd.testing.assert_series_equal(found.table.set_index(["method", "metric"])["estimate"], plain)
    assert any("weight 0" in note for note in found.notes())


@pytest.fixture(scope="module")
def plain():
    welfare, score, weight, size = some_people(7, 200)
    frame = pd.DataFrame({"model": score, "assets": -welfare.round(0)})
    groups = {"g": np.arange(200) % 3}
    transfer = Transfer(line=2.5, budget=300, screening_cost=0.1)
    return evaluate_transfer(welfare, frame, transfer, weight=weight, size=size, groups=groups)


def test_every_metric_of_every_method_has_an_interval(plain):
    table = plain.table
    assert table["method"].unique().tolist() == ["model", "assets", "universal", "perfect", "random"]
    assert table.notna().all(axis=None)
    assert ((table["low"] <= table["estimate"] + 1e-9) & (table["estimate"] <= table["high"] + 1e-9)).mean() > 0.9
    assert (
        plain.metrics()["model.cgh_ratio_low"]
        == table.set_index(["method", "metric"]).loc[("model", "cgh_ratio"), "low"]
    )
    assert plain.frame() is not table


def test_a_planner_reads_it_in_words(plain):
    shown, text = plain.shown(), plain.summary()
    assert shown["method"].tolist() == ["model", "assets", "universal", "perfect", "random"]
    assert "worth in untargeted budgets" in shown
    for words in [
        "count persons (weight x size)",
        "nobody changes behaviour",
        "'perfect' is not the highest welfare there can be",
        "a lottery as long as the list",
        "paid in full with the chance that is left",
        "95 % percentile bootstrap, 1,000 draws of 200 households",
    ]:
        assert words in text


def test_one_household_with_next_to_nothing_carries_welfare():
    found = found_in([1e-40, 2, 4, 8], SCORE, Transfer(line=3, budget=2))
    table = found.table.set_index(["method", "metric"])["estimate"]
    assert 1 < table["score", "money_multiple"] < 4, "it is lifted with all that is paid"
    assert table["random", "money_multiple"] < 1e-9, "a lottery leaves it behind with chance 1/2"
    shorter = found.curve[(found.curve["method"] == "random") & (found.curve["list_share"] < 1)]
    assert (shorter["money_multiple"] < 1e-9).all()


def test_who_lives_on_next_to_nothing_is_named():
    note = "1 households live on less than 5 % of the line"
    assert note in found_in([0.1, 2, 4, 8], SCORE, Transfer(line=3, budget=2)).summary()
    assert note not in found_in([0.1, 2, 4, 8], SCORE, Transfer(line=3, budget=2, rho=1)).summary()


def test_plots_draw_what_was_computed(plain):
    ax = plain.plot()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["model", "assets", "perfect", "random"]
    lines = ax.get_lines()
    model = plain.curve[plain.curve["method"] == "model"]
    assert lines[0].get_ydata().tolist() == model["money_multiple"].tolist()
    assert lines[4].get_xdata() == plain.metrics()["model.optimal_share"]
    assert list(lines[-1].get_ydata()) == [1, 1]
    bars = plain.plot_residuals("assets")
    assert [label.get_text() for label in bars.get_yticklabels()] == ["g: 2", "g: 1", "g: 0"]
    with pytest.raises(UsageError, match="did you mean 'assets'"):
        plain.plot_residuals("asets")
    with pytest.raises(UsageError, match="pass groups"):
        found_in(WELFARE, SCORE, Transfer(line=3, budget=2)).plot_residuals("score")


def test_strata_are_drawn_apart():
    welfare, score, _, _ = some_people(9)
    found = evaluate_transfer(welfare, score, Transfer(2.5, 60), cluster=np.arange(40) // 4, strata=np.arange(40) // 20)
    assert any("draws of 10 sampling units within 2 strata" in note for note in found.notes())
    whole = evaluate_transfer(welfare, score, Transfer(2.5, 60), cluster=np.arange(40) // 4)
    assert not found.table["low"].equals(whole.table["low"])


def test_one_unit_alone_has_no_intervals():
    found = evaluate_transfer(WELFARE, SCORE, Transfer(line=3, budget=2), cluster=[1] * 4, groups={"g": [1, 1, 2, 2]})
    assert found.table[["low", "high", "difference_low", "difference_high"]].isna().all(axis=None)
    assert found.residuals["note"].str.contains("no interval: one sampling unit only").all()
    assert "No intervals" in found.summary()


def test_where_nobody_or_everybody_is_poor_the_rest_is_still_told():
    rich = evaluate_transfer([4, 5, 6, 7], SCORE, Transfer(line=3, budget=2, share=0.5)).metrics()
    assert rich["score.fgt0_before"] == rich["score.fgt1_after"] == 0
    assert np.isnan(rich["score.cgh_ratio"])
    assert rich["score.money_multiple"] > 0
    poor = evaluate_transfer([1, 1, 2, 2], SCORE, Transfer(line=3, budget=2, share=0.5, poorest=0.5)).metrics()
    assert poor["score.fgt0_before"] == 1
    assert poor["perfect.cgh_ratio"] == pytest.approx(2)


def test_a_perfect_list_as_long_as_the_poorest_reaches_only_them_in_every_draw():
    rng = np.random.default_rng(8)
    welfare, weight = rng.lognormal(0, 0.6, 120), rng.uniform(1, 9, 120)
    found = evaluate_transfer(welfare, rng.random(120), Transfer(1.0, 20, share=0.25, poorest=0.25), weight=weight)
    rows = found.table[(found.table["method"] == "perfect") & (found.table["metric"] == "cgh_ratio")]
    assert rows[["estimate", "low", "high"]].to_numpy().ravel() == pytest.approx([4, 4, 4])


def test_a_ranking_as_good_as_the_truth_is_as_good_as_perfect():
    welfare = np.random.default_rng(0).lognormal(0, 0.8, 400).round(2)  # ties too
    found = evaluate_transfer(welfare, {"same": -welfare}, Transfer(line=0.5, budget=40.0, share=0.1, poorest=0.1))
    pairs = found.differences.set_index(["method", "other", "metric"])
    gap = pairs.loc[("same", "perfect", "cgh_ratio"), ["difference", "difference_low", "difference_high"]]
    assert gap.tolist() == pytest.approx([0, 0, 0])


def test_intervals_of_a_transfer_hold_the_truth():
    def survey(rng, n):
        welfare = rng.lognormal(0, 0.6, n)
        return welfare, -np.log(welfare) + rng.normal(0, 0.5, n)

    names = ["score.cgh_ratio", "score.fgt1_before", "score.fgt1_after", "score.money_multiple"]
    welfare, score = survey(np.random.default_rng(1), 400_000)
    share = float((welfare < 0.55).mean())
    truth = evaluate_transfer(
        welfare, score, Transfer(0.55, 0.05 * 400_000, share=share), cluster=np.zeros(400_000)
    ).metrics()
    held = dict.fromkeys(names, 0)
    for number in range(200):
        drawn = survey(np.random.default_rng([2, number]), 300)
        found = evaluate_transfer(*drawn, Transfer(0.55, 0.05 * 300, share=share)).metrics()
        for name in names:
            held[name] += found[f"{name}_low"] <= truth[name] <= found[f"{name}_high"]
    assert all(0.9 <= count / 200 <= 0.99 for count in held.values()), held
