"""What a household is told: its arm, and why not the arm that would help more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graduation.allocate import Capacity, Share, allocate
from graduation.interventions import Goal, Recommendations

from .conftest import made


def told(offers: Recommendations, **options: object) -> dict[str, str]:
    found = allocate(offers, **options)  # type: ignore[arg-type]
    return found.table.set_index("household_id")["why"].to_dict()


def two_arms(cost: float, benefit: float, n: int = 2) -> Recommendations:
    """Return n households with a plain arm of cost 1 and benefit 0.1, and a second arm."""
    return made(
        np.tile([1.0, cost], (n, 1)),
        np.tile([0.1, benefit], (n, 1)),
        np.ones((n, 2), dtype=bool),
        ["A", "B"] * (n // 2),
    )


def ruled_out(offers: Recommendations) -> Recommendations:
    """Return the same with the second arm closed to the first household."""
    changed = offers.offers
    eligible, why_code = changed.eligible.copy(), np.zeros((2, 2), dtype=int)
    eligible[0, 1], why_code[0, 1] = False, 1
    texts = (np.array([""], dtype=object), np.array(["", "no working-age member"], dtype=object))
    return replace(offers, offers=replace(changed, eligible=eligible, why_code=why_code, why_texts=texts))


def test_the_arm_that_would_help_more_is_not_for_them() -> None:
    offers = ruled_out(two_arms(1.0, 0.3))
    assert told(offers, budget=2) == {
        "h0": "arm0: in the budget at rank 1; arm1 not eligible: no working-age member",
        "h1": "arm1: in the budget at rank 2",
    }
    needy = told(offers.with_goal(Goal(need_weight=0.3)), budget=2)
    assert needy["h0"].endswith("; arm1 not eligible: no working-age member")
    assert told(replace(offers, language="id"), budget=2)["h0"] == (
        "arm0: masuk anggaran pada peringkat 1; arm1 tidak memenuhi syarat: no working-age member"
    )


def test_the_arm_that_would_help_more_is_too_dear() -> None:
    why = told(two_arms(4.0, 0.2, n=6), budget=4)
    served = [text for text in why.values() if text.startswith("arm0")]
    assert len(served) == 4
    assert all(text.endswith("; arm1 would help more, but too dear at the price of money") for text in served)


def test_the_arm_that_would_help_more_is_beyond_the_budget() -> None:
    why = told(two_arms(40.0, 0.9), budget=2)
    assert all(text.endswith("; arm1 would help more, but costs more than the whole budget") for text in why.values())


def test_the_arm_that_would_help_more_is_full() -> None:
    why = told(two_arms(1.0, 0.3), budget=9, capacities=[Capacity("arm1", 1, place="A", column="place")])
    assert why["h0"] == "arm1: in the budget at rank 1"
    why = told(two_arms(1.0, 0.3), budget=9, capacities=[Capacity("arm1", 0, place="A", column="place")])
    assert why["h0"] == "arm0: in the budget at rank 1; arm1 would help more, but no place left"
    assert why["h1"] == "arm1: in the budget at rank 2"


def test_a_share_that_holds_households_back() -> None:
    offers = made(np.ones((6, 1)), np.full((6, 1), 0.1), np.ones((6, 1), dtype=bool), list("AABBBB"))
    why = told(offers, budget=100, shares=[Share("place", "A", 0.5)])
    held = "not served: arm0 would leave others short of a limit (at least 50% of those served where place is A)"
    assert sorted(why.values()).count(held) == 2
    assert why["h0"].startswith("arm0: in the budget")


def test_without_a_text_the_rules_are_named() -> None:
    offers = two_arms(1.0, 0.3)
    closed = replace(offers, offers=replace(offers.offers, eligible=np.array([[True, False], [True, True]])))
    assert told(closed, budget=2)["h0"].endswith("arm1 not eligible: the rules do not allow it")


def test_the_value_is_made_large_and_the_benefit_told_beside_it() -> None:
    offers = two_arms(1.0, 0.3)
    other = replace(offers, offers=replace(offers.offers, value=np.array([[0.9, 0.2], [0.5, 0.6]])))
    found = allocate(other, budget=2)
    assert found.table["arm"].tolist() == ["arm0", "arm1"]
    assert (found.value, found.benefit) == (pytest.approx(1.5), pytest.approx(0.4))
    assert found.bound == pytest.approx(1.5)
    assert found.metrics()["value"] == found.value
    assert "Value of the plan: 1.500, against at most 1.500" in " ".join(found.notes())
    assert "value" in found.shown()
    assert "value" not in allocate(offers, budget=2).shown()
    assert found.references.set_index("kind")["value"].max() == pytest.approx(1.5)
    short = told(other, budget=1)
    assert (
        short["h1"] == "no money left: arm1 is worth 600000.0000 per Rp 1 million, the last money is worth 600000.0000"
    )
