"""Golden cases by hand, scikit-learn as a second opinion, and the defects of published targeting code."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from graduation.evaluate import evaluate


def estimates(*args, **kwargs):
    return evaluate(*args, **kwargs).table.set_index("metric")["estimate"]


def survey(n=3_000, seed=1, decimals=None):
    """Households with calibrated risk, uneven weights, and ties where risks are rounded."""
    rng = np.random.default_rng(seed)
    x = rng.normal(-1.5, 1.2, n)
    risk = 1 / (1 + np.exp(-x))
    outcome = (rng.random(n) < risk).astype(int)
    risk = risk if decimals is None else risk.round(decimals).clip(0.01, 0.99)
    return outcome, risk, rng.uniform(0.2, 5, n)


@pytest.mark.parametrize("decimals", [None, 2, 1])
def test_agrees_with_scikit_learn_with_weights_and_ties(decimals):
    outcome, risk, weight = survey(decimals=decimals)
    found = estimates(outcome, risk, weight=weight)
    assert found["roc_auc"] == pytest.approx(roc_auc_score(outcome, risk, sample_weight=weight), abs=1e-12)
    expected = average_precision_score(outcome, risk, sample_weight=weight)
    assert found["average_precision"] == pytest.approx(expected, abs=1e-12)
    assert found["brier"] == pytest.approx(brier_score_loss(outcome, risk, sample_weight=weight), abs=1e-12)
    assert found["log_loss"] == pytest.approx(log_loss(outcome, risk, sample_weight=weight), abs=1e-12)
    assert found["prevalence"] == pytest.approx(np.average(outcome, weights=weight))


def test_calibration_line_agrees_with_logistic_regression():
    outcome, risk, weight = survey()
    stretched = 1 / (1 + np.exp(-(0.5 + 2 * np.log(risk / (1 - risk)))))
    found = estimates(outcome, stretched, weight=weight)
    logit = np.log(stretched / (1 - stretched))[:, None]
    line = LogisticRegression(C=np.inf, tol=1e-10).fit(logit, outcome, sample_weight=weight)
    assert found["calibration_slope"] == pytest.approx(line.coef_[0, 0], abs=1e-5)
    assert found["calibration_intercept"] == pytest.approx(line.intercept_[0], abs=1e-5)
    assert found["calibration_slope"] == pytest.approx(0.5, abs=0.06)  # logits stretched by 2
    assert found["calibration_intercept"] == pytest.approx(-0.25, abs=0.15)


def test_list_by_hand_with_ties_and_bounds():
    # 2 above the cut (1 poor), 4 tied at it (1 poor), list of 4: r = 2, E[TP] = 1 + 2 * 1/4
    outcome = [1, 0, 1, 0, 0, 0, 1, 0]
    risk = [0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.2, 0.1]
    found = estimates(outcome, risk, quota=0.5)
    assert found["precision"] == pytest.approx(1.5 / 4)
    assert found["precision_best"] == pytest.approx(2 / 4)
    assert found["precision_worst"] == pytest.approx(1 / 4)
    assert found["inclusion_error"] == pytest.approx(2.5 / 4)
    assert found["exclusion_error"] == pytest.approx(1.5 / 3)
    assert found["targeting_differential"] == pytest.approx(1.5 / 3 - 2.5 / 5)


def test_worst_bound_counts_the_poor_who_cannot_be_left_out():
    # 4 tied, 3 of them poor, list of 2: at most 1 listed is not poor
    found = estimates([1, 1, 1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5, 0.1, 0.1], quota=2 / 6)
    assert found["precision_worst"] == pytest.approx(1 / 2)
    assert found["precision_best"] == pytest.approx(1)
    assert found["precision"] == pytest.approx(3 / 4)


def test_weighted_list_by_hand():
    # weight 10, list 4: the first household (1), then 3 of the 5 tied (poor weight 2): TP = 1 + 3 * 2/5
    found = estimates([1, 1, 0, 0, 1], [0.9, 0.6, 0.6, 0.3, 0.2], weight=[1, 2, 3, 3, 1], quota=0.4)
    assert found["precision"] == pytest.approx(2.2 / 4)
    assert found["precision_best"] == pytest.approx(3 / 4)
    assert found["precision_worst"] == pytest.approx(1 / 4)
    assert found["exclusion_error"] == pytest.approx(1 - 2.2 / 4)
    assert found["targeting_differential"] == pytest.approx(2.2 / 4 - 1.8 / 6)


def test_expected_precision_is_the_mean_over_random_tie_breaks():
    rng = np.random.default_rng(3)
    outcome, risk = rng.integers(0, 2, 40), rng.integers(1, 4, 40) / 4
    outcome[:2] = [0, 1]
    found = estimates(outcome, risk, quota=0.3)
    draws = [outcome[np.lexsort([rng.random(40), -risk])[:12]].mean() for _ in range(4_000)]
    assert found["precision"] == pytest.approx(np.mean(draws), abs=0.01)
    assert found["precision_worst"] <= min(draws)
    assert found["precision_best"] >= max(draws)


def test_auc_counts_ties_one_half_by_hand():
    assert estimates([1, 0, 1, 0], [0.8, 0.8, 0.5, 0.2])["roc_auc"] == pytest.approx((0.5 + 1 + 0 + 1) / 4)


def test_ece_by_hand():
    # two blocks of ties, each one bin: |0.2 - 0.25| * 4/8 + |0.6 - 1| * 4/8
    outcome, risk = [1, 0, 0, 0, 1, 1, 1, 1], [0.2] * 4 + [0.6] * 4
    assert estimates(outcome, risk)["ece"] == pytest.approx(0.05 / 2 + 0.4 / 2)


# -- defects found in published code ------------------------------------------------------------------------------


def test_a_perfect_predictor_has_auc_one_and_no_errors():
    outcome = [0, 0, 1, 0, 1]
    found = estimates(outcome, outcome, weight=[1, 2, 0.3, 4, 0.7])
    assert found[["roc_auc", "average_precision", "precision", "precision_worst"]].tolist() == pytest.approx([1] * 4)
    assert found[["exclusion_error", "inclusion_error", "brier", "ece"]].tolist() == pytest.approx([0] * 4, abs=1e-12)


@pytest.mark.parametrize("outcome", [[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]])
def test_a_constant_score_has_precision_prevalence_whatever_the_order_of_the_truth(outcome):
    found = estimates(outcome, [0.5] * 5)
    assert found["roc_auc"] == pytest.approx(0.5)
    assert found[["precision", "average_precision"]].tolist() == pytest.approx([0.4, 0.4])
    assert found["exclusion_error"] == pytest.approx(0.6)
    assert found[["precision_worst", "precision_best"]].tolist() == pytest.approx([0, 1])


def test_weights_are_never_truncated_to_whole_copies():
    outcome, risk = [1, 0, 1], [0.7, 0.6, 0.2]
    found = estimates(outcome, risk, weight=[1, 1.9, 2.5])
    assert found["prevalence"] == pytest.approx(3.5 / 5.4)
    assert found["roc_auc"] == pytest.approx(1 / 3.5)


def test_the_lowest_weight_still_counts_and_equal_weights_give_no_nan():
    outcome, risk = [1, 0, 1, 0], [0.7, 0.6, 0.2, 0.1]
    assert estimates(outcome, risk, weight=[0.1, 1, 1, 1])["prevalence"] == pytest.approx(1.1 / 3.1)
    equal = estimates(outcome, risk, weight=[3, 3, 3, 3])
    assert equal.notna().all()
    pd.testing.assert_series_equal(equal, estimates(outcome, risk))


def test_a_rare_class_is_not_hidden_by_accuracy():
    outcome = np.r_[np.ones(9), np.zeros(91)]
    risk = np.full(100, 0.01)  # right for 91 of 100, and blind
    found = estimates(outcome, risk)
    assert "accuracy" not in found.index
    assert found["exclusion_error"] == pytest.approx(0.91)
    assert found["targeting_differential"] == pytest.approx(0)


def test_leakage_is_a_share_of_the_list_not_of_the_non_poor():
    found = evaluate([1, 1, 0, 0, 0, 0, 0, 0], [0.9, 0.1, 0.8, 0.2, 0.2, 0.2, 0.2, 0.2], quota=0.25)
    table = found.table.set_index("metric")
    assert table.loc["inclusion_error", "estimate"] == pytest.approx(1 / 2)  # 1/6 would be the false-positive rate
    assert "share of the list" in table.loc["inclusion_error", "of"]
    assert "share of the extreme poor" in table.loc["exclusion_error", "of"]


def test_time_grows_with_the_rows_not_with_their_square():
    import time

    def seconds(n):
        outcome, risk, weight = survey(n)
        start = time.perf_counter()
        evaluate(outcome, risk, weight=weight)
        return time.perf_counter() - start

    seconds(500)  # warm up
    assert seconds(16_000) < 40 * max(seconds(1_000), 0.005)  # 256 times if quadratic


# -- undefined, never silent --------------------------------------------------------------------------------------


@pytest.mark.parametrize("risk", [[0.3] * 6, [0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]])
def test_no_calibration_line_where_the_risk_is_constant_or_separates(risk):
    found = evaluate([1, 1, 1, 0, 0, 0], risk)
    table = found.table.set_index("metric")
    assert table.loc[["calibration_intercept", "calibration_slope"], ["estimate", "low", "high"]].isna().all(axis=None)
    assert any("No calibration line" in note for note in found.notes())


def test_risks_of_exactly_0_and_1_give_finite_figures():
    found = estimates([1, 0, 1, 0, 0], [1, 1, 0, 0, 0.5])
    assert np.isfinite(found.to_numpy()).all()


def test_a_weight_of_zero_is_left_out_and_said():
    found = evaluate([1, 0, 1, 0], [0.9, 0.4, 0.3, 0.2], weight=[1, 1, 1, 0])
    pd.testing.assert_frame_equal(found.table, evaluate([1, 0, 1], [0.9, 0.4, 0.3]).table)
    assert any("1 households with weight 0" in note for note in found.notes())


# -- the result object --------------------------------------------------------------------------------------------


def test_curve_ends_where_everybody_is_listed_and_meets_at_the_equal_quota():
    outcome, risk, weight = survey(decimals=2)
    found = evaluate(outcome, risk, weight=weight)
    curve = found.curve
    assert curve["exclusion_error"].is_monotonic_decreasing
    last = curve.iloc[-1]
    assert last[["list_share", "exclusion_error", "inclusion_error"]].tolist() == pytest.approx([1, 0, 1 - found.quota])
    assert last["households"] == pytest.approx(sum(weight))
    assert (curve["exclusion_low"] <= curve["exclusion_error"] + 1e-9).all()
    assert (curve["inclusion_error"] <= curve["inclusion_high"] + 1e-9).all()
    at_quota = [
        np.interp(found.quota, curve["list_share"], curve[name]) for name in ("exclusion_error", "inclusion_error")
    ]
    assert at_quota == pytest.approx([found.metrics()["exclusion_error"]] * 2, abs=0.005)


def test_calibration_bins_have_equal_mass_and_hold_every_household():
    outcome, risk, weight = survey()
    table = evaluate(outcome, risk, weight=weight).calibration
    assert table["households"].sum() == len(outcome)
    assert table["mean_risk"].is_monotonic_increasing
    edges = np.cumsum(table["households"])[:-1]
    mass = np.add.reduceat(weight[np.argsort(risk)], np.r_[0, edges]) / weight.sum()
    assert mass == pytest.approx([0.1] * 10, abs=0.003)
    inside = (table["low"] <= table["observed_share"]) & (table["observed_share"] <= table["high"])
    assert inside.all()


def test_metrics_frame_notes_and_text_say_what_was_done():
    outcome, risk, _ = survey(400)
    villages = np.arange(400) // 10
    found = evaluate(outcome, risk, quota=0.2, cluster=villages, seed=5)
    metrics = found.metrics()
    assert metrics["exclusion_error_low"] < metrics["exclusion_error"] < metrics["exclusion_error_high"]
    assert "n_low" not in metrics
    text = found.summary()
    for words in ("400 households", "20.0 %", "40 sampling units", "1,000 draws", "seed 5", "share of the list"):
        assert words in text
    assert list(found.frame().columns) == ["metric", "estimate", "low", "high", "of"]
    frame = found.frame()
    frame["estimate"] = 0.0
    assert found.table["estimate"].sum() > 0


def test_plots_draw_what_was_computed():
    from matplotlib.figure import Figure

    outcome, risk, _ = survey(300)
    found = evaluate(outcome, risk, groups={"region": np.arange(300) % 3}, quota=0.25)
    ax = found.plot(Figure().subplots())
    assert len(ax.get_lines()) == 3
    assert ax.get_lines()[2].get_xdata()[0] == 0.25
    ax = found.plot_calibration(Figure().subplots())
    assert np.asarray(ax.get_lines()[1].get_ydata()) == pytest.approx(found.calibration["observed_share"].to_numpy())
    assert len(found.plot_groups("roc_auc", Figure().subplots()).patches) == 3
