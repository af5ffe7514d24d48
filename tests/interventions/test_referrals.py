"""What is raised beside any arm."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation.errors import DataError
from graduation.interventions import Referral, Rule, load_programme, referral_table, referrals_of

from .test_eligibility import household

PROGRAMME = load_programme("bekasi_2024")


def raised(**own: object) -> dict[str, str]:
    return referral_table(household(**own), PROGRAMME).set_index("referral")["status"].to_dict()


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"n_children_school_age": 0}, {}),
        ({}, {"education_aid": "raise"}),
        ({"n_children_out_of_school": 2}, {"education_aid": "raise", "back_to_school": "raise"}),
        ({"n_children_school_age": None}, {"education_aid": "verify"}),
        (
            {"n_children_school_age": 0, "household_size": 2, "n_elderly": 2, "n_working_age": 0},
            {"atensi_elderly": "raise"},
        ),
        ({"n_children_school_age": 0, "household_size": 3, "n_elderly": 2, "n_working_age": 0}, {}),
        ({"n_children_school_age": 0, "n_elderly": None}, {}),
        ({"n_children_school_age": 0, "n_elderly": None, "n_working_age": 0}, {"atensi_elderly": "verify"}),
        ({"n_children_school_age": 0, "has_severe_disability": True}, {"atensi_disability": "raise"}),
        (
            {"n_children_school_age": 0, "receives_pkh": False, "receives_bpnt": False, "receives_pbi": None},
            {"claim_pkh": "raise", "claim_bpnt": "raise", "claim_pbi": "verify"},
        ),
    ],
)
def test_what_is_raised_with_whom(own: dict[str, object], expected: dict[str, str]) -> None:
    assert raised(**own) == expected


def many() -> pd.DataFrame:
    rows = [
        household(),
        household(n_children_school_age=0),
        household(n_children_out_of_school=1, receives_pkh=False),
        household(n_children_school_age=None, receives_bpnt=None),
    ]
    index = pd.Index(["a", "b", "c", "d"], name="household_id")
    return pd.concat(rows, ignore_index=True).set_index(index)


def test_texts_and_table_say_the_same() -> None:
    texts, table = referrals_of(many(), PROGRAMME), referral_table(many(), PROGRAMME)
    joined = table.groupby("household_id", sort=False)["text"].agg("; ".join).reindex(texts.index).fillna("")
    assert texts.tolist() == joined.tolist()
    assert texts["b"] == ""
    assert texts["c"].count(";") == 2
    assert (
        texts["d"] == "education aid: n_children_school_age unknown: verify; claim BPNT: receives_bpnt unknown: verify"
    )
    assert table.columns.tolist() == ["household_id", "referral", "label", "status", "text"]


def test_texts_in_indonesian() -> None:
    texts = referrals_of(many(), PROGRAMME, "id")
    assert "usulkan PIP" in texts["a"]
    assert "n_children_school_age tidak diketahui: periksa" in texts["d"]
    for referral in PROGRAMME.referrals:
        assert referral.text.en != referral.text.id
        assert referral.title("en") != referral.title("id")


def test_row_order_changes_nothing_and_nothing_is_changed() -> None:
    table = many()
    before = table.copy()
    pd.testing.assert_series_equal(referrals_of(table[::-1], PROGRAMME)[::-1], referrals_of(table, PROGRAMME))
    pd.testing.assert_frame_equal(table, before)


def test_registries_without_the_columns_of_programmes() -> None:
    bare = many().drop(columns=["receives_pkh", "receives_bpnt", "receives_pbi"])
    assert referrals_of(bare, PROGRAMME)["b"].count("verify") == 3
    told = referrals_of(bare.drop(columns=["n_children_school_age"]), PROGRAMME)["b"]
    assert "n_children_school_age unknown: verify" in told


def test_a_column_that_is_not_optional_has_to_be_there() -> None:
    aid = Referral(name="aid", text="aid", rules=[Rule(column="n_elderly", equals_column="household_size")])
    strict = PROGRAMME.model_copy(update={"referrals": (aid,)})
    with pytest.raises(DataError, match="n_elderly") as caught:
        referrals_of(many().drop(columns=["n_elderly", "household_size"]), strict)
    assert len(caught.value.problems) == 2


def test_none_to_tell() -> None:
    assert referrals_of(many()[:0], PROGRAMME).tolist() == []
    assert referral_table(many()[:0], PROGRAMME).empty
    silent = PROGRAMME.model_copy(update={"referrals": ()})
    assert referrals_of(many(), silent).tolist() == [""] * 4
    assert referral_table(many(), silent).empty
