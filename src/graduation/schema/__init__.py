"""The data dictionary drives reading, checking, features, reasons and reports."""

from graduation.schema.cells import Breach, cell_text, coerce
from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary, TimeUnit, dictionary_from_json, load_dictionary
from graduation.schema.labels import Code, Label, Language
from graduation.schema.lines import Line, load_line
from graduation.schema.locating import header_problems, locate
from graduation.schema.registry import Registry
from graduation.schema.telling import Layout
from graduation.schema.toml import read_toml, settings_problems
from graduation.schema.validation import validate

__all__ = [
    "Breach",
    "Code",
    "Column",
    "Dictionary",
    "Label",
    "Language",
    "Layout",
    "Line",
    "Registry",
    "TimeUnit",
    "cell_text",
    "coerce",
    "dictionary_from_json",
    "header_problems",
    "load_dictionary",
    "load_line",
    "locate",
    "read_toml",
    "settings_problems",
    "validate",
]
