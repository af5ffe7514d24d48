"""Bootstrap intervals: what they are made of, and how often they hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from graduation.evaluate import compare, draws, evaluate


def one_survey(rng, n=400, villages=None):
    """Scores of the extreme poor are one standard deviation higher: the true AUC is Phi(1 / sqrt 2) = 0.7602."""
    outcome = (rng.random(n) < 0.3).astype(int)
    return outcome, 1 / (1 + np.exp(-(rng.normal(size=n) + outcome)))


def village_survey(rng):
    """40 villages of 10 that share much of what makes them poor."""
    village = np.repeat(np.arange(40), 10)
    shared = rng.normal(size=40)[village]
    outcome = (rng.random(400) < 1 / (1 + np.exp(1 - shared))).astype(int)
    risk = 1 / (1 + np.exp(-(rng.normal(size=400) + outcome + 0.5 * shared)))
    return outcome, risk, village


def household_survey(rng):
    return *one_survey(rng, 300), None


@pytest.mark.parametrize("draw", [household_survey, village_survey])
def test_95_percent_intervals_hold_the_truth_in_92_to_97_of_100_surveys(draw, monkeypatch):
    # Fewer draws blur each end a little, which costs coverage if anything.
    monkeypatch.setattr(draws, "REPLICATES", 250)
    many = [draw(np.random.default_rng([99, number]))[:2] for number in range(1_000)]
    outcome, risk = (np.concatenate(column) for column in zip(*many, strict=True))
    names = ("prevalence", "roc_auc", "average_precision", "exclusion_error", "false_positive_rate", "brier")
    truth = pd.Series(evaluate(outcome, risk, cluster=np.zeros(len(risk))).metrics())[list(names)]
    held = pd.Series(0, index=truth.index)
    for number in range(500):
        outcome, risk, village = draw(np.random.default_rng([1, number]))
        found = evaluate(outcome, risk, cluster=village).metrics()
        held += [found[f"{name}_low"] <= truth[name] <= found[f"{name}_high"] for name in names]
    # Copies of households move the cut of a list a little more in draws than new households do in surveys.
    assert 0.92 <= held.pop("exclusion_error") / 500 <= 0.98
    assert (held / 500).between(0.92, 0.97).all(), held / 500


def drawn_units(units, seed, number):
    """One unit fewer than there are, with return: what a replicate of the rescaling bootstrap holds."""
    return (np.random.default_rng([seed, number]).random(units - 1) * units).astype(int)


def ends(units):
    """How far out the percentiles lie: as far as a t interval of so many units, 2.07 in place of 1.96 for 24."""
    tail = stats.norm.cdf(stats.t.ppf(0.025, units - 1))
    return tail, 1 - tail


def test_interval_is_the_one_of_copied_rows():
    """The multiplicities give what drawing villages and measuring each copy of the data again would give."""
    rng = np.random.default_rng(4)
    outcome, risk = one_survey(rng, 240)
    risk, weight, village = risk.round(2), rng.uniform(0.5, 2, 240), np.repeat(np.arange(24), 10)
    found = evaluate(outcome, risk, weight=weight, cluster=village, seed=9).metrics()
    auc, precision = [], []
    for number in range(draws.REPLICATES):
        drawn = drawn_units(24, 9, number)
        rows = np.concatenate([np.flatnonzero(village == one) for one in drawn])
        auc.append(roc_auc_score(outcome[rows], risk[rows], sample_weight=weight[rows]))
        precision.append(average_precision_score(outcome[rows], risk[rows], sample_weight=weight[rows]))
    for name, values in (("roc_auc", auc), ("average_precision", precision)):
        bounds = [found[f"{name}_low"], found[f"{name}_high"]]
        assert bounds == pytest.approx(np.quantile(values, ends(24)), abs=1e-9)


def test_the_size_of_the_parts_changes_nothing(monkeypatch):
    rng = np.random.default_rng(6)
    outcome, risk = one_survey(rng, 300)
    whole = evaluate(outcome, risk).metrics()
    monkeypatch.setattr(draws, "CELLS", 2_000)
    assert evaluate(outcome, risk).metrics() == pytest.approx(whole, abs=1e-9, nan_ok=True)


def test_villages_that_are_alike_inside_widen_the_interval():
    rng = np.random.default_rng(7)
    village = np.repeat(np.arange(40), 25)
    poor_villages = rng.random(40) < 0.3
    outcome = np.where(rng.random(1_000) < 0.9, poor_villages[village], ~poor_villages[village]).astype(int)
    risk = np.clip(rng.random(1_000) * 0.5 + 0.2 * outcome, 0, 1)

    def width(cluster):
        found = evaluate(outcome, risk, cluster=cluster).metrics()
        return found["prevalence_high"] - found["prevalence_low"]

    assert width(village) > 2.5 * width(None)


def test_another_seed_gives_another_interval_but_the_same_estimate():
    rng = np.random.default_rng(8)
    outcome, risk = one_survey(rng)
    first, second = (evaluate(outcome, risk, seed=seed).metrics() for seed in (1, 2))
    assert first["roc_auc"] == second["roc_auc"]
    assert first["roc_auc_low"] != second["roc_auc_low"]


def test_one_sampling_unit_gives_no_interval_and_says_so():
    rng = np.random.default_rng(8)
    outcome, risk = one_survey(rng, 50)
    found = evaluate(outcome, risk, cluster=["village"] * 50, groups={"g": np.arange(50) % 2})
    assert found.table[["low", "high"]].isna().all(axis=None)
    assert found.groups[["low", "high"]].isna().all(axis=None)
    assert any("one sampling unit" in note for note in found.notes())
    assert found.groups["note"].str.contains("no interval").all()
    compared = compare(outcome, {"risk": risk}, cluster=["village"] * 50)
    assert compared.table[["low", "high"]].isna().all(axis=None)


def test_few_sampling_units_are_warned_of_and_undefined_draws_counted():
    outcome = [1] + [0] * 29
    found = evaluate(outcome, np.linspace(0.9, 0.1, 30), cluster=np.arange(30) // 3)
    assert any("Fewer than 30 sampling units" in note for note in found.notes())
    assert any(note.startswith("roc_auc: undefined in") for note in found.notes())


def test_an_interval_defined_in_less_than_half_of_the_draws_is_none():
    values = np.full((200, 2), np.nan)
    values[:99, 0] = 1.0
    values[:100, 1] = np.linspace(0, 1, 100)
    low, high = draws.intervals(values, draws.Design.of(10_000, None, None))
    assert np.isnan([low[0], high[0]]).all()
    assert [low[1], high[1]] == pytest.approx([0.025, 0.975], abs=1e-4)


def test_a_paired_difference_is_narrower_than_the_figures_it_is_made_of():
    rng = np.random.default_rng(12)
    outcome, risk = one_survey(rng, 800)
    noisy = risk + rng.normal(scale=0.05, size=800)
    table = compare(outcome, {"model": risk, "noisy": noisy}).table.set_index(["method", "metric"])
    row = table.loc[("noisy", "roc_auc")]
    assert row["difference_high"] - row["difference_low"] < 0.5 * (row["high"] - row["low"])
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]


def test_the_interval_of_a_difference_is_not_the_difference_of_intervals_but_of_draws():
    rng = np.random.default_rng(13)
    outcome, risk = one_survey(rng, 200)
    other, village = rng.random(200), np.repeat(np.arange(20), 10)
    table = compare(outcome, {"model": risk, "random": other}, cluster=village, seed=2).table
    found = table.set_index(["method", "metric"]).loc[("random", "roc_auc")]
    values = []
    for number in range(draws.REPLICATES):
        rows = np.concatenate([np.flatnonzero(village == one) for one in drawn_units(20, 2, number)])
        values.append(roc_auc_score(outcome[rows], other[rows]) - roc_auc_score(outcome[rows], risk[rows]))
    expected = np.quantile(values, ends(20))
    assert [found["difference_low"], found["difference_high"]] == pytest.approx(expected, abs=1e-9)
