"""A backtest finds decay where there is some, none where there is none, and never lets a model see its own future."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.special import expit

import graduation
from graduation.errors import NotEnoughData, UsageError
from graduation.evaluate import draws
from graduation.panel import pair_waves
from graduation.schema import Dictionary, validate
from graduation.workflows import backtesting
from graduation.workflows.decay import _slope
from graduation.workflows.expiry import _judged, band, verdict_table

COLUMNS = {
    "household_id": {"type": "text", "role": "id"},
    "year": {"type": "integer", "role": "time"},
    "village": {"type": "text", "role": "place"},
    "poor": {"type": "boolean", "role": "state"},
    "poor_later": {"type": "boolean", "role": "outcome", "known": "later"},
    "a": {"type": "number"},
    "b": {"type": "number"},
}


def world(*, turn: float = 0.0, shift: float = 0.0, n: int = 350, years: int = 4, **head: object) -> graduation.Panel:
    """Make households of several years, each once; what drives their risk turns from `a` to `b` by `turn` a year."""
    rng = np.random.default_rng(5)
    year, number = np.repeat(np.arange(years), n), np.tile(np.arange(n), years)
    a, b, poor = *rng.normal(size=(2, n * years)), rng.random(n * years) < 0.3
    log_odds = shift * year - 1.2 + 1.6 * (np.cos(turn * year) * a + np.sin(turn * year) * b) + 0.5 * poor
    table = pd.DataFrame(
        {
            "household_id": [f"h{y}-{i}" for y, i in zip(year, number, strict=True)],
            "year": 2000 + year,
            "village": [f"v{i % 50}" for i in number],
            "poor": poor.astype(int),
            "poor_later": (rng.random(n * years) < expit(log_odds)).astype(int),
            "a": a,
            "b": b,
        }
    )
    columns = {name: {"name": name, **column} for name, column in COLUMNS.items()}
    settings = {"name": "w", "version": "1", "repeats": True, "time_unit": "year", **head}
    return pair_waves(validate(table, Dictionary.model_validate({**settings, "columns": columns})))


@pytest.fixture(scope="module")
def turning() -> graduation.Backtest:
    return graduation.backtest(world(turn=0.6), window=1)


@pytest.fixture(scope="module")
def stable() -> graduation.Backtest:
    return graduation.backtest(world(), window=1)


@pytest.fixture(scope="module")
def rising() -> graduation.Backtest:
    return graduation.backtest(world(shift=0.6), window=1)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[graduation.Panel]:
    """Rank by one column in place of fitting, draw less often, and keep what each model would have learned from."""
    seen: list[graduation.Panel] = []

    def fit(panel: graduation.Panel, recipe: object, groups: str) -> float:
        seen.append(panel)
        return float(panel.outcome.mean())

    def risk(model: float, panel: graduation.Panel, state: pd.Series) -> pd.Series:
        return pd.Series(expit(panel.households["a"].to_numpy() + np.log(model)), index=panel.outcome.index)

    monkeypatch.setattr(draws, "REPLICATES", 200)
    monkeypatch.setattr(backtesting, "fit_risk", fit)
    monkeypatch.setattr(backtesting, "predicted_risk", risk)
    return seen


def decay_of(found: graduation.Backtest, metric: str, pathway: str = "all") -> pd.Series:
    return found.decay.set_index(["pathway", "metric"]).loc[(pathway, metric)]


def test_a_world_that_turns_makes_models_decay_and_expire(turning: graduation.Backtest) -> None:
    for pathway in ("all", "remain", "become"):
        assert decay_of(turning, "roc_auc", pathway)["high"] < 0
        assert decay_of(turning, "log_loss", pathway)["low"] > 0
    verdict = turning.verdicts.set_index("pathway").loc["all"]
    assert (verdict["retrain_by"], verdict["seen_up_to"]) == (12, 24)
    assert turning.expires_after == 12
    losses = turning.losses.query("pathway == 'all'")["auc_lost"].to_numpy()
    assert losses[1] > losses[0] > 0.03


def test_a_stable_world_shows_no_decay_and_no_expiry(stable: graduation.Backtest) -> None:
    for metric in ("roc_auc", "average_precision", "exclusion_error"):
        row = decay_of(stable, metric)
        assert row["low"] < 0 < row["high"]
    assert stable.expires_after is None
    assert "All households: no expiry seen up to 24 months, and nothing is known beyond" in stable.summary()


def test_where_only_the_prevalence_rises_recalibrating_will_do(rising: graduation.Backtest) -> None:
    verdict = rising.verdicts.set_index("pathway").loc["all"]
    assert np.isnan(verdict["retrain_by"])
    assert verdict["recalibrate_by"] == rising.expires_after
    assert "All households: recalibrate by" in rising.summary()
    assert "no loss of ranks seen up to 24 months" in verdict["verdict"]
    assert (rising.losses.query("pathway == 'all' and calibration_off")["off"] < -0.2).all()
    assert decay_of(rising, "calibration_error")["low"] > 0


def test_a_planner_can_read_it(turning: graduation.Backtest) -> None:
    text = turning.summary()
    assert "All households: retrain by 12 months: it then ranks worse than the freshest model by 0." in text
    assert "change per month of age on the same waves" in text
    assert "Rule: retrain by the smallest age" in text
    assert "they leave out the chance in training" in text
    assert list(turning.shown()["calls for"]) == ["retraining", "retraining, a hint"] * 3


def test_no_model_learns_what_was_not_known_at_its_time(learned: list[graduation.Panel]) -> None:
    panel = world(years=6, horizon=2)
    late = pd.Series(panel.groups["time"] + np.arange(len(panel.outcome)) % 3 + 1.0, index=panel.outcome.index)
    for one, known in ((panel, panel.groups["time"] + 2), (replace(panel, outcome_time=late), late)):
        learned.clear()
        found = graduation.backtest(one)
        origins = sorted(found.frame()["origin"].unique())
        for origin, part in zip(origins, learned, strict=True):
            assert set(part.outcome.index) == set(known.index[known <= origin])
        assert (found.frame()["tested"] >= found.frame()["origin"]).all()


def test_what_is_learned_stands_whatever_the_future_brings(learned: list[graduation.Panel]) -> None:
    panel = world()
    graduation.backtest(panel)
    future = panel.groups["time"] >= 2001
    graduation.backtest(replace(panel, outcome=panel.outcome.where(~future, 1 - panel.outcome)))
    first, again = learned[0], learned[len(learned) // 2]
    pd.testing.assert_series_equal(first.outcome, again.outcome)


def test_a_window_holds_the_span_of_learning_and_asks_for_a_full_one(learned: list[graduation.Panel]) -> None:
    found = graduation.backtest(world(years=6), window=2)
    assert [sorted(part.groups["time"].unique()) for part in learned] == [[2000, 2001], [2001, 2002], [2002, 2003],
                                                                           [2003, 2004]]  # fmt: skip
    assert "differ in age, not span" in found.summary()
    learned.clear()
    assert "age and to less data together" in graduation.backtest(world(years=6)).summary()
    assert [part.groups["time"].min() for part in learned] == [2000] * 5


def test_many_times_are_thinned_evenly_and_told(learned: list[graduation.Panel]) -> None:
    found = graduation.backtest(world(years=8, n=150), origins=3)
    assert sorted(found.frame()["origin"].unique()) == [2001, 2004, 2007]
    assert "3 of 7 possible models, evenly spaced" in found.summary()
    assert sorted(found.losses["older_by"].unique()) == [36, 72]


def test_figures_are_those_of_evaluate(learned: list[graduation.Panel]) -> None:
    panel = world()
    panel = replace(panel, weight=pd.Series(np.arange(len(panel.outcome)) % 7 + 0.5, index=panel.outcome.index))
    cell = graduation.backtest(panel).frame().query("origin == 2002 and tested == 2003 and pathway == 'become'")
    rows = ((panel.groups["time"] == 2003) & (panel.state == 0)).to_numpy()
    part = panel.subset(rows)
    risk = expit(part.households["a"] + np.log(learned[1].outcome.mean()))
    expected = graduation.evaluate(part.outcome, risk, weight=part.weight).metrics()
    figures = cell.set_index("metric")["estimate"]
    for name in ("roc_auc", "average_precision", "exclusion_error", "brier", "log_loss", "calibration_slope"):
        assert figures[name] == pytest.approx(expected[name])
    too_high = np.average(risk, weights=part.weight) - expected["prevalence"]
    assert figures["calibration_in_the_large"] == pytest.approx(too_high)
    assert (cell["n"] == expected["n"]).all()
    assert (cell["n_positive"] == expected["n_positive"]).all()


def test_one_outcome_only_is_undefined_and_said(learned: list[graduation.Panel]) -> None:
    panel = world()
    last = (panel.groups["time"] == 2003) & (panel.state == 1)
    found = graduation.backtest(replace(panel, outcome=panel.outcome.where(~last, 0)))
    cells = found.frame().query("tested == 2003 and pathway == 'remain'").set_index("metric")
    assert cells.loc["roc_auc", "estimate"].isna().all()
    assert (cells.loc["roc_auc", "note"] == "undefined: one outcome only").all()
    assert cells.loc["brier", "estimate"].notna().all()
    assert "Undefined, one outcome only or no households: remain 2003" in found.summary()
    assert found.verdicts.set_index("pathway").loc["all", "seen_up_to"] == 24


def test_three_waves_test_once_and_say_that_decay_cannot_be_told(learned: list[graduation.Panel]) -> None:
    found = graduation.backtest(world(years=2))
    text = found.summary()
    assert found.frame()["age"].unique().tolist() == [0]
    assert found.losses.empty
    assert found.decay["per_unit"].isna().all()
    assert "cannot be told. No wave was tested with models of two ages: four waves (three pairs)" in text
    assert found.expires_after is None
    assert not [name for name in found.metrics() if "decay" in name]
    assert list(found.shown()["pathway"]) == ["all", "remain", "become"]
    with pytest.raises(UsageError, match="no losses to draw"):
        found.plot_losses()


def test_too_few_waves_or_cases_are_refused_with_what_would_do(learned: list[graduation.Panel]) -> None:
    with pytest.raises(NotEnoughData, match=r"one first wave only.*three waves or more"):
        graduation.backtest(world(years=1))
    panel = world()
    with pytest.raises(NotEnoughData, match="rarer outcome at most"):
        graduation.backtest(replace(panel, outcome=panel.outcome * 0))
    with pytest.raises(NotEnoughData, match="a longer window"):
        graduation.backtest(panel, window=0.5)
    timeless = replace(panel, groups=panel.groups.assign(time=np.nan))
    with pytest.raises(UsageError, match="role 'time'"):
        graduation.backtest(timeless)


def test_a_time_with_too_few_cases_trains_no_model_and_is_named(learned: list[graduation.Panel]) -> None:
    panel = world()
    first = panel.groups["time"] == 2000
    rare = panel.outcome.where(~first, 0)
    rare[panel.outcome.index[first][:5]] = 1
    found = graduation.backtest(replace(panel, outcome=rare))
    assert sorted(found.frame()["origin"].unique()) == [2002, 2003]
    assert "No model at 2001: under 20 households of one outcome" in found.summary()


def test_wrong_options_are_told_all_at_once() -> None:
    with pytest.raises(UsageError, match=r"window is -1.*origins is 0.*tolerance is 2.*seed is -3"):
        graduation.backtest(world(n=60), window=-1, origins=0, tolerance=2, seed=-3)


def test_without_a_unit_of_time_ages_are_in_units_of_the_column(learned: list[graduation.Panel]) -> None:
    found = graduation.backtest(world(time_unit=None))
    assert found.age_unit == "units of year"
    assert sorted(found.frame()["age"].unique()) == [0, 1, 2]
    assert 'set time_unit = "month", "quarter" or "year"' in found.summary()
    assert "months of age" not in found.summary()
    quarters = graduation.backtest(world(time_unit="quarter"))
    assert sorted(quarters.frame()["age"].unique()) == [0, 3, 6]
    per_year, per_month = (decay_of(one, "log_loss")["per_unit"] for one in (found, quarters))
    assert per_year == pytest.approx(3 * per_month)
    assert per_year != 0


def test_households_that_training_saw_are_counted(learned: list[graduation.Panel]) -> None:
    panel = world()
    ids = panel.groups["household"].str.replace(r"h\d+-", "h", regex=True)
    found = graduation.backtest(replace(panel, groups=panel.groups.assign(household=ids)))
    cells = found.frame().query("pathway == 'all'")
    assert (cells["n_seen_in_training"] == cells["n"]).all()
    assert "Of 2,100 households tested, 2,100 had been seen in training" in found.summary()


def test_neither_a_second_run_nor_the_order_of_rows_changes_anything() -> None:
    panel = world(n=150, years=3)
    order = np.random.default_rng(1).permutation(len(panel.outcome))
    parts = ("households", "outcome", "state", "weight", "groups")
    shuffled = replace(panel, **{name: getattr(panel, name).iloc[order] for name in parts})
    one, again = (graduation.backtest(data, origins=1, seed=3) for data in (panel, shuffled))
    pd.testing.assert_frame_equal(one.frame(), again.frame())
    assert one.summary() == again.summary()


def test_another_seed_draws_other_households(learned: list[graduation.Panel]) -> None:
    one, other = (graduation.backtest(world(), seed=seed).frame() for seed in (0, 1))
    assert (one["estimate"].fillna(0) == other["estimate"].fillna(0)).all()
    assert not np.allclose(one["low"].fillna(0), other["low"].fillna(0))


def test_registries_are_paired_and_stacked(learned: list[graduation.Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    made = graduation.make_waves(400, waves=4, seed=2)
    registries = [graduation.read_registry(table, schema=made.dictionary) for table in made.tables]
    panel = graduation.pair_waves(*registries)
    monkeypatch.setattr(
        backtesting, "predicted_risk", lambda _model, one, _state: one.households["household_size"].rank(pct=True)
    )
    found = graduation.backtest(registries)
    years = sorted(panel.groups["time"].unique())
    assert sorted(found.frame()["tested"].unique()) == years[1:]
    assert found.age_unit == "months"
    assert "shorter histories" in found.summary()


def test_the_slope_on_age_is_that_within_waves() -> None:
    tests = [(2001, 0), (2002, 0), (2002, 12), (2003, 0), (2003, 12), (2003, 24)]
    cells = [SimpleNamespace(tested=wave, age=float(age), n_positive=wave % 10) for wave, age in tests]
    harder = {2001: 0.9, 2002: 0.6, 2003: 0.2}
    values = np.array([[harder[wave] - 0.002 * age for wave, age in tests]] * 2)
    assert _slope(values, cells) == pytest.approx([-0.002, -0.002])
    values[1, 4] = np.nan
    assert _slope(values, cells)[1] == pytest.approx(-0.002)
    assert np.isnan(_slope(values[:, :2], cells[:2])).all()


def test_a_band_holds_all_ages_at_once() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4000, 12)) * np.arange(1, 13)
    low, high = band(np.zeros(12), draws)
    assert ((draws > low) & (draws < high)).all(axis=1).mean() == pytest.approx(0.95, abs=0.002)
    alone = band(np.zeros(1), draws[:, :1])[1]
    assert alone == pytest.approx(1.96, abs=0.08)
    assert high[0] > 1.3 * alone[0]
    assert np.isnan(band(np.zeros(2), np.empty((0, 2)))).all()


def judged(**changes: float) -> pd.DataFrame:
    row = {
        "pathway": "all", "older_by": 12.0, "n_positive": 80, "auc_lost": 0.03, "auc_lost_low": 0.01,
        "auc_lost_high": 0.05, "off": 0.4, "off_low": 0.2, "off_high": 0.6, "off_freshest": 0.05,
        "off_beyond_freshest_low": 0.1, "off_beyond_freshest_high": 0.5, "models": 2,
    }  # fmt: skip
    return _judged(pd.DataFrame([{**row, **changes}]), 0.02)


@pytest.mark.parametrize(
    ("changes", "worse", "off"),
    [
        ({}, True, True),
        ({"auc_lost": 0.015}, False, True),
        ({"auc_lost_low": -0.001}, False, True),
        ({"off": 0.15}, True, False),
        ({"off_low": -0.1}, True, False),
        ({"off_freshest": 0.3}, True, False),
        ({"off_beyond_freshest_low": -0.1}, True, False),
        ({"off": -0.4, "off_low": -0.6, "off_high": -0.2, "off_beyond_freshest_high": -0.1,
          "off_beyond_freshest_low": -0.5}, True, True),
        ({"n_positive": 19}, False, False),
    ],
)  # fmt: skip
def test_the_rule_asks_for_size_and_certainty(changes: dict[str, float], worse: bool, off: bool) -> None:
    row = judged(**changes).iloc[0]
    assert (row["ranks_worse"], row["calibration_off"]) == (worse, off)


def test_what_greater_ages_take_back_is_no_expiry() -> None:
    rows = [judged(), judged(older_by=24.0, n_positive=400, auc_lost=0.01, off=0.1, auc_lost_low=-0.01)]
    both = _judged(pd.concat(rows, ignore_index=True), 0.02)
    assert not both[["ranks_worse", "calibration_off"]].to_numpy().any()
    assert "no expiry seen up to 24 months" in verdict_table(both, ("all",), "months")["verdict"][0]
    lasting = _judged(pd.concat([judged(), judged(older_by=24.0, auc_lost=0.05)], ignore_index=True), 0.02)
    assert lasting["ranks_worse"].tolist() == [True, True]


def test_what_one_older_model_alone_shows_of_ranks_is_a_hint_and_no_verdict() -> None:
    one, two = (verdict_table(judged(models=models, off=0.1), ("all",), "months").iloc[0] for models in (1, 2))
    assert "a hint to retrain by 12 months" in one["verdict"]
    assert np.isnan(one["retrain_by"])
    assert "All households: retrain by 12 months" in two["verdict"]
    assert two["retrain_by"] == 12


def test_uneven_gaps_are_put_together_in_steps(learned: list[graduation.Panel]) -> None:
    panel = world(years=6)
    times = panel.groups["time"].replace({2004: 2004.2, 2005: 2005.2})
    found = graduation.backtest(replace(panel, groups=panel.groups.assign(time=times)))
    whole = found.losses.query("pathway == 'all'")
    assert whole["waves"].tolist() == [4, 3, 2, 1]
    assert whole["older_by"].tolist() == pytest.approx([13, 26, 38, 50.4], abs=0.6)
    assert "in steps of the least gap" in found.summary()


def test_where_even_the_freshest_are_off_it_is_said(learned: list[graduation.Panel]) -> None:
    panel = world(years=5)
    fewer = panel.outcome.where((panel.groups["time"] < 2001) | (np.arange(len(panel.outcome)) % 2 == 0), 0)
    text = graduation.backtest(replace(panel, outcome=fewer)).summary()
    assert "Even the freshest models' mean risk is +" in text
    assert "Even the freshest" not in graduation.backtest(panel).summary()


def test_without_draws_or_cases_expiry_cannot_be_told() -> None:
    blind = judged(auc_lost_low=np.nan, auc_lost_high=np.nan)
    assert "one sampling unit only" in verdict_table(blind, ("all",), "months")["verdict"][0]
    few = judged(n_positive=3)
    assert "No age has 20 extreme poor" in verdict_table(few, ("all",), "months")["verdict"][0]


def test_plots_draw_each_test_wave_and_each_pathway(turning: graduation.Backtest) -> None:
    ax = turning.plot(Figure().subplots())
    names = ax.get_legend_handles_labels()[1]
    assert names == ["tested 2001", "tested 2002", "tested 2003", "decay on the same waves"]
    rows = turning.frame().query("metric == 'roc_auc' and pathway == 'all' and tested == 2003").sort_values("age")
    assert ax.lines[2].get_ydata() == pytest.approx(rows["estimate"].to_numpy())
    assert ax.get_xlabel() == "age of the model (months)"
    losses = turning.plot_losses(Figure().subplots())
    assert losses.get_legend_handles_labels()[1] == ["All households", "Remain", "Become"]
    with pytest.raises(UsageError, match="did you mean 'roc_auc'"):
        turning.plot(metric="roc_acu")
    with pytest.raises(UsageError, match="no 'poor' to draw"):
        turning.plot(pathway="poor")


def test_metrics_are_finite_numbers_for_tracking(turning: graduation.Backtest, stable: graduation.Backtest) -> None:
    assert turning.metrics()["all_retrain_by_months"] == 12
    assert "all_retrain_by_months" not in stable.metrics()
    assert stable.metrics()["all_seen_up_to_months"] == 24
    assert all(np.isfinite(value) for value in turning.metrics().values())
