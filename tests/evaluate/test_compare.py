"""Several scores on the same households."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from graduation.errors import DataError, UsageError
from graduation.evaluate import compare, evaluate
from graduation.evaluate.comparison import METRICS


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(5)
    outcome = (rng.random(600) < 0.25).astype(int)
    scores = pd.DataFrame(
        {
            "expenditure": -(2_000_000 - 800_000 * outcome + rng.normal(0, 700_000, 600)),
            "assets": (outcome * 2 + rng.integers(0, 6, 600)).astype(float),
            "random": rng.random(600),
        }
    )
    return outcome, scores, rng.uniform(1, 4, 600), np.repeat(np.arange(60), 10)


def test_figures_agree_with_scikit_learn(survey):
    outcome, scores, weight, _ = survey
    table = compare(outcome, scores, weight=weight).table.set_index(["method", "metric"])["estimate"]
    for name in scores:
        auc = roc_auc_score(outcome, scores[name], sample_weight=weight)
        assert table[name, "roc_auc"] == pytest.approx(auc)
        precision = average_precision_score(outcome, scores[name], sample_weight=weight)
        assert table[name, "average_precision"] == pytest.approx(precision)


def test_agrees_with_evaluate_to_the_interval(survey):
    outcome, scores, weight, village = survey
    alone = evaluate(outcome, scores["random"], weight=weight, cluster=village, quota=0.2, seed=3).metrics()
    table = compare(outcome, scores, weight=weight, cluster=village, quota=0.2, seed=3).table
    rows = table[table["method"] == "random"].set_index("metric")
    for metric in METRICS:
        expected = [alone[metric], alone[f"{metric}_low"], alone[f"{metric}_high"]]
        assert rows.loc[metric, ["estimate", "low", "high"]].tolist() == pytest.approx(expected)


def test_differences_are_method_minus_reference(survey):
    outcome, scores, _, _ = survey
    table = compare(outcome, scores, reference="random").table
    wide = table.pivot(index="metric", columns="method", values="estimate")
    differences = table.pivot(index="metric", columns="method", values="difference")
    pd.testing.assert_frame_equal(differences, wide.sub(wide["random"], axis=0))
    own = table[table["method"] == "random"][["difference", "difference_low", "difference_high"]]
    assert (own == 0).all(axis=None)
    better = table.set_index(["method", "metric"]).loc[("expenditure", "roc_auc")]
    assert better["difference_low"] > 0


def test_frame_has_a_row_per_method_in_the_given_order(survey):
    outcome, scores, _, _ = survey
    found = compare(outcome, scores)
    frame = found.frame()
    assert frame["method"].tolist() == ["expenditure", "assets", "random"]
    assert found.reference == "expenditure"
    assert frame.loc[0, "roc_auc_difference"] == 0
    assert frame["roc_auc"].between(frame["roc_auc_low"], frame["roc_auc_high"]).all()
    assert found.metrics()["assets.roc_auc"] == frame.loc[1, "roc_auc"]
    assert "method minus 'expenditure'" in found.summary()


def test_bars_show_the_estimates(survey):
    from matplotlib.figure import Figure

    outcome, scores, _, _ = survey
    found = compare(outcome, scores)
    ax = found.plot(Figure().subplots(), metric="exclusion_error")
    widths = sorted(bar.get_width() for bar in ax.patches)
    assert widths == pytest.approx(sorted(found.frame()["exclusion_error"]))
    with pytest.raises(UsageError, match="did you mean 'roc_auc'"):
        found.plot(metric="rocauc")


def test_bad_scores_and_references_are_refused(survey):
    outcome, scores, _, _ = survey
    with pytest.raises(UsageError, match="did you mean 'assets'"):
        compare(outcome, scores, reference="asset")
    with pytest.raises(UsageError, match="empty"):
        compare(outcome, {})
    with pytest.raises(UsageError, match="scores is a ndarray"):
        compare(outcome, scores.to_numpy())
    with pytest.raises(UsageError, match="two columns of one name"):
        compare(outcome, pd.concat([scores, scores], axis=1))
    broken = scores.assign(assets=np.nan, random=np.inf)
    with pytest.raises(DataError, match="2 problems") as caught:
        compare(outcome, broken)
    assert [problem.column for problem in caught.value.problems] == ["assets", "random"]


# -- lists beside each other --------------------------------------------------------------------------------------


def overlap_of(found, method, other, share=None):
    rows = found.overlap[(found.overlap["method"] == method) & (found.overlap["other"] == other)]
    here = rows["list_share"].isna() if share is None else np.isclose(rows["list_share"], share)
    return rows.loc[here, "overlap"].item()


def test_overlap_by_hand_with_ties():
    # lists of 2: {a, b} and {a, half of b, half of c}
    found = compare([1, 1, 0, 0], {"x": [4, 3, 2, 1], "y": [4, 2, 2, 1]})
    assert overlap_of(found, "x", "y") == pytest.approx(1.5 / 2)
    assert overlap_of(found, "y", "x", 0.5) == pytest.approx(1.5 / 2)
    assert overlap_of(found, "x", "y", 1) == 1


def test_a_random_list_overlaps_by_its_share_and_the_same_list_wholly():
    rng = np.random.default_rng(3)
    score = rng.random(20_000)
    scores = {"score": score, "same order": 2 * score - 7, "constant": np.ones(20_000), "unrelated": rng.random(20_000)}
    found = compare(rng.integers(0, 2, 20_000), scores, quota=0.3)
    assert overlap_of(found, "score", "same order") == pytest.approx(1)
    assert overlap_of(found, "score", "constant") == pytest.approx(0.3)
    assert overlap_of(found, "score", "unrelated") == pytest.approx(0.3, abs=0.02)
    assert found.overlap["overlap"].between(0, 1).all()


def test_curves_hold_every_method_and_pass_through_its_errors(survey):
    outcome, scores, weight, _ = survey
    found = compare(outcome, scores, weight=weight, quota=0.2)
    at = found.curve[np.isclose(found.curve["list_share"], 0.2)].set_index("method")
    for metric in ("exclusion_error", "inclusion_error"):
        expected = found.table[found.table["metric"] == metric].set_index("method")["estimate"]
        assert at[metric].tolist() == pytest.approx(expected[at.index].tolist())


def test_plots_draw_a_line_for_each_method(survey):
    outcome, scores, weight, _ = survey
    found = compare(outcome, scores, weight=weight)
    assert [line.get_label() for line in found.plot_errors().get_lines()] == list(scores)
    drawn = [line.get_label() for line in found.plot_overlap().get_lines()]
    assert drawn[:2] == ["assets", "random"]
