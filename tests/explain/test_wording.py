"""Sentences say what a household has, where it stands and what goes with it, and nothing that is hidden."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.explain import PROTECTED, Wording, values_to_tell
from graduation.explain.sentences import Speaker, strengths
from graduation.explain.words import STRENGTHS
from graduation.panel import extreme_poor
from graduation.risk import STATE_FEATURE, Reference
from graduation.schema import Registry

QUANTILES = [float(one) for one in range(1, 100)]
MUCH, LITTLE_LESS = len(STRENGTHS) - 1, 0


@pytest.fixture(scope="module")
def known(model: graduation.Model) -> graduation.Model:
    """The model among households that are easy to count."""
    numbers = {
        "floor_m2_per_person": [one / 2 + 0.01 for one in QUANTILES], "household_size": [2.0] * 60 + [5.0] * 39,
        "head_age_years": QUANTILES, "consumption_per_head_monthly_idr": [one * 50_000 for one in QUANTILES],
    }  # fmt: skip
    levels = {"floor_material": {"2": 0.6, "8": 0.12}, "owns_car": {"0": 0.9, "1": 0.1}, STATE_FEATURE: {"0": 0.95}}
    return dataclasses.replace(model, reference=Reference(numbers, levels, {"floor_material": 0.05}))


@pytest.fixture(scope="module")
def explanation(model: graduation.Model, registries: list[Registry]) -> graduation.Explanation:
    return graduation.explain(model, registries[1])


@pytest.mark.parametrize(
    ("feature", "value", "english", "bahasa"),
    [
        ("floor_m2_per_person", 5.0, "Floor area 5 m² per person, smaller than 90 % of households",
         "Luas lantai 5 m² per orang, lebih sempit dari 90 % rumah tangga"),
        ("floor_m2_per_person", 45.2, "Floor area 45.2 m² per person, larger than 90 % of households",
         "Luas lantai 45,2 m² per orang, lebih luas dari 90 % rumah tangga"),
        ("consumption_per_head_monthly_idr", 487_000.0,
         "Consumption per head 487,000 IDR per month, lower than 90 % of households",
         "Pengeluaran per kapita 487.000 rupiah per bulan, lebih rendah dari 90 % rumah tangga"),
        ("head_age_years", 80.0, "Age of the head 80 years, older than 79 % of households",
         "Usia kepala keluarga 80 tahun, lebih tua dari 79 % rumah tangga"),
        ("household_size", 2.0, "Household size 2 persons, like 60 % of households",
         "Jumlah anggota keluarga 2 orang, seperti 60 % rumah tangga"),
        ("household_size", 9.0, "Household size 9 persons, more than 99 % of households",
         "Jumlah anggota keluarga 9 orang, lebih banyak dari 99 % rumah tangga"),
        ("floor_material", "8", "Floor material: Earth, like 12 % of households",
         "Jenis lantai: Tanah, seperti 12 % rumah tangga"),
        ("floor_material", "7", "Floor material: Bamboo, like few households",
         "Jenis lantai: Bambu, seperti sedikit rumah tangga"),
        ("floor_material", None, "Floor material: not known, like 5 % of households",
         "Jenis lantai: tidak diketahui, seperti 5 % rumah tangga"),
        ("owns_car", 1.0, "Car: yes, like 10 % of households", "Mobil: ya, seperti 10 % rumah tangga"),
        (STATE_FEATURE, 1.0, "Extreme poor now: yes, like few households",
         "Miskin ekstrem saat ini: ya, seperti sedikit rumah tangga"),
        ("n_elderly", 1.0, "Elderly members (60 and over): 1 persons", "Anggota lanjut usia (60 ke atas): 1 orang"),
    ],
)  # fmt: skip
def test_golden_sentences(known: graduation.Model, feature: str, value: Any, english: str, bahasa: str) -> None:
    assert Speaker(known, "en").reason(feature, value, MUCH) == f"{english} (risk much higher)"
    assert Speaker(known, "id").reason(feature, value, LITTLE_LESS) == f"{bahasa} (risiko sedikit lebih rendah)"


def test_without_a_reference_a_sentence_compares_with_nobody(model: graduation.Model) -> None:
    old = dataclasses.replace(model, reference=None)
    assert Speaker(old, "en").reason("owns_car", 0.0, MUCH) == "Car: no (risk much higher)"
    assert "reference.json" in model.to_parts()
    assert "reference.json" not in old.to_parts()
    assert graduation.Model.from_parts(old.to_parts()).reference is None
    assert graduation.Model.from_parts(model.to_parts()).reference == model.reference


def test_values_that_may_never_be_shown_are_not(known: graduation.Model) -> None:
    columns = known.dictionary.columns
    private = columns["floor_material"].model_copy(update={"privacy": "identifier"})
    hidden = known.dictionary.model_copy(update={"columns": {**columns, "floor_material": private}})
    said = Speaker(dataclasses.replace(known, dictionary=hidden), "en").reason("floor_material", "8", MUCH)
    assert said == "Floor material: not shown (risk much higher)"


def test_words_of_strength_are_cut_where_odds_grow_by_a_quarter_and_double() -> None:
    odds = np.array([1.01, 1.24, 1.26, 1.99, 2.01, 40])
    assert strengths(np.log(odds)).tolist() == [3, 3, 4, 4, 5, 5]
    assert strengths(-np.log(odds)).tolist() == [0, 0, 1, 1, 2, 2]


def test_what_is_protected_is_counted_and_not_named(explanation: graduation.Explanation) -> None:
    columns = explanation.model.dictionary.columns
    titles = [columns[name].title("en") for name in explanation.model.features if name in columns]
    protected = [columns[name].title("en") for name in columns if columns[name].protected]
    hidden, told = (explanation.reasons(top=40, both=True, tell_protected=one).to_numpy() for one in (False, True))
    assert any(title in text for text in told.ravel() for title in protected)
    assert not any(title in text for text in hidden.ravel() for title in protected)
    assert any("Protected characteristics (" in text for text in hidden.ravel())
    assert set(protected) < set(titles)
    wording = Wording(explanation.model, top=40, both=True)
    ranked = wording.ranking(wording.ordered(explanation.contributions))
    np.testing.assert_allclose(np.nansum(ranked.contribution, axis=1), explanation.contributions.sum(axis=1), atol=1e-5)


def test_texts_hold_no_household_and_both_languages_say_the_same(explanation: graduation.Explanation) -> None:
    english, bahasa = (explanation.reasons(top=4, both=True, language=one) for one in ("en", "id"))
    ids = set(explanation.contributions.index.map(str))
    said = {text for table in (english, bahasa) for text in table.to_numpy().ravel()}
    assert len(said) > 200
    assert not any(word.strip(",()") in ids for text in said for word in text.split())
    percents = [[re.findall(r"(\d+) % ", text) for text in table.to_numpy().ravel()] for table in (english, bahasa)]
    assert percents[0] == percents[1]


def test_a_batch_says_what_the_table_says_in_any_chunks(
    explanation: graduation.Explanation, model: graduation.Model, registries: list[Registry]
) -> None:
    wording, households = Wording(model, "id", top=3), registries[1].households
    values = households.assign(toilet=households["toilet"].astype("category"))
    texts: list[str] = []
    for part in (slice(0, 100), slice(100, None)):
        amounts = wording.ordered(explanation.contributions[part])
        told = values_to_tell(values[part], model.dictionary, extreme_poor(households[part], model.dictionary))
        columns = wording(wording.ranking(amounts), told).arrow()
        texts += columns["reason_2"].to_pylist()
        given = columns["reason_2_contribution"].to_pandas().notna()
        assert (given == (columns["reason_2_code"].to_pandas() != "")).all()
        assert len(columns["reason_1"].dictionary) == len(set(columns["reason_1"].dictionary.to_pylist()))
    expected = explanation.reasons(top=3, language="id")["reason_2"]
    assert texts == expected.tolist()
    assert PROTECTED in wording.codes


def test_no_reasons_are_no_columns(explanation: graduation.Explanation) -> None:
    assert explanation.reasons(top=0).shape == (len(explanation.base), 0)
    nobody = Wording(explanation.model, top=2)
    empty = nobody(nobody.ranking(np.empty((0, len(nobody.features)))), {})
    assert empty.frame(pd.RangeIndex(0)).shape == (0, 2)
