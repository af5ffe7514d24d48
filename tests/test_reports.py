"""Pages stand alone, escape what they show, and are the same for the same results."""

from __future__ import annotations

from dataclasses import replace

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
    programme = graduation.load_programme("bekasi_2024")
    # The page's own language holds, whatever the plan was made in.
    plan = graduation.plan(registries[1], scores, programme, budget=50_000_000, language="en")
    return graduation.job_page(
        registries, run.model, scores, explanation, panel=panel, run=run, plan=plan, language="id"
    )


@pytest.fixture(scope="module")
def short_pages(run: graduation.TrainingRun, registries: list[Registry]) -> dict[str, str]:
    scores = graduation.score(registries[1], run.model, reasons=0)
    explanation = graduation.explain(run.model, registries[1])
    return {
        language: graduation.job_page(registries, run.model, scores, explanation, language=language)
        for language in ("en", "id")
    }


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


def test_the_facts_are_in_indonesian_and_say_what_they_count(page: str) -> None:
    strip = page[page.index('<ul class="facts">') : page.index("<nav>")]
    assert "keluarga dalam daftar ini" in strip
    assert "bukan angka penduduk tertimbang" in page[: page.index('<ul class="facts">')]
    for word in ("household", "line ", "spent", "month", "expected", "scored"):
        assert word not in strip


def test_a_page_in_indonesian_says_that_notes_are_in_english(page: str) -> None:
    trust = page[page.index("Seberapa andal daftar ini</h2>") :]
    assert trust.split("<p>")[1].startswith("Catatan teknis dalam bahasa Inggris.")
    assert page.count("Catatan teknis") == 1


def test_arms_are_called_in_the_language_of_the_page(page: str) -> None:
    suitable = page[page.index("Intervensi yang sesuai</h2>") :]
    assert suitable.count("modal usaha dengan pendampingan") >= 3
    assert "<td>business capital with mentoring" not in page


def test_a_page_without_training_says_it_in_its_first_section(short_pages: dict[str, str]) -> None:
    first = short_pages["id"][short_pages["id"].index("<section") :]
    assert first.split("<p>")[1].startswith("Catatan teknis dalam bahasa Inggris.")


def test_sums_over_households_say_that_they_are_not_weighted(short_pages: dict[str, str]) -> None:
    page = short_pages["en"]
    strip = page[page.index('<ul class="facts">') : page.index("<nav>")]
    assert "extreme poor now" in strip
    assert "not weighted to a population" in page[: page.index('<ul class="facts">')]
    assert "Catatan" not in page


def test_groups_that_are_protected_have_their_errors_on_the_page(page: str) -> None:
    groups = page[page.index("Kesalahan per kelompok</h2>") :]
    table = groups[: groups.index("</table>")]
    said = ("Kepala keluarga perempuan: ya", "Ada anggota dengan disabilitas berat: ya", "jalur: tetap")
    assert all(words in table for words in said)
    assert "Kepala keluarga perempuan: ya; Ada anggota dengan disabilitas berat: " in table
    missed = page[page.index("Siapa yang terlewat</h2>") :]
    assert "Pengeluaran per kapita: rata-rata" in missed[: missed.index("</table>")]


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


def test_a_scorecard_page_has_a_box_for_each_answer_and_its_points(run: graduation.TrainingRun) -> None:
    for language, words in (("en", "What a total means"), ("id", "Arti jumlah poin")):
        page = graduation.scorecard_page(run.scorecard, language=language)
        table = run.scorecard.frame(language)
        assert words in page
        assert page.count("<i></i>") == len(table)
        assert page.count('<td class="box">') == table["item"].nunique() + 1
        for points in table["points"]:
            assert f"<b>{points}</b>" in page
        for word in ("<script", "src=", "@import", "url(", "<link", "http"):
            assert word not in page


def test_a_scorecard_page_escapes_labels_and_stands_without_questions(run: graduation.TrainingRun) -> None:
    item = run.scorecard.items[0]
    sly = replace(item, question=item.question.model_copy(update={"en": "<b>Roof</b> & wall"}))
    page = graduation.scorecard_page(replace(run.scorecard, items=(sly,)))
    assert "&lt;b&gt;Roof&lt;/b&gt; &amp; wall" in page
    assert "<b>Roof" not in page
    assert "No question told" in graduation.scorecard_page(replace(run.scorecard, items=()))
