"""The data dictionary drives reading, checking, features, reasons and reports."""

from graduation.schema.catalogue import dictionary_columns, shipped_dictionaries
from graduation.schema.cells import cell_text
from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary, TimeUnit, dictionary_from_json, load_dictionary
from graduation.schema.inferring import Proposal, infer_dictionary
from graduation.schema.labels import Code, Label, Language
from graduation.schema.lines import Line, load_line
from graduation.schema.locating import locate
from graduation.schema.registry import Registry
from graduation.schema.toml import read_toml, settings_problems
from graduation.schema.validation import Layout, validate

__all__ = [
    "Code",
    "Column",
    "Dictionary",
    "Label",
    "Language",
    "Layout",
    "Line",
    "Proposal",
    "Registry",
    "TimeUnit",
    "cell_text",
    "dictionary_columns",
    "dictionary_from_json",
    "infer_dictionary",
    "load_dictionary",
    "load_line",
    "locate",
    "read_toml",
    "settings_problems",
    "shipped_dictionaries",
    "validate",
]
