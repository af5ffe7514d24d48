"""Whom an arm suits, by its rules; what is unknown is never taken as satisfied."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, nearest
from graduation.interventions.programme import Intervention, Programme, Rule
from graduation.schema import Language

UNKNOWN = {"en": "unknown: verify", "id": "tidak diketahui: periksa"}


def check_columns(households: pd.DataFrame, programme: Programme) -> None:
    """Raise DataError when a rule names a column that the households lack, or cannot be compared with its values."""
    problems: dict[str, Problem] = {}
    for arm in programme.interventions:
        for rule in arm.rules:
            problem = _problem(households, rule, f"a rule of '{arm.name}' in programme '{programme.name}'")
            if problem:
                problems.setdefault(rule.column, problem)
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
        pattern = 3 * pattern + _verdict(households[rule.column], rule)
    # Few patterns of verdicts occur, so the texts are built once for each and then looked up.
    found, where = np.unique(pattern, return_inverse=True)
    texts = np.array([_why_not(int(code), arm.rules, language) for code in found], dtype=object)
    return pattern == 0, texts[where] if len(found) else np.empty(0, dtype=object)


def _verdict(values: pd.Series, rule: Rule) -> np.ndarray:
    """Return 0 where the rule holds, 1 where it fails, 2 where the value is unknown."""
    unknown = values.isna().to_numpy()
    if _numeric_rule(rule):
        cells = values.astype("float64").to_numpy(na_value=np.nan)
        holds = _numeric_holds(cells, rule)
    else:
        wanted = rule.one_of if rule.one_of is not None else (rule.equals,)
        holds = values.astype("object").astype(str).isin([str(cell) for cell in wanted]).to_numpy()
    return np.where(unknown, 2, np.where(holds, 0, 1))


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
        code, verdict = divmod(code, 3)
        if verdict == 1:
            reasons.append(rule.reason.text(language) or rule.column)
        elif verdict == 2:
            reasons.append(f"{rule.column} {UNKNOWN[language]}")
    return "; ".join(dict.fromkeys(reversed(reasons)))
