"""The data dictionary drives reading, checking, features, reasons and reports."""

from graduation.schema.areas import kecamatan_codes, recode_area
from graduation.schema.catalogue import dictionary_columns, shipped_dictionaries
from graduation.schema.cells import Breach, cell_text, coerce
from graduation.schema.codes import codes_called
from graduation.schema.column import Column
from graduation.schema.dates import ages_on
from graduation.schema.deflating import deflate
from graduation.schema.dictionary import (
    Dictionary,
    TimeUnit,
    dictionary_from_json,
    dictionary_from_toml,
    load_dictionary,
)
from graduation.schema.duplicates import Duplicates, find_duplicates, identity_tokens
from graduation.schema.harmonising import Harmonised, harmonise
from graduation.schema.hiding import bare_numbers, hide_in
from graduation.schema.identity import is_sound
from graduation.schema.inferring import Proposal, infer_dictionary
from graduation.schema.labels import Code, Label, Language
from graduation.schema.lines import Line, load_line, shipped_lines
from graduation.schema.locating import header_problems, locate, named_by
from graduation.schema.numbered import unsound_numbers
from graduation.schema.registry import Registry
from graduation.schema.telling import Layout
from graduation.schema.toml import read_toml, settings_problems
from graduation.schema.validation import validate
from graduation.schema.writing import dictionary_toml

__all__ = [
    "Breach",
    "Code",
    "Column",
    "Dictionary",
    "Duplicates",
    "Harmonised",
    "Label",
    "Language",
    "Layout",
    "Line",
    "Proposal",
    "Registry",
    "TimeUnit",
    "ages_on",
    "bare_numbers",
    "cell_text",
    "codes_called",
    "coerce",
    "deflate",
    "dictionary_columns",
    "dictionary_from_json",
    "dictionary_from_toml",
    "dictionary_toml",
    "find_duplicates",
    "harmonise",
    "header_problems",
    "hide_in",
    "identity_tokens",
    "infer_dictionary",
    "is_sound",
    "kecamatan_codes",
    "load_dictionary",
    "load_line",
    "locate",
    "named_by",
    "read_toml",
    "recode_area",
    "settings_problems",
    "shipped_dictionaries",
    "shipped_lines",
    "unsound_numbers",
    "validate",
]
