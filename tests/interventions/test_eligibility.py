"""Rules against a plain reading of them, household by household."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError
from graduation.interventions import Intervention, Programme, Rule, load_programme
from graduation.interventions.eligibility import check_columns, eligibility


def may(table: dict[str, list[object]], *rules: dict[str, object]) -> tuple[list[bool], list[str]]:
    arm = Intervention(name="arm", cost_idr=1, effect=0.1, rules=tuple(Rule.model_validate(rule) for rule in rules))
    programme = Programme(
        name="p", version="1", welfare_residual_sd=1, welfare_residual_sd_source="x", interventions=(arm,)
    )
    households = pd.DataFrame(table)
    check_columns(households, programme)
    eligible, why_not = eligibility(households, arm)
    return eligible.tolist(), why_not.tolist()


UNCLAIMED = {
    "any_of": [{"column": "pkh", "equals": False}, {"column": "bpnt", "equals": False, "optional": True}],
    "reason": "receives both",
}


def test_one_alternative_suffices_and_only_what_is_open_is_to_be_verified() -> None:
    cells = [True, False, None]
    rows = list(itertools.product(cells, cells))
    eligible, why_not = may({"pkh": [row[0] for row in rows], "bpnt": [row[1] for row in rows]}, UNCLAIMED)
    for row, suits, reason in zip(rows, eligible, why_not, strict=True):
        assert suits == (False in row)
        open_columns = [name for name, value in zip(("pkh", "bpnt"), row, strict=True) if value is None]
        expected = "; ".join(f"{name} unknown: verify" for name in open_columns) or "receives both"
        assert reason == ("" if suits else expected)


def test_an_optional_column_that_is_not_there_is_unknown() -> None:
    assert may({"pkh": [False, True]}, UNCLAIMED) == ([True, False], ["", "bpnt unknown: verify"])
    with pytest.raises(DataError, match="did you mean 'pkhh'"):
        may({"pkhh": [False], "bpnt": [False]}, UNCLAIMED)


def test_another_column_may_be_the_measure() -> None:
    rule = {"column": "n_elderly", "equals_column": "size", "reason": "not only elderly"}
    eligible, why_not = may({"n_elderly": [2, 1, np.nan, 1], "size": [2, 3, 1, np.nan]}, rule)
    assert eligible == [True, False, False, False]
    unknown = "n_elderly unknown: verify; size unknown: verify"
    assert why_not == ["", "not only elderly", unknown, unknown]
    with pytest.raises(DataError, match="column 'size'"):
        may({"n_elderly": [2]}, rule)


def test_what_is_unknown_may_be_allowed_and_what_is_known_still_shuts_out() -> None:
    rule = {"column": "trained", "equals": False, "optional": True, "unknown": "allow", "reason": "trained"}
    assert may({"trained": [True, False, None]}, rule) == ([False, True, True], ["trained", "", ""])
    assert may({"size": [1]}, rule) == ([True], [""])
    about = rule | {"when": {"column": "young", "equals": True}}
    table = {"trained": [True, True, True], "young": [True, False, None]}
    assert may(table, about) == ([False, True, True], ["trained", "", ""])


@pytest.mark.parametrize("kind", ["str", "category", "object"])
def test_text_is_compared_in_any_type(kind: str) -> None:
    values = pd.Series(["earth", "tile", None]).astype(kind)
    rule = {"column": "floor", "one_of": ["earth", "bamboo"], "reason": "good floor"}
    assert may({"floor": values}, rule) == ([True, False, False], ["", "good floor", "floor unknown: verify"])


def test_no_households_and_no_rules() -> None:
    assert may({"pkh": []}, UNCLAIMED) == ([], [])
    assert may({"size": [1, 2]}) == ([True, True], ["", ""])


def test_more_conditions_than_can_be_numbered_are_refused() -> None:
    rules = [Rule(column=f"c{number}", equals=True, reason="no") for number in range(39)]
    arm = Intervention(name="arm", cost_idr=1, effect=0.1, rules=tuple(rules))
    table = pd.DataFrame({f"c{number}": [True, number != 38, number != 0] for number in range(39)})
    assert eligibility(table, arm)[0].tolist() == [True, False, False]
    with pytest.raises(ValueError, match="40 conditions; 39 are possible"):
        Intervention(name="arm", cost_idr=1, effect=0.1, rules=(*rules, Rule(column="c39", equals=1, reason="no")))


def household(**own: object) -> pd.DataFrame:
    usual = {
        "household_size": 4, "n_working_age": 2, "n_elderly": 0, "n_children_school_age": 1,
        "n_children_out_of_school": 0, "head_age_years": 40, "head_education": 3, "has_severe_disability": False,
        "attended_training": False, "receives_pkh": True, "receives_bpnt": True, "receives_pbi": True,
    }  # fmt: skip
    return pd.DataFrame([usual | own])


@pytest.mark.parametrize(
    ("own", "arms"),
    [
        ({}, {"cash", "training", "capital", "training_capital"}),
        ({"household_size": 1, "n_working_age": 0, "n_elderly": 1, "head_age_years": 77}, {"cash"}),
        ({"household_size": 2, "n_working_age": 0, "n_elderly": 2, "head_age_years": 50}, {"cash"}),
        ({"has_severe_disability": True, "n_working_age": 1}, {"cash"}),
        ({"head_age_years": 57}, {"cash", "capital"}),
        ({"head_age_years": 66, "n_working_age": 1}, {"cash"}),
        ({"head_age_years": 66, "n_working_age": 2}, {"cash", "capital"}),
        ({"attended_training": True}, {"cash", "capital"}),
        ({"attended_training": None}, {"cash", "training", "capital", "training_capital"}),
        ({"head_education": 1}, {"cash", "capital"}),
        ({"receives_pkh": False}, {"cash", "training", "capital", "training_capital", "referral"}),
        ({"receives_pkh": None}, {"cash", "training", "capital", "training_capital"}),
    ],
)
def test_whom_the_shipped_arms_suit(own: dict[str, object], arms: set[str]) -> None:
    programme = load_programme("bekasi_2024")
    one = household(**own)
    check_columns(one, programme)
    assert {arm.name for arm in programme.interventions if eligibility(one, arm)[0][0]} == arms
