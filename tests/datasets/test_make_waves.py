import time

import numpy as np
import pandas as pd
import pytest

from graduation.datasets import make_waves
from graduation.datasets.settings import population
from graduation.datasets.welfare import line_and_median
from graduation.errors import UsageError
from graduation.schema import load_dictionary, load_line, validate

WELFARE = "consumption_per_head_monthly_idr"


@pytest.fixture(scope="module")
def waves():
    return make_waves(12_000, waves=3, seed=7)


@pytest.fixture(scope="module")
def registries(waves):
    return [validate(table, waves.dictionary) for table in waves.tables]


def log_welfare(registry):
    return np.log(registry.households[WELFARE].astype("float64"))


def test_same_seed_same_tables_and_another_seed_other_tables():
    first, again, other = make_waves(300, seed=4), make_waves(300, seed=4), make_waves(300, seed=5)
    for one, two in zip(first.tables, again.tables, strict=True):
        pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(first.records, again.records)
    pd.testing.assert_frame_equal(first.truth.households, again.truth.households)
    assert not first.tables[0].equals(other.tables[0])


def test_earlier_waves_do_not_depend_on_how_many_follow():
    short, long = make_waves(300, waves=1, seed=4), make_waves(300, waves=3, seed=4)
    pd.testing.assert_frame_equal(short.tables[0], long.tables[0])


def test_more_households_leave_the_first_ones_as_they_are():
    small, large = make_waves(300, waves=1, seed=4).tables[0], make_waves(600, waves=1, seed=4).tables[0]
    columns = ["household_id", "family_card_number", "head_nik", WELFARE, "toilet", "owns_gold", "had_flood"]
    both = small[columns].merge(large[columns], on=columns)
    assert len(both.drop_duplicates()) >= 0.98 * 300


@pytest.mark.parametrize(
    ("scenario", "n"), [("sk_2023", 60_000), ("wb_300", 20_000), ("bottom_10", 8_000), ("bottom_20", 8_000)]
)
def test_prevalence_is_that_of_the_scenario(scenario, n):
    share = population()["scenarios"][scenario]["share"]
    found = make_waves(n, waves=1, seed=11, scenario=scenario).frame()["share"].iloc[0]
    # Five standard errors of a simple sample, and the common year of the kecamatan.
    assert abs(found - share) < 5 * np.sqrt(share * (1 - share) / n) + 0.08 * share


def test_line_is_the_same_for_every_seed_and_size_and_official_where_there_is_one():
    assert make_waves(200, seed=1).line == make_waves(400, seed=2).line
    assert make_waves(200, scenario="sk_2023").line == load_line("sk_bupati_2023")
    assert make_waves(200, scenario="bottom_5").line.line_id == "synthetic_bottom_5"


def test_shipped_dictionary_carries_the_line_of_bottom_10():
    assert load_dictionary("west_java_synthetic").line == line_and_median("bottom_10")[0]


@pytest.mark.parametrize("name", ["scenario", "assignment"])
def test_unknown_option_is_refused_with_the_nearest(name):
    wrong = {"scenario": "bottom_11", "assignment": "randomized"}[name]
    right = {"scenario": "bottom_1", "assignment": "randomised"}[name]
    with pytest.raises(UsageError, match=right):
        make_waves(10, **{name: wrong})


@pytest.mark.parametrize("counts", [{"n_households": 0}, {"waves": 0}])
def test_counts_must_be_positive(counts):
    with pytest.raises(UsageError, match="at least 1"):
        make_waves(**{"n_households": 10, **counts})


def test_tables_have_the_columns_of_the_dictionary(waves):
    names = list(waves.dictionary.columns)
    assert all(list(table.columns) == names for table in waves.tables)
    assert list(waves.records.columns[: len(names)]) == names
    assert "head_name" not in names
    assert [set(table["wave"]) for table in waves.tables] == [{2023}, {2024}, {2025}]


def test_yearly_correlation_of_welfare_is_as_published(registries):
    one = pd.concat([log_welfare(r) for r in registries[:2]], axis=1, keys=["a", "b"]).dropna().corr().iloc[0, 1]
    two = pd.concat([log_welfare(registries[i]) for i in (0, 2)], axis=1, keys=["a", "b"]).dropna().corr().iloc[0, 1]
    assert 0.66 < one < 0.77
    assert 0.55 < two < one


def test_lower_tail_is_thinner_and_villages_differ(registries):
    level = log_welfare(registries[0]).dropna()
    low, middle, high = level.quantile([0.05, 0.5, 0.95])
    assert 0.6 < middle - low < 0.9
    assert 1.05 < high - middle < 1.45
    villages = level.groupby(registries[0].households["village"])
    within = villages.var().mean() / level.var()
    assert 0.66 < within < 0.82


def test_slow_features_stay_and_ages_move_on(registries):
    before, after = (registry.households for registry in registries[:2])
    both = before.index.intersection(after.index)
    for name in ("floor_material", "wall_material", "owns_refrigerator"):
        pair = pd.concat([before.loc[both, name], after.loc[both, name]], axis=1, keys=["a", "b"]).dropna()
        assert (pair["a"] == pair["b"]).mean() > 0.85
    change = (after.loc[both, "head_age_years"] - before.loc[both, "head_age_years"]).dropna()
    assert (change == 1).mean() > 0.98
    size = (after.loc[both, "household_size"] - before.loc[both, "household_size"]).dropna()
    assert 0.02 < (size > 0).mean() < 0.1
    assert 0.05 < (size < 0).mean() < 0.25


def test_about_seven_percent_leave_each_year_and_as_many_come(waves):
    ids = [set(table["household_id"]) for table in waves.tables]
    ghosts = population()["noise"]["second_ids"]
    lost = len(ids[0] - ids[1]) / len(ids[0]) - ghosts
    assert 0.05 < lost < 0.095
    assert abs(len(ids[0]) - len(ids[1])) < 5
    gone = waves.tables[0].set_index("household_id")["verification"]
    left = gone[gone.isin([2, 3, 4])].index
    assert len(left) > 0
    second = waves.tables[0].duplicated("family_card_number", keep=False).to_numpy()
    sure = set(left) - set(waves.tables[0].loc[second, "household_id"])
    assert not sure & ids[1]


def test_next_wave_shows_the_world_without_programmes():
    now, later = make_waves(800, waves=2, seed=3), make_waves(800, waves=3, seed=3)
    seen = later.tables[2].drop_duplicates("household_id").set_index("household_id")[WELFARE].dropna()
    both = seen.index.intersection(now.truth.households.index)
    assert len(both) > 500
    expected = np.exp(now.truth.households.loc[both, "log_welfare_none"])
    assert np.abs(seen.loc[both].astype("float64") - expected).max() <= 0.5 + 1e-6


def test_no_truth_in_the_tables(waves):
    truth = waves.truth
    for table in (*waves.tables, waves.records):
        assert not set(table.columns) & (set(truth.households.columns) | {"permanent", "own", "log_welfare"})
    hidden = truth.records.drop(columns=["extreme_poor_none"])
    numbers = waves.records.drop(columns=["consumption_after_monthly_idr"]).select_dtypes("number").astype("float64")
    for name in hidden:
        for shown in numbers:
            assert not np.allclose(hidden[name], numbers[shown], equal_nan=True)
            if name.startswith("log_"):
                assert not np.allclose(np.exp(hidden[name]), numbers[shown], atol=1, equal_nan=True)


def test_result_has_frame_summary_and_plot(waves):
    frame = waves.frame()
    assert list(frame.columns) == ["wave", "households", "extreme_poor", "share", "weighted_persons"]
    assert len(frame) == 3
    assert "synthetic_bottom_10" in waves.summary()
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib.figure import Figure

    ax = waves.plot(Figure().subplots())
    assert "synthetic_bottom_10" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_weights_vary_within_bounds(waves):
    weight = waves.tables[0]["survey_weight"]
    assert weight.between(0.5, 3).all()
    assert weight.std() > 0.2


def test_ten_thousand_households_take_little_time():
    start = time.perf_counter()
    made = make_waves(10_000, seed=1)
    assert len(made.tables[0]) > 10_000
    assert time.perf_counter() - start < 5
