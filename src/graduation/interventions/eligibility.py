"""Whom an arm or a referral suits, by its rules; what is unknown is never taken as satisfied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, nearest
from graduation.interventions.programme import Intervention, Programme
from graduation.interventions.rules import Condition, Rule, Ruled
from graduation.schema import Language

HOLDS, FAILS, NOT_KNOWN = range(3)
UNKNOWN = {"en": "unknown: verify", "id": "tidak diketahui: periksa"}
Answers = dict[Condition, int]


def check_columns(households: pd.DataFrame, programme: Programme) -> None:
    """Raise DataError when a rule of an arm names a column that is not there, or cannot be compared with its values."""
    check_conditions(households, programme.interventions, programme.name)


def check_conditions(households: pd.DataFrame, offers: Sequence[Ruled], programme: str) -> None:
    """Raise DataError when a rule of arms or referrals cannot be asked of these households; all problems are told."""
    problems: dict[str, Problem] = {}
    for offer in offers:
        for condition in offer.conditions:
            who = f"a rule of '{offer.name}' in programme '{programme}'"
            for column in condition.columns:
                problem = _problem(households, column, condition, who)
                if problem:
                    problems.setdefault(column, problem)
    if problems:
        raise DataError("households", list(problems.values()))


def _problem(households: pd.DataFrame, column: str, condition: Condition, who: str) -> Problem | None:
    if column not in households.columns:
        if condition.optional:
            return None
        names = [str(name) for name in households.columns]
        remedy = nearest(column, names) or "Add the column, or change the rule."
        return Problem("no such column", f"a column that {who} reads", remedy, column=column)
    values = households[column]
    if values.notna().any() and _is_number(values) == condition.is_text:
        remedy = "Read the registry with its dictionary, or change the rule."
        wanted = "text" if condition.is_text else "numbers or yes/no values"
        return Problem(f"holds {values.dtype}", f"{wanted}, which {who} compares", remedy, column=column)
    return None


def _is_number(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return True
    known = values.dropna()
    try:
        known.astype("float64")
    except (TypeError, ValueError):
        return False
    return not pd.api.types.is_string_dtype(known)


def eligibility(
    households: pd.DataFrame, arm: Intervention, language: Language = "en"
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each household may be offered the arm (n,), and the reasons why not (n,), "" where it may."""
    found, where = patterns(households, arm.conditions)
    # Few patterns of answers occur, so verdicts and texts are made once for each and then looked up.
    may = np.array([all(verdict(rule, answers) == HOLDS for rule in arm.rules) for answers in found], dtype=bool)
    texts = np.array([_why_not(arm.rules, answers, language) for answers in found], dtype=object)
    return may[where], texts[where]


def patterns(households: pd.DataFrame, conditions: Sequence[Condition]) -> tuple[list[Answers], np.ndarray]:
    """Return each distinct pattern of answers to the conditions, and which of them every household has (n,)."""
    number = np.zeros(len(households), dtype=np.int64)
    for condition in conditions:
        number = 3 * number + _answers(households, condition)
    where, distinct = pd.factorize(number)
    return [_decoded(int(code), conditions) for code in distinct], where


def _decoded(number: int, conditions: Sequence[Condition]) -> Answers:
    answers: Answers = {}
    for condition in reversed(conditions):
        number, answers[condition] = divmod(number, 3)
    return answers


def verdict(rule: Rule, answers: Answers) -> int:
    """Return whether a rule holds, fails or cannot be told, from the answers to its conditions."""
    given = [answers[condition] for condition in rule.conditions]
    own = HOLDS if HOLDS in given else NOT_KNOWN if NOT_KNOWN in given else FAILS
    if own == NOT_KNOWN and rule.unknown == "allow":
        own = HOLDS
    about = HOLDS if rule.about is None else answers[rule.about]
    if own == HOLDS or about == HOLDS:
        return own
    return HOLDS if about == FAILS or rule.unknown == "allow" else NOT_KNOWN


def to_verify(rule: Rule, answers: Answers) -> list[str]:
    """Return the columns whose missing values leave open whether a rule holds."""
    about = rule.about
    if about is not None and answers[about] == NOT_KNOWN:
        return [about.column]
    open_ones = [condition for condition in rule.conditions if answers[condition] == NOT_KNOWN]
    return [column for condition in open_ones for column in condition.columns]


def _why_not(rules: Sequence[Rule], answers: Answers, language: Language) -> str:
    reasons: list[str] = []
    for rule in rules:
        told = verdict(rule, answers)
        if told == FAILS:
            reasons.append(rule.reason.text(language) or ", ".join(one.column for one in rule.conditions))
        elif told == NOT_KNOWN:
            reasons.extend(f"{column} {UNKNOWN[language]}" for column in to_verify(rule, answers))
    return "; ".join(dict.fromkeys(reasons))


def _answers(households: pd.DataFrame, condition: Condition) -> np.ndarray:
    """Return for each household whether a condition holds, fails or is not known (n,)."""
    if any(column not in households for column in condition.columns):
        return np.full(len(households), NOT_KNOWN)
    values = households[condition.column]
    if condition.is_text:
        code, distinct = pd.factorize(values)
        wanted = {str(cell) for cell in condition.wanted}
        holds = np.array([str(cell) in wanted for cell in distinct] + [False])[code]
        return np.where(code < 0, NOT_KNOWN, np.where(holds, HOLDS, FAILS))
    cells = values.astype("float64").to_numpy(na_value=np.nan)
    other = cells
    if condition.equals_column is not None:
        other = households[condition.equals_column].astype("float64").to_numpy(na_value=np.nan)
    unknown = np.isnan(cells) | np.isnan(other)
    return np.where(unknown, NOT_KNOWN, np.where(_holds(cells, other, condition), HOLDS, FAILS))


def _holds(cells: np.ndarray, other: np.ndarray, condition: Condition) -> np.ndarray:
    if condition.equals_column is not None:
        return np.asarray(cells == other)
    if condition.wanted:
        return np.isin(cells, [float(cell) for cell in condition.wanted])
    low = -np.inf if condition.at_least is None else condition.at_least
    high = np.inf if condition.at_most is None else condition.at_most
    return (cells >= low) & (cells <= high)
