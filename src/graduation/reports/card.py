"""A scorecard as one printed page: questions to tick, points to add, a table to look the risk up."""

from __future__ import annotations

from dataclasses import dataclass

from graduation.reports.page import environment
from graduation.risk import Scorecard
from graduation.risk.scorecard import with_marks
from graduation.schema import Language

WORDS = {
    "en": {
        "title": "Poverty scorecard",
        "lead": "Tick one answer to each question, write its points into the box, and add them up.",
        "household": "Household", "date": "Date", "visitor": "Visited by", "question": "Question", "answers": "Answers",
        "points": "Points", "total": "Total", "lookup": "What a total means",
        "from_to": "Total", "risk": "Of 100 such households, extreme poor at the next wave",
    },
    "id": {
        "title": "Kartu skor kemiskinan",
        "lead": "Centang satu jawaban untuk tiap pertanyaan, tulis poinnya di kotak, lalu jumlahkan.",
        "household": "Keluarga", "date": "Tanggal", "visitor": "Petugas", "question": "Pertanyaan",
        "answers": "Jawaban", "points": "Poin", "total": "Jumlah", "lookup": "Arti jumlah poin",
        "from_to": "Jumlah", "risk": "Dari 100 keluarga seperti ini, miskin ekstrem pada gelombang berikut",
    },
}  # fmt: skip


@dataclass(frozen=True)
class _Question:
    number: int
    text: str
    answers: tuple[tuple[str, str, int], ...]


def scorecard_page(scorecard: Scorecard, *, language: Language = "en") -> str:
    """Return a scorecard as the HTML of one A4 page, black on white, that opens and prints without a network.

    Parameters
    ----------
    scorecard : Scorecard
    language : {"en", "id"}
        Of headings, questions and answers.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(1_000, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> card = graduation.fit_scorecard(graduation.pair_waves(*registries))
    >>> "Kartu skor" in graduation.scorecard_page(card, language="id")
    True
    """
    rows = _bands(scorecard, language)
    half = (len(rows) + 1) // 2
    return (
        environment()
        .get_template("scorecard.html")
        .render(
            words=WORDS[language],
            language=language,
            questions=_questions(scorecard, language),
            bands=[rows[:half], rows[half:]],
            notes=scorecard.notes(language),
        )
    )


def _bands(scorecard: Scorecard, language: Language) -> list[dict[str, str]]:
    point = "," if language == "id" else "."
    return [
        {"total": f"{row.points_from}–{row.points_to}", "risk": f"{row.risk_percent:.1f}".replace(".", point)}
        for row in scorecard.lookup.itertuples()
    ]


def _questions(scorecard: Scorecard, language: Language) -> list[_Question]:
    table = with_marks(scorecard.frame(language))
    found = []
    for number, part in table.groupby("item"):
        answers = tuple(zip(part["answer"], part["mark"], part["points"].tolist(), strict=True))
        found.append(_Question(int(str(number)), str(part["question"].iloc[0]), answers))
    return found
