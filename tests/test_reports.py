"""Pages stand alone, escape what they show, and are the same for the same results."""

from __future__ import annotations

import pandas as pd
import pytest

import graduation
from graduation.reports import render_page, section
from graduation.risk import Scores
from graduation.schema import Registry


@pytest.fixture(scope="module")
def page(panel: graduation.Panel, run: graduation.TrainingRun, registries: list[Registry]) -> str:
    scores = graduation.score(registries[1], run.model, language="id")
    explanation = graduation.explain(run.model, registries[1])
    return graduation.job_page(registries, run.model, scores, explanation, panel=panel, run=run, language="id")


def test_a_page_needs_no_network_and_runs_nothing(page: str) -> None:
    assert page.startswith("<!doctype html>")
    for word in ("<script", "src=", "@import", "url(http", "<link"):
        assert word not in page
    assert page.count("<svg") >= 5


def test_a_page_tells_the_whole_story_and_what_the_list_is_for(page: str) -> None:
    for words in (
        "Data yang dibaca",
        "Seberapa andal",
        "Tetap miskin ekstrem",
        "Daftar prioritas",
        "Untuk apa daftar ini",
    ):
        assert words in page
    assert "Pengeluaran per kapita" in page


def test_no_identity_number_is_on_the_page(page: str, waves: graduation.Waves) -> None:
    numbers = set(waves.tables[1]["head_nik"].dropna().astype(str)) | set(waves.tables[1]["family_card_number"])
    assert not any(str(number) in page for number in numbers)


def test_what_comes_from_data_is_escaped() -> None:
    table = pd.DataFrame(
        {"pathway": "become", "risk": [0.5], "rank": [1], "reason_1": ["<img src=x onerror=alert(1)>"]},
        index=pd.Index(["<script>alert(1)</script>"], name="household_id"),
    )
    scores = Scores(table, "m")
    page = render_page("<b>", [section(scores, draw=[scores.plot])], facts={"<i>": "<u>"})
    assert "<script>" not in page
    assert "<img" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page


def test_the_same_results_give_the_same_page(registries: list[Registry]) -> None:
    one, two = (render_page("page", [section(registries[0])]) for _ in range(2))
    assert one == two
