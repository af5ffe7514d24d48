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
