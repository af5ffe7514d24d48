import numpy as np
import pytest

from graduation.datasets import fidelity, make_waves
from graduation.datasets.dynamics import normal_transitions
from graduation.datasets.measures import share, targets
from graduation.datasets.registry import within_places
from graduation.datasets.settings import population
from graduation.errors import NotEnoughData, UsageError

# The generator was calibrated on seeds 100 to 104; the tests draw others.
SEED = 41


@pytest.fixture(scope="module")
def found():
    return fidelity(make_waves(20_000, seed=SEED))


def outside(report):
    table = report.frame()
    return table[~table["within"]]


def test_only_the_targets_given_up_are_outside(found):
    given_up = {name.replace("_", " ") for name in targets()["gradients"]["given_up"]}
    missed = outside(found)
    assert set(missed["group"]) == {"gradients"}
    assert set(missed["figure"]) <= given_up
    # None is given up that is met: each value is out of its band, though some by little more than chance.
    rows = found.frame().query("group == 'gradients' and figure in @given_up")
    assert len(rows) == len(given_up)
    assert not rows["generated"].between(rows["low"], rows["high"]).any()


def test_every_figure_has_a_band_a_mark_and_a_source(found):
    table = found.frame()
    assert list(table) == ["group", "figure", "of", "generated", "error", "low", "high", "within", "mark", "source"]
    assert table[["generated", "error", "low", "high"]].notna().all(axis=None)
    assert (table["low"] <= table["high"]).all()
    assert set(table["mark"]) <= {"found", "computed", "estimated"}
    assert table["source"].str.len().gt(20).all()
    assert not table.duplicated(["group", "figure", "of"]).any()


@pytest.mark.parametrize(
    ("part", "setting", "value", "group"),
    [
        ("welfare", "permanent_share", 0.97, "dynamics"),
        ("welfare", "permanent_share", 0.50, "test_of_means"),
        ("welfare", "sigma_high", 0.40, "welfare"),
        ("welfare", "median_idr", 1_200_000, "poverty"),
        ("dwelling", "spread", 1.0, "classes"),
        ("members", "children", [0.5, 0.5, 0.5, 0.5], "classes"),
        ("noise", "second_ids", 0.05, "noise"),
        ("noise", "nonresponse", [0.0, 0.10], "noise"),
        ("attrition", "identity_not_matched", 0.15, "noise"),
    ],
)
def test_a_generator_that_is_off_is_told(found, monkeypatch, part, setting, value, group):
    monkeypatch.setitem(population()[part], setting, value)
    assert group in set(outside(fidelity(make_waves(6_000, seed=SEED)))["group"])


def test_items_that_have_no_style_in_common_tell_too_much_and_too_much_style_is_far_from_java(found, monkeypatch):
    named = {name for name, item in population()["items"].items() if isinstance(item, dict) and "style" in item}
    for style, group in ((0.0, "test_of_means"), (1.0, "correlations")):
        for name in named:
            monkeypatch.setitem(population()["items"][name], "style", style)
        assert group in set(outside(fidelity(make_waves(6_000, seed=SEED)))["group"])


def test_transitions_are_those_of_the_bivariate_normal():
    cuts = targets()["classes"]["cuts"]
    expected = [[21.7, 49.2, 24.4, 4.8], [4.5, 31.4, 41.7, 22.4], [0.64, 12.1, 36.6, 50.7], [0.02, 1.2, 9.6, 89.1]]
    assert 100 * normal_transitions(0.7, cuts) == pytest.approx(np.array(expected), abs=0.06)
    assert normal_transitions(0.6, cuts).sum(axis=1) == pytest.approx(np.ones(4))
    assert normal_transitions(0.0, cuts)[2] == pytest.approx(np.diff([0, *cuts, 1]))


def test_village_correlation_is_that_of_a_known_world():
    import pandas as pd

    rng = np.random.default_rng(5)
    village = np.repeat(np.arange(400), 20)
    values = np.sqrt(0.27) * rng.standard_normal(400)[village] + np.sqrt(0.73) * rng.standard_normal(len(village))
    rho, error = within_places(values, pd.Series(village.astype(str)))
    assert abs(rho - 0.27) < 3 * error
    assert 0.01 < error < 0.03


def test_a_share_of_nobody_is_not_without_error():
    assert share(np.zeros(50))[0] == 0
    assert share(np.zeros(50))[1] > 1
    assert share(np.array([1.0, 0.0, np.nan, 1.0, 0.0]))[0] == 50


def test_correlations_are_of_every_pair(found):
    pairs = found.correlations
    n = len(targets()["correlations"]["order"])
    assert len(pairs) == n * (n - 1) / 2
    assert pairs["generated"].between(-1, 1).all()
    gap = (pairs["generated"] - pairs["target"]).abs().mean()
    row = found.frame().query("figure == 'mean absolute difference' and of == 'all pairs'")
    assert row["generated"].item() == pytest.approx(gap)


def test_the_report_says_what_is_outside_and_draws(found):
    n = len(outside(found))
    assert f"gradients {n} of 15" in found.summary()
    assert len(found.shown()) == n
    metrics = found.metrics()
    assert metrics["within.dynamics"] == 1
    assert metrics["within.gradients"] == pytest.approx(1 - n / 15)
    assert metrics["within"] == pytest.approx(1 - n / len(found.frame()))
    from matplotlib.figure import Figure

    ax = found.plot(Figure().subplots())
    assert len(ax.get_yticks()) == found.frame()["group"].nunique()
    assert sum(len(line.get_xdata()) for line in ax.get_lines()) == len(found.frame())


def test_one_wave_or_few_households_are_refused():
    with pytest.raises(UsageError, match="two waves"):
        fidelity(make_waves(300, waves=1))
    with pytest.raises(NotEnoughData, match="at least 2,000"):
        fidelity(make_waves(300))
