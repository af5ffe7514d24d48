"""Whom an arm suits, by its rules; what is unknown is never taken as satisfied."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, nearest
from graduation.interventions.programme import Intervention, Programme, Rule
from graduation.schema import Language

HOLDS, FAILS, NOT_KNOWN, NOT_KNOWN_WHEN = range(4)
UNKNOWN = {"en": "unknown: verify", "id": "tidak diketahui: periksa"}


def check_columns(households: pd.DataFrame, programme: Programme) -> None:
    """Raise DataError when a rule names a column that the households lack, or cannot be compared with its values."""
    problems: dict[str, Problem] = {}
    for arm in programme.interventions:
        for rule in arm.rules:
            for part in filter(None, (rule, rule.about)):
                problem = _problem(households, part, f"a rule of '{arm.name}' in programme '{programme.name}'")
                if problem:
                    problems.setdefault(part.column, problem)
    if problems:
        raise DataError("households", list(problems.values()))


def _problem(households: pd.DataFrame, rule: Rule, who: str) -> Problem | None:
    if rule.column not in households.columns:
        names = [str(name) for name in households.columns]
        remedy = nearest(rule.column, names) or "Add the column, or change the rule."
        return Problem("no such column", f"a column that {who} reads", remedy, column=rule.column)
    values = households[rule.column]
    if values.notna().any() and not _comparable(values, rule):
        remedy = "Read the registry with its dictionary, or change the rule."
        wanted = "numbers or yes/no values" if _numeric_rule(rule) else "text"
        return Problem(f"holds {values.dtype}", f"{wanted}, which {who} compares", remedy, column=rule.column)
    return None


def _numeric_rule(rule: Rule) -> bool:
    cells = rule.one_of if rule.one_of is not None else (rule.equals,)
    return not any(isinstance(cell, str) for cell in cells)


def _comparable(values: pd.Series, rule: Rule) -> bool:
    try:
        values.dropna().astype("float64")
        is_number = not pd.api.types.is_string_dtype(values.dropna())
    except (TypeError, ValueError):
        is_number = False
    return is_number == _numeric_rule(rule)


def eligibility(
    households: pd.DataFrame, arm: Intervention, language: Language = "en"
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each household may be offered the arm (n,), and the reasons why not (n,), "" where it may."""
    pattern = np.zeros(len(households), dtype=np.int64)
    for rule in arm.rules:
        pattern = 4 * pattern + _verdict(households, rule)
    # Few patterns of verdicts occur, so the texts are built once for each and then looked up.
    found, where = np.unique(pattern, return_inverse=True)
    texts = np.array([_why_not(int(code), arm.rules, language) for code in found], dtype=object)
    return pattern == HOLDS, texts[where] if len(found) else np.empty(0, dtype=object)


def _verdict(households: pd.DataFrame, rule: Rule) -> np.ndarray:
    """Return where the rule holds, fails, or cannot be told for its own value or for whom it is about."""
    own = _plain_verdict(households[rule.column], rule)
    if rule.about is None:
        return own
    about = _plain_verdict(households[rule.about.column], rule.about)
    unsure = np.where(own == HOLDS, HOLDS, NOT_KNOWN_WHEN)
    return np.select([about == HOLDS, about == FAILS], [own, np.full(len(own), HOLDS)], unsure)


def _plain_verdict(values: pd.Series, rule: Rule) -> np.ndarray:
    unknown = values.isna().to_numpy()
    if _numeric_rule(rule):
        cells = values.astype("float64").to_numpy(na_value=np.nan)
        holds = _numeric_holds(cells, rule)
    else:
        wanted = rule.one_of if rule.one_of is not None else (rule.equals,)
        holds = values.astype("object").astype(str).isin([str(cell) for cell in wanted]).to_numpy()
    return np.where(unknown, NOT_KNOWN, np.where(holds, HOLDS, FAILS))


def _numeric_holds(cells: np.ndarray, rule: Rule) -> np.ndarray:
    if rule.equals is not None:
        return np.asarray(cells == float(rule.equals))
    if rule.one_of is not None:
        return np.isin(cells, [float(cell) for cell in rule.one_of])
    low = -np.inf if rule.at_least is None else rule.at_least
    high = np.inf if rule.at_most is None else rule.at_most
    return (cells >= low) & (cells <= high)


def _why_not(code: int, rules: tuple[Rule, ...], language: Language) -> str:
    reasons = []
    for rule in reversed(rules):
        code, verdict = divmod(code, 4)
        if verdict == FAILS:
            reasons.append(rule.reason.text(language) or rule.column)
        elif verdict != HOLDS:
            asked = rule.about if verdict == NOT_KNOWN_WHEN and rule.about else rule
            reasons.append(f"{asked.column} {UNKNOWN[language]}")
    return "; ".join(dict.fromkeys(reversed(reasons)))
