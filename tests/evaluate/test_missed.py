"""Who is missed, beside who is reached."""

import numpy as np
import pandas as pd
import pytest

from graduation import DataError, UsageError, pair_waves, read_registry, who_is_missed
from graduation.evaluate import draws
from tests.evaluate.test_evaluate_intervals import ends

HOMES = pd.DataFrame(
    {
        "floor": ["earth", "earth", "tile", None, "tile"],
        "members": [8, 6, 4, 2, np.nan],
        "dark": [True, False] * 2 + [True],
    }
)
OUTCOME, RISK = [1, 1, 1, 1, 0], [0.9, 0.8, 0.2, 0.1, 0.5]


def row(found, feature, level=""):
    return found.table.set_index(["feature", "level"]).loc[(feature, level)]


def test_means_and_shares_by_hand():
    found = who_is_missed(OUTCOME, RISK, HOMES, quota=2, weight=[1, 1, 1, 3, 1])
    # weight 7, list of 2: the two of highest risk, both poor; missed: weights 1 and 3
    assert row(found, "floor", "earth")[["missed", "reached"]].tolist() == [0, 1]
    assert row(found, "floor", "tile")[["missed", "reached"]].tolist() == [0.25, 0]
    assert row(found, "floor", "(missing)")[["missed", "reached"]].tolist() == [0.75, 0]
    assert row(found, "members")[["missed", "reached"]].tolist() == [(4 + 3 * 2) / 4, 7]
    assert row(found, "dark", "yes")[["missed", "reached"]].tolist() == [0.25, 0.5]


def test_the_difference_is_told_in_standard_deviations_of_the_extreme_poor():
    found = who_is_missed(OUTCOME, RISK, HOMES, quota=2)
    members = np.array([8, 6, 4, 2])
    assert row(found, "members")["standardised"] == pytest.approx((3 - 7) / members.std())
    strength = found.table["standardised"].abs().dropna()
    assert strength.is_monotonic_decreasing


def test_a_tied_household_counts_to_both_sides():
    found = who_is_missed([1, 1, 0], [0.5, 0.5, 0.5], pd.DataFrame({"members": [2, 4, 9]}), quota=1)
    assert row(found, "members")[["missed", "reached"]].tolist() == pytest.approx([3, 3])


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(6)
    homes = pd.DataFrame({"rooms": rng.integers(1, 9, 900), "floor": rng.choice(["earth", "tile", None], 900)})
    outcome = (rng.random(900) < 0.3).astype(int)
    risk = np.clip(0.5 - 0.03 * homes["rooms"].to_numpy() + 0.2 * rng.random(900), 0, 1).round(2)
    return homes, outcome, risk, rng.uniform(1, 3, 900), np.arange(900) // 15


def test_intervals_are_those_of_villages_drawn(survey):
    homes, outcome, risk, weight, village = survey
    found = who_is_missed(outcome, risk, homes, quota=0.2, weight=weight, cluster=village, seed=2)
    gaps = []
    for number in range(draws.REPLICATES):
        drawn = (np.random.default_rng([2, number]).random(59) * 60).astype(int)
        counted = np.bincount(drawn, minlength=60)[village] * weight
        gaps.append(_gap(counted, outcome, risk, homes["rooms"].to_numpy()))
    bounds = row(found, "rooms")[["low", "high"]].tolist()
    assert bounds == pytest.approx(np.quantile(gaps, ends(60)), abs=1e-9)


def _gap(weight, outcome, risk, values):
    """Mean of the missed minus mean of the reached, by a plain loop over the levels of risk."""
    left, listed = 0.2 * weight.sum(), np.zeros(len(risk))
    for level in np.unique(risk)[::-1]:
        tied = risk == level
        part = min(1, left / weight[tied].sum()) if weight[tied].sum() > 0 else 0
        listed[tied], left = part, left - part * weight[tied].sum()
    poor = weight * outcome
    return np.average(values, weights=poor * (1 - listed)) - np.average(values, weights=poor * listed)


def test_row_order_and_labels_change_nothing(survey):
    homes, outcome, risk, weight, _ = survey
    order = np.random.default_rng(0).permutation(900)
    first = who_is_missed(outcome, risk, homes, weight=weight).table
    second = who_is_missed(outcome[order], risk[order], homes.iloc[order].reset_index(drop=True), weight=weight[order])
    pd.testing.assert_frame_equal(first, second.table)
    labelled = who_is_missed(pd.Series(outcome), pd.Series(risk), homes.iloc[order], weight=pd.Series(weight)).table
    pd.testing.assert_frame_equal(first, labelled)


def test_the_dictionary_gives_its_words_in_both_languages_and_only_its_features(waves):
    registries = [read_registry(table, schema=waves.dictionary) for table in waves.tables]
    panel = pair_waves(*registries)
    risk = np.random.default_rng(0).random(len(panel.outcome))
    found = who_is_missed(panel.outcome, risk, panel.households, dictionary=panel.dictionary)
    assert set(found.table["feature"]) <= set(panel.dictionary.features)
    every = len(found.table)
    english, indonesian = (found.profile(language, rows=every).iloc[:, 0].tolist() for language in ("en", "id"))
    assert "Floor material: Earth" in english
    assert "Jenis lantai: Tanah" in indonesian
    assert found.plot().get_xlabel().startswith("missed minus reached")


def test_too_many_levels_are_left_out_and_named():
    homes = pd.DataFrame({"name": [f"x{i}" for i in range(40)], "rooms": range(40)})
    found = who_is_missed([1, 0] * 20, np.linspace(0, 1, 40), homes)
    assert set(found.table["feature"]) == {"rooms"}
    assert any("more than 30 levels: name" in note for note in found.notes())
    assert any("Fewer than 30 on one side" in note for note in found.notes())


def test_nothing_to_describe_by_is_refused():
    with pytest.raises(UsageError, match="pass a DataFrame"):
        who_is_missed(OUTCOME, RISK, [1, 2, 3, 4, 5])
    with pytest.raises(DataError, match="no column to describe them by"):
        who_is_missed(OUTCOME, RISK, pd.DataFrame(index=range(5)))
    with pytest.raises(DataError, match="'households': 4 values"):
        who_is_missed(OUTCOME, RISK, HOMES[:4])
