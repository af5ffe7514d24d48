"""Write a proposal as a TOML dictionary that a person reads and edits."""

from __future__ import annotations

import json
import re

from graduation.schema.inferring.guess import Guess
from graduation.schema.inferring.keys import Keys

HEAD = """\
# Proposed by `graduation dictionary infer` from {source}: {n_rows:,} rows, {n_columns:,} columns.
# A guess from values and names. Before you use it:
#  1. Look at each `# check:`.
#  2. Set the roles: id, time, place, weight, welfare or state, outcome, feature, programme, identity, ignored.
#  3. Mark with known = "later" what is not known when households are scored; nothing may learn from it.
#  4. Write what the codes mean. A code that is not listed sets its row aside; without codes any is taken.
#  5. Add label, unit, direction ("rises" where more means poorer, or "falls"), protected and privacy = "personal".
"""


PLAIN = r"[A-Za-z_][A-Za-z0-9_]*"
NO_ID = ("# [columns.household_id]", '# type = "text"', '# role = "id"', "")


def to_toml(guesses: list[Guess], keys: Keys, *, name: str, source: str, line: dict[str, object] | None) -> str:
    """Return the dictionary as TOML with what was seen, and what to check, as comments."""
    head = [HEAD.format(source=_one_line(source), n_rows=guesses[0].seen.n_rows, n_columns=len(guesses))]
    if keys.advice:
        head += [f"# check: NO ID. {_one_line(keys.advice)}", *NO_ID]
    parts = [*head, *_dictionary(guesses, keys, name), *_line(line)]
    used = {guess.name.casefold() for guess in guesses if re.fullmatch(PLAIN, guess.name)}
    for guess in guesses:
        parts += ["", *_column(guess, _key(guess.name, used))]
    return "\n".join(parts) + "\n"


def _dictionary(guesses: list[Guess], keys: Keys, name: str) -> list[str]:
    lines = ["[dictionary]", f"name = {_text(name)}", 'version = "0.1"', f"title = {_text(name.replace('_', ' '))}"]
    if keys.repeats:
        lines += ["repeats = true  # a household has a row for each time"]
    if keys.time:
        lines += ['# time_unit = "year"  # check: year, quarter or month?']
    if any(guess.role == "outcome" for guess in guesses):
        lines += ["# horizon = 1  # check: how many units of time the outcome looks ahead"]
    if any(guess.seen.comma for guess in guesses):
        lines += ['decimal = ","  # check: before decimals, not between thousands?']
    return lines


def _line(line: dict[str, object] | None) -> list[str]:
    if line is None:
        return []
    note = "# check: a placeholder from this file, not a poverty line. Put the official one, in the unit of the column."
    return ["", note, "[line]", *(f"{key} = {_value(value)}" for key, value in line.items())]


def _column(guess: Guess, key: str) -> list[str]:
    lines = [f"# {_one_line(seen_in_words(guess))}"]
    lines += [f"# check: {_one_line(check)}" for check in guess.checks]
    if guess.seen.odd:
        return [f"# {_one_line(guess.name)}: left out.", *lines]
    lines += [f"[columns.{_quoted(key)}]", *(f"{name} = {_value(value)}" for name, value in _settings(guess, key))]
    # Rules for what nobody uses would only set rows aside.
    if guess.codes and guess.role != "ignored":
        lines += [f"[columns.{_quoted(key)}.codes]", *(f"{_quoted(code)} = {_text(code)}" for code in guess.codes)]
    return lines


def _settings(guess: Guess, key: str) -> list[tuple[str, object]]:
    """Return the settings of a column that are not as they would be without a word."""
    wanted: dict[str, object] = {"type": guess.type, "role": guess.role}
    optional: dict[str, object] = {
        "source": [guess.name] if key != guess.name else [], "yes": [text.lower() for text in guess.yes],
        "no": [text.lower() for text in guess.no], "missing": list(guess.missing), "date_format": guess.date_format,
        "known": "later" if guess.later else "", "privacy": "identifier" if guess.private else "",
    }  # fmt: skip
    wanted |= {name: value for name, value in optional.items() if value}
    bounded = guess.minimum is not None and guess.type in ("integer", "number") and guess.role != "ignored"
    wanted |= {"minimum": guess.minimum} if bounded else {}
    wanted |= {"feature": True} if guess.feature else {}
    wanted |= {} if guess.required else {"required": False}
    return list(wanted.items())


def seen_in_words(guess: Guess) -> str:
    """Say what was seen in a column; never a value of one that names persons."""
    seen = guess.seen
    share = seen.missing_share
    gone = "none missing" if share == 0 else "all missing" if share == 1 else f"{share:.1%} missing"
    return f"{seen.n_distinct:,} distinct, {gone}" + (f"; {guess.why}" if guess.why else "")


def _key(name: str, used: set[str]) -> str:
    """Return a plain name for a column: its own where that is plain, else one that no other column has."""
    if re.fullmatch(PLAIN, name):
        return name
    plain = re.sub(r"\W+", "_", name.lower()).strip("_") or "column"
    key, number = plain, 2
    while key.casefold() in used:
        key, number = f"{plain}_{number}", number + 1
    used.add(key.casefold())
    return key


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_text(str(item)) for item in value) + "]"
    return f"{value:.12g}" if isinstance(value, int | float) else _text(str(value))


def _text(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text.encode("utf-8", "replace").decode("utf-8"))
