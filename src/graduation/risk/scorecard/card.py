"""A scorecard for paper: ten questions, whole points, a table from total points to risk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import DataError, Problem, nearest
from graduation.features import feature_frame
from graduation.results import Result, table_html
from graduation.risk.scorecard.items import INDONESIAN, Item
from graduation.schema import Dictionary, Language, Registry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOTES = {
    "en": {
        "fitted": "Fitted on {households} households of '{dictionary}', {cases} of them extreme poor at the next "
        "wave. Places, welfare and numbers of identity are no questions.",
        "none": "No question told the outcome better than chance would: every household has 0 points.",
        "points": "More points, higher risk: totals run from 0 to {most}. A total is a priority for a visit or an "
        "offer, never a reason to remove a household from aid.",
        "unknown": "An answer that is not known scores as the one marked *, one that is not printed as the one "
        "marked †, or * where there is no †.",
        "lookup": "Risk: share of the training households with such a total who are extreme poor at the next wave, "
        "weighted, drawn towards a smooth curve where they are few, and never falling.",
        "truth": "Its points follow what goes with poverty in these data; they say nothing of causes.",
    },
    "id": {
        "fitted": "Disusun dari {households} keluarga '{dictionary}', {cases} di antaranya miskin ekstrem pada "
        "gelombang berikut. Tempat, pengeluaran dan nomor identitas tidak ditanyakan.",
        "none": "Tidak ada pertanyaan yang lebih baik daripada kebetulan: setiap keluarga mendapat 0 poin.",
        "points": "Makin banyak poin, makin tinggi risiko: jumlahnya 0 sampai {most}. Jumlah poin adalah prioritas "
        "kunjungan atau penawaran, bukan alasan mencoret keluarga dari bantuan.",
        "unknown": "Jawaban yang tidak diketahui dinilai seperti yang bertanda *, jawaban yang tidak tercetak seperti "
        "yang bertanda †, atau * bila tidak ada †.",
        "lookup": "Risiko: bagian keluarga dengan jumlah poin itu yang miskin ekstrem pada gelombang berikut, "
        "tertimbang, dihaluskan bila jumlahnya sedikit, dan tidak pernah menurun.",
        "truth": "Poin mengikuti hal yang menyertai kemiskinan dalam data ini, bukan penyebabnya.",
    },
}


@dataclass(frozen=True, eq=False)
class Scorecard(Result):
    """At most ten questions with whole points, and what a total means; it is filled in by hand.

    Attributes
    ----------
    items : tuple of Item
        The questions, the most telling first; each answer has points, the least poor one 0.
    lookup : DataFrame
        `points_from`, `points_to`, `households` of training with such totals, `risk_percent`.
    dictionary : Dictionary
        How to read the registry whose households it scores.
    facts : dict
        What it was fitted on.
    """

    items: tuple[Item, ...]
    lookup: pd.DataFrame
    dictionary: Dictionary
    facts: dict[str, Any] = field(default_factory=dict)
    title = "Scorecard"

    def frame(self, language: Language = "en") -> pd.DataFrame:
        """Return a row per answer: `item`, `feature`, `question`, `answer`, `points`, `if_not_known`, `if_not_listed`.

        The last two say which answer counts for a household whose own is not known, or is none of those printed.
        """
        rows = [
            {
                "item": number,
                "feature": item.feature,
                "question": item.question.text(language),
                "answer": answer.text(language),
                "points": points,
                "if_not_known": place == item.unknown,
                "if_not_listed": bool(item.levels) and place == item.unlisted,
            }
            for number, item in enumerate(self.items, start=1)
            for place, (answer, points) in enumerate(zip(item.answers, item.points, strict=True))
        ]
        columns = ["item", "feature", "question", "answer", "points", "if_not_known", "if_not_listed"]
        return pd.DataFrame(rows, columns=columns)

    def shown(self) -> pd.DataFrame:
        """Return a row per question, its answers with their points in one cell."""
        table = with_marks(self.frame())
        cells = table["answer"] + table["mark"] + ": " + table["points"].astype(str)
        joined = cells.groupby(table["item"]).agg(" | ".join)
        questions = table.groupby("item")["question"].first()
        return pd.DataFrame({"question": questions, "answers and points": joined}).reset_index()

    def points(self, households: Registry | pd.DataFrame) -> pd.Series:
        """Return the total of each household, a whole number from 0 to 100; higher is poorer.

        Parameters
        ----------
        households : Registry or DataFrame
            Accepted households (`Registry.households`); only the columns of the questions are needed.

        Raises
        ------
        DataError
            When the households lack a column that is asked for.
        """
        table = households.households if isinstance(households, Registry) else households
        asked = {name: self.dictionary.columns[name] for name in (*self.dictionary.key, *self._features())}
        self._check(table)
        X = feature_frame(table, self.dictionary.model_copy(update={"columns": asked}))
        total = np.zeros(len(table), dtype=np.int64)
        for item in self.items:
            total += np.asarray(item.points)[item.codes(X[item.feature])]
        return pd.Series(total, index=table.index, name="points")

    def _features(self) -> list[str]:
        return [item.feature for item in self.items]

    def _check(self, table: pd.DataFrame) -> None:
        there = [str(name) for name in (*table.columns, *table.index.names)]
        problems = [
            Problem("missing from the households", "a column of this scorecard", nearest(name, there), name)
            for name in self._features()
            if name not in there
        ]
        if problems:
            raise DataError("households", problems)

    def risk(self, households: Registry | pd.DataFrame) -> pd.Series:
        """Return the risk of each household, 0 to 1, as the printed look-up table gives it."""
        points = self.points(households)
        band = np.searchsorted(self.lookup["points_to"].to_numpy(), points.to_numpy(), side="left")
        return pd.Series(self.lookup["risk_percent"].to_numpy()[band] / 100, index=points.index, name="risk")

    @property
    def most_points(self) -> int:
        """Return the highest total there can be."""
        return sum(max(item.points) for item in self.items)

    def notes(self, language: Language = "en") -> list[str]:
        """Return what it was fitted on, how answers that are not known score, and what a total is for."""
        words = NOTES[language]
        counts = {name: f"{self.facts.get(name, 0):,}" for name in ("households", "cases")}
        if language == "id":
            counts = {name: text.translate(INDONESIAN) for name, text in counts.items()}
        return [
            words["fitted"].format(dictionary=self.dictionary.name, **counts),
            *([] if self.items else [words["none"]]),
            words["points"].format(most=self.most_points),
            words["unknown"],
            words["lookup"],
            words["truth"],
        ]

    def metrics(self) -> dict[str, float]:
        return {"scorecard_items": float(len(self.items)), "scorecard_most_points": float(self.most_points)}

    def summary(self, rows: int = 20) -> str:
        return "\n".join([super().summary(rows), "", self.lookup.to_string(index=False)])

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}{table_html(self.lookup)}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the risk of each band of totals."""
        bands = self.lookup["points_from"].astype(str) + "-" + self.lookup["points_to"].astype(str)
        ax = plots.bars(self.lookup.assign(band=bands), label="band", value="risk_percent", ax=ax)
        ax.set(xlabel="extreme poor at the next wave, % of the households with such a total", ylabel="points")
        return ax


def with_marks(table: pd.DataFrame) -> pd.DataFrame:
    """Add the `mark` of the answer for what is not known (*), and for what is not printed (†) where it is another."""
    known, listed = ~table["if_not_known"].astype(bool), ~table["if_not_listed"].astype(bool)
    return table.assign(mark=np.select([~known, ~listed], ["*", "†"], ""))
