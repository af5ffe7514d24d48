"""The words of reasons and levers, in both languages; those of a column are in its dictionary."""

from __future__ import annotations

from graduation.features import DERIVED
from graduation.schema import Column, Dictionary, Label, Language

WORDS = {
    "en": {
        "missing": "not known", "yes": "yes", "no": "no", "hidden": "not shown", "like": "like {percent} % of {units}",
        "rare": "like few {units}", "than": "{than} than {percent} % of {units}",
        "lever": "{units} like this but with {fact} are at lower risk in these data: {then} instead of {now}; this is "
        "an association, not a promise",
    },
    "id": {
        "missing": "tidak diketahui", "yes": "ya", "no": "tidak", "hidden": "tidak ditampilkan",
        "like": "seperti {percent} % {units}", "rare": "seperti sedikit {units}",
        "than": "{than} dari {percent} % {units}",
        "lever": "{units} yang serupa tetapi dengan {fact} berisiko lebih rendah di data ini: {then}, bukan {now}; ini "
        "keterkaitan, bukan janji",
    },
}  # fmt: skip
UNITS = {
    "household": Label(en="households", id="rumah tangga"),
    "person": Label(en="persons", id="orang"),
}
# By the first word of a unit, where the dictionary gives no words of its own.
LESS = {
    "persons": Label(en="fewer", id="lebih sedikit"),
    "m2": Label(en="smaller", id="lebih sempit"),
    "": Label(en="lower", id="lebih rendah"),
}
MORE = {
    "persons": Label(en="more", id="lebih banyak"),
    "m2": Label(en="larger", id="lebih luas"),
    "": Label(en="higher", id="lebih tinggi"),
}
# Units are written in English in dictionaries; a word that is not here stays as it is.
UNIT_WORDS: dict[str, Label] = {
    "m2": Label(en="m²"), "m3": Label(en="m³"), "IDR": Label(en="IDR", id="rupiah"),
    "persons": Label(en="persons", id="orang"), "person": Label(en="person", id="orang"),
    "member": Label(en="member", id="anggota"), "members": Label(en="members", id="anggota"),
    "years": Label(en="years", id="tahun"), "year": Label(en="year", id="tahun"),
    "quarters": Label(en="quarters", id="triwulan"), "quarter": Label(en="quarter", id="triwulan"),
    "months": Label(en="months", id="bulan"), "month": Label(en="month", id="bulan"),
    "weeks": Label(en="weeks", id="minggu"), "week": Label(en="week", id="minggu"),
    "days": Label(en="days", id="hari"), "day": Label(en="day", id="hari"),
    "hours": Label(en="hours", id="jam"), "hour": Label(en="hour", id="jam"),
    "waves": Label(en="waves", id="gelombang"), "wave": Label(en="wave", id="gelombang"),
    "rooms": Label(en="rooms", id="kamar"), "hectares": Label(en="hectares", id="hektare"),
}  # fmt: skip
# Steps of a contribution to the log-odds: odds higher by a quarter, and doubled.
CUTS = (0.2231435513142097, 0.6931471805599453)
RAISES = (
    Label(en="risk slightly higher", id="risiko sedikit lebih tinggi"),
    Label(en="risk higher", id="risiko lebih tinggi"),
    Label(en="risk much higher", id="risiko jauh lebih tinggi"),
)
LOWERS = (
    Label(en="risk slightly lower", id="risiko sedikit lebih rendah"),
    Label(en="risk lower", id="risiko lebih rendah"),
    Label(en="risk much lower", id="risiko jauh lebih rendah"),
)
STRENGTHS = (*LOWERS, *RAISES)


def unit_of(feature: str, dictionary: Dictionary) -> str:
    """Return the unit of a feature as its dictionary has it, empty where it has none."""
    column = dictionary.columns.get(feature)
    if column is not None:
        return column.unit
    return DERIVED[feature].unit if feature in DERIVED else ""


def unit_text(unit: str, language: Language) -> str:
    """Return a unit in a language, word by word.

    >>> unit_text("m2 per person", "id"), unit_text("IDR per month", "id")
    ('m² per orang', 'rupiah per bulan')
    """
    return " ".join(UNIT_WORDS[word].text(language) if word in UNIT_WORDS else word for word in unit.split())


def than_words(column: Column | None, unit: str, language: Language) -> tuple[str, str]:
    """Return the words for a smaller and a larger value: those of the dictionary, else those that fit the unit."""
    kind = unit.split()[0] if unit.split() and unit.split()[0] in LESS else ""
    own = (column.less.text(language), column.more.text(language)) if column else ("", "")
    return own[0] or LESS[kind].text(language), own[1] or MORE[kind].text(language)


def number_text(value: float, language: Language) -> str:
    """Write a number as it is shown: whole, to one decimal, or below one to two digits.

    >>> number_text(487000.0, "id"), number_text(2.5, "id"), number_text(2015.0, "en"), number_text(0.05, "en")
    ('487.000', '2,5', '2015', '0.05')
    """
    if value == round(value):
        text = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    else:
        text = f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2g}"
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text
