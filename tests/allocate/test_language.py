"""A plan in Indonesian is in Indonesian throughout, and says the same as in English."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from graduation.allocate import Allocation, Capacity, Frontier, Quota, Share, allocate, frontier
from graduation.allocate.phrases import TEXT as OF_PLANS
from graduation.allocate.weighing import WORDS as OF_FRONTIERS
from graduation.interventions import Goal, Recommendations, load_programme, recommend
from graduation.interventions.goal import TEXT as OF_GOALS
from graduation.interventions.phrases import TEXT as OF_EFFECTS

from ..interventions.conftest import effect_model
from .conftest import registry

WORD = re.compile("[a-z_]+")
ENGLISH = set(
    WORD.findall(
        "the of and for with without by on at an is are was to or not no none each every all arm arms household effect "
        "households effects average mean budget spent benefit value risk rank records cases plan limit limits served "
        "place assumed estimated used interval range more than would could goal next wave eligible better best"
    )
)


@pytest.fixture(scope="module")
def suited() -> Recommendations:
    model = effect_model(capital=(0.12, 0.02), cash=(0.0, 0.03))
    goal = Goal(need_weight=0.25)
    return recommend(*registry(600), load_programme("bekasi_2024"), effects=model, goal=goal, language="id")


@pytest.fixture(scope="module")
def plan(suited: Recommendations) -> Allocation:
    limits = {"capacities": [Capacity("capital", 2)], "shares": [Share("has_severe_disability", True, 0.2)]}
    return allocate(suited, budget=100e6, quotas=[Quota("n_working_age", 0, 20)], **limits)


@pytest.fixture(scope="module")
def line(suited: Recommendations) -> Frontier:
    return frontier(suited, budget=100e6, need_weights=[0, 0.1, 0.5])


def _english(text: str) -> set[str]:
    return ENGLISH & set(WORD.findall(text.lower()))


def test_nothing_that_a_planner_reads_is_english(suited: Recommendations, plan: Allocation, line: Frontier) -> None:
    empty = allocate(suited, budget=0)
    pages = [found.summary() + found._repr_html_() for found in (suited, plan, line, empty)]
    words = [re.sub(r"<[^>]*>|_repr|&[a-z]+;", " ", page) for page in pages]
    assert [_english(text) for text in words] == [set()] * 4
    assert _english(" ".join(plan.table["why"])) == set()
    assert "Harga tiap batas bagi rencana" in words[1]
    assert "Kapasitas yang penuh" in words[1]
    assert "rencana kosong" in words[3]


def test_figures_are_written_as_in_indonesia(suited: Recommendations, plan: Allocation) -> None:
    assert "dengan Rp " in plan.notes()[0]
    assert f"dari Rp {100_000_000:,.0f}".replace(",", ".") in plan.notes()[0]
    assert "1.575.000" in suited.summary()
    assert "0,46" in " ".join(suited.notes())
    assert not re.search(r"\d\.\d{4}\b", " ".join([*plan.table["why"], *plan.notes()]))
    assert str(Capacity("capital", 1_500)).startswith("at most 1,500 ")
    assert Capacity("capital", 1_500).text("id").startswith("paling banyak 1.500 ")


@pytest.mark.parametrize("text", [OF_PLANS, OF_FRONTIERS, OF_EFFECTS, OF_GOALS])
def test_both_languages_say_the_same_things(text: dict[str, dict[str, str]]) -> None:
    assert list(text["en"]) == list(text["id"])
    fields = {
        language: {key: {name for _, name, _, _ in Formatter().parse(said) if name} for key, said in told.items()}
        for language, told in text.items()
    }
    # The source of the residual deviation is text of the programme's file, in whatever language that is.
    fields["en"].get("benefit", set()).discard("source")
    assert fields["id"] == fields["en"]
