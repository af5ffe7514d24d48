"""Sampling units within strata: the rescaling bootstrap."""

import numpy as np
import pytest
from scipy.stats import norm

from graduation import evaluate
from graduation.evaluate.draws import REPLICATES, Design


def spread_of_mean(design, values):
    counts = design.multiplicities(seed=1, first=0, size=4_000)
    weights = counts[:, design.unit]
    return (weights @ values / weights.sum(axis=1)).var()


@pytest.mark.parametrize("units", [3, 10])
def test_the_variance_of_a_mean_is_the_textbook_one_however_few_the_units(units):
    rng = np.random.default_rng(units)
    values = np.repeat(rng.normal(size=units), 8)  # villages of like size, alike inside
    design = Design.of(len(values), np.repeat(np.arange(units), 8), None)
    assert spread_of_mean(design, values) == pytest.approx(values[::8].var(ddof=1) / units, rel=0.12)


@pytest.mark.parametrize(("units", "times"), [(10, 2.262), (60, 2.001), (100_000, 1.960)])
def test_percentiles_lie_as_far_out_as_a_t_interval(units, times):
    assert Design.of(units, np.arange(units), None).tail == pytest.approx(norm.cdf(-times), abs=2e-4)
    in_two = Design.of(units, np.arange(units), np.arange(units) % 2)
    assert in_two.tail <= Design.of(units, np.arange(units), None).tail


def test_strata_take_away_what_lies_between_them():
    rng = np.random.default_rng(2)
    stratum = np.repeat(np.arange(20), 2)  # two units a stratum: the design of many surveys
    values = 10.0 * stratum + rng.normal(size=40)
    within = Design.of(40, np.arange(40), stratum)
    gaps = values[::2] - values[1::2]
    textbook = (gaps**2 / 4).sum() / 20**2  # Var of the mean of stratum means, n = 2 each
    assert spread_of_mean(within, values) == pytest.approx(textbook, rel=0.12)
    assert spread_of_mean(Design.of(40, np.arange(40), None), values) > 100 * textbook


def test_codes_of_units_may_begin_anew_in_each_stratum():
    anew = Design.of(8, np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.repeat([0, 1], 4))
    own = Design.of(8, np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.repeat([0, 1], 4))
    assert anew.n_units == own.n_units == 4
    assert np.array_equal(anew.multiplicities(0, 0, 50), own.multiplicities(0, 0, 50))


def test_every_replicate_holds_each_stratum_whole():
    design = Design.of(9, np.arange(9), np.array([0, 0, 0, 0, 1, 1, 1, 2, 2]))
    counts = design.multiplicities(3, 0, 100)
    totals = np.stack([counts[:, :4].sum(axis=1), counts[:, 4:7].sum(axis=1), counts[:, 7:].sum(axis=1)])
    assert totals == pytest.approx(np.array([4, 3, 2])[:, None].repeat(100, axis=1))


def test_parts_of_any_size_hold_the_same_replicates():
    design = Design.of(30, np.arange(30), None)
    whole = design.multiplicities(5, 0, 12)
    assert np.array_equal(np.concatenate([design.multiplicities(5, 0, 7), design.multiplicities(5, 7, 5)]), whole)


def test_a_stratum_of_one_unit_is_said_to_add_nothing():
    outcome, risk = [1, 0, 0, 1, 0, 1] * 4, np.linspace(0.9, 0.1, 24)
    strata = np.r_[np.zeros(20), np.arange(1, 5)]
    notes = evaluate(outcome, risk, strata=strata).notes()
    assert any("4 strata have one sampling unit only" in note for note in notes)
    assert any(f"{REPLICATES:,} draws of 24 households within 5 strata" in note for note in notes)
    alone = evaluate(outcome, risk, strata=np.arange(24))
    assert alone.table[["low", "high"]].isna().all(axis=None)
    assert any("one sampling unit in each stratum" in note for note in alone.notes())


def test_strata_narrow_an_interval_and_a_missing_stratum_is_refused():
    rng = np.random.default_rng(4)
    strata = np.repeat(np.arange(4), 100)
    outcome = (rng.random(400) < np.repeat([0.02, 0.1, 0.5, 0.9], 100)).astype(int)
    risk = rng.random(400)
    width = {}
    for name, given in (("strata", strata), ("none", None)):
        found = evaluate(outcome, risk, strata=given).metrics()
        width[name] = found["prevalence_high"] - found["prevalence_low"]
    assert width["strata"] < 0.75 * width["none"]
    with pytest.raises(ValueError, match=r"row 1, column 'strata'.*stratum for every household"):
        evaluate(outcome, risk, strata=[None, *strata[1:]])
