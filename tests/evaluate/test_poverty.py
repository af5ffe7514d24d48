"""Poverty and welfare in plain numbers, by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation.errors import UsageError
from graduation.evaluate.poverty import cgh_ratio, crra_utility, equal_consumption, fgt, transfer_to_all


@pytest.mark.parametrize(("alpha", "expected"), [(0, 2 / 4), (1, (0.8 + 0.5) / 4), (2, (0.64 + 0.25) / 4)])
def test_fgt_is_a_mean_over_everybody(alpha, expected):
    assert fgt([2, 5, 10, 20], 10, alpha) == pytest.approx(expected)


@pytest.mark.parametrize(("alpha", "expected"), [(0, 4 / 8), (1, (0.8 + 3 * 0.5) / 8), (2, (0.64 + 3 * 0.25) / 8)])
def test_fgt_is_weighted(alpha, expected):
    assert fgt([2, 5, 10, 20], 10, alpha, weight=[1, 3, 2, 2]) == pytest.approx(expected)


def test_fgt_is_no_total_of_money():
    """Published code calls sum(line - welfare) the FGT index; more people of one kind must not raise it."""
    once, twice = fgt([2, 20], 10, 1), fgt([2, 20] * 2, 10, 1)
    assert once == twice == pytest.approx(0.4)
    assert fgt([200, 2_000], 1_000, 1) == pytest.approx(once), "no unit of money in it"


def test_who_stands_on_the_line_is_not_poor():
    assert fgt([10, 10.1], 10, 0) == 0
    assert fgt([0.7 + 0.1 + 0.2 - 1e-16, 2], 1, 0) == 0, "a benefit that fills the gap, less rounding"
    assert fgt([9.99, 10.1], 10, 0) == 0.5


def test_fgt_of_a_broken_line_or_alpha_is_refused():
    with pytest.raises(UsageError, match="line is 0"):
        fgt([1, 2], 0, 1)
    with pytest.raises(UsageError, match="alpha -1"):
        fgt([1, 2], 1, -1)


@pytest.mark.parametrize(
    ("rho", "expected"),
    [
        (0, [1, 2, 4]),
        (0.5, [2, 2 * math.sqrt(2), 4]),
        (1, [0, math.log(2), math.log(4)]),
        (3, [-1 / 2, -1 / 8, -1 / 32]),
    ],
)
def test_utility_by_hand(rho, expected):
    assert crra_utility([1, 2, 4], rho).tolist() == pytest.approx(expected)


def test_utility_of_nothing_is_defined_under_rho_1_only():
    assert crra_utility([0.0], 0.5).tolist() == [0]
    for rho, bad in [(1, 0), (3, 0), (0.5, -1), (3, math.nan), (-1, 2)]:
        with pytest.raises(UsageError, match="utility at rho"):
            crra_utility([1, bad], rho)


def test_powers_next_to_the_logarithm_keep_their_digits():
    for rho in (1 - 1e-12, 1 + 1e-12):
        assert crra_utility([2.0], rho)[0] == math.log(2)
        assert equal_consumption([0.7], rho)[0] == math.exp(0.7)
    with pytest.raises(UsageError, match="above 0"):
        crra_utility([0.0], 1 - 1e-12)


def test_cgh_by_hand():
    # The poorest 40 % get 3 + 1 of 5: 0.8 / 0.4.
    assert cgh_ratio([5, 1, 4, 2, 3], [0, 3, 1, 1, 0], 0.4) == pytest.approx(2.0)
    # Weighted: of weight 10 the poorest 20 % are the one of weight 2, with 2 x 3 of 2 x 3 + 8 x 1.
    assert cgh_ratio([1, 2], [3, 1], 0.2, weight=[2, 8]) == pytest.approx((6 / 14) / 0.2)


def test_cgh_counts_who_ends_the_poorest_in_part():
    # The poorest half is the first and half of the tied two: 1 + 0.5 x (2 + 0) of 3, in any order.
    assert cgh_ratio([1, 2, 2], [1, 2, 0], 0.5) == pytest.approx((1 + 0.25 * 2) / 3 / 0.5)
    assert cgh_ratio([2, 2, 1], [0, 2, 1], 0.5) == pytest.approx((1 + 0.25 * 2) / 3 / 0.5)


def test_cgh_of_everybody_or_nobody_is_refused():
    for poorest in (0, 1, math.nan):
        with pytest.raises(UsageError, match="poorest is"):
            cgh_ratio([1, 2], [1, 1], poorest)


def test_transfer_to_all_is_a_root_or_nan():
    assert transfer_to_all(lambda paid: paid**0.5, 3.0, 0.01) == pytest.approx(9.0, rel=1e-12)
    assert math.isnan(transfer_to_all(lambda paid: paid / (1 + paid), 2.0, 1.0)), "never reached"
    assert math.isnan(transfer_to_all(lambda paid: 3 + paid, 3.0, 1.0)), "reached with nothing"


@pytest.mark.parametrize("rho", [0, 0.5, 1, 3, 9])
def test_equal_consumption_undoes_utility(rho):
    assert equal_consumption(crra_utility([0.2, 1, 30], rho), rho).tolist() == pytest.approx([0.2, 1, 30])


amounts = st.lists(st.integers(1, 40), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(amounts, amounts, st.integers(2, 30), st.sampled_from([0, 1, 2]))
def test_fgt_decomposes_over_groups(first, second, line, alpha):
    parts = len(first) * fgt(first, line, alpha) + len(second) * fgt(second, line, alpha)
    assert fgt(first + second, line, alpha) == pytest.approx(parts / (len(first) + len(second)))


@settings(max_examples=60, deadline=None)
@given(amounts, st.integers(0, 2**16), st.floats(0.05, 0.95))
def test_cgh_of_equal_benefits_is_neutral_and_never_above_its_bound(welfare, seed, poorest):
    rng = np.random.default_rng(seed)
    weight, benefit = rng.uniform(0.5, 3, len(welfare)), rng.uniform(0.1, 5, len(welfare))
    assert cgh_ratio(welfare, np.full(len(welfare), 7.0), poorest, weight) == pytest.approx(1)
    assert 0 <= cgh_ratio(welfare, benefit, poorest, weight) <= 1 / poorest + 1e-9


@pytest.mark.parametrize("welfare", [[np.nan, 2, 20], [-1, 2, 20], [np.inf, 2, 20], [], [[1, 2], [3, 4]]])
def test_what_is_no_welfare_is_refused(welfare):
    with pytest.raises(UsageError, match="welfare"):
        fgt(welfare, 10, 0)
    with pytest.raises(UsageError, match="welfare"):
        cgh_ratio(welfare, [1] * len(welfare), 0.3)


def test_what_is_no_line_weight_or_benefit_is_refused():
    with pytest.raises(UsageError, match="line is nan"):
        fgt([1, 2], np.nan, 1)
    with pytest.raises(UsageError, match="weight"):
        fgt([1, 2], 3, 1, weight=[1, -1])
    with pytest.raises(UsageError, match="weight has the shape"):
        fgt([1, 2], 3, 1, weight=[1])
    with pytest.raises(UsageError, match="all values of benefit are 0"):
        cgh_ratio([1, 2], [0, 0], 0.5)
