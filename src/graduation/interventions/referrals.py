"""What a household may be entitled to elsewhere, told beside whatever it is offered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from graduation.interventions.eligibility import (
    FAILS,
    HOLDS,
    NOT_KNOWN,
    UNKNOWN,
    Answers,
    check_conditions,
    patterns,
    to_verify,
    verdict,
)
from graduation.interventions.programme import Programme, Referral
from graduation.schema import Language

RAISE, VERIFY = "raise", "verify"


class _Told(NamedTuple):
    """What one referral says: a status and a text per pattern of answers, and the pattern of each household."""

    status: np.ndarray
    texts: np.ndarray
    where: np.ndarray


def referrals_of(households: pd.DataFrame, programme: Programme, language: Language = "en") -> pd.Series:
    """Return what to raise with each household, "" where nothing; several are joined by "; ".

    Referrals cost the budget nothing, stand beside any arm and never take one away. Where a rule cannot be told because
    a value is missing, the text says what to verify.

    Parameters
    ----------
    households : DataFrame
        With the columns that the rules of the programme's referrals read.
    programme : Programme
    language : {"en", "id"}

    Returns
    -------
    Series of str
        Indexed as `households`.

    Raises
    ------
    DataError
        When a rule reads a column that is not there and not optional, or of another kind; all problems are told.

    Examples
    --------
    >>> aid = Referral(name="school", text="PIP for the children", rules=[
    ...     {"column": "n_children_school_age", "at_least": 1, "reason": "no child of school age"}])
    >>> from graduation.interventions.programme import Intervention
    >>> programme = Programme(name="demo", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="example",
    ...     interventions=[Intervention(name="cash", cost_idr=1, effect=0.01)], referrals=[aid])
    >>> referrals_of(pd.DataFrame({"n_children_school_age": [2, 0, None]}), programme).tolist()
    ['PIP for the children', '', 'school: n_children_school_age unknown: verify']
    """
    told = _tell(households, programme, language)
    together = np.zeros(len(households), dtype=np.int64)
    for one in told:
        together = pd.factorize(together * max(len(one.texts), 1) + one.where)[0]
    first = _first_of(together)
    texts = ["; ".join(text for one in told if (text := one.texts[one.where[row]])) for row in first]
    return pd.Series(_taken(texts, together), index=households.index, name="referrals")


def referral_table(households: pd.DataFrame, programme: Programme, language: Language = "en") -> pd.DataFrame:
    """Return one row per household and referral that is raised or to be verified, in the order of the households.

    Columns: `household_id`, `referral`, `label`, `status` ("raise" or "verify") and `text`. Raises as `referrals_of`.
    """
    told = _tell(households, programme, language)
    names = ["household_id", "referral", "label", "status", "text"]
    if not told or households.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    start = np.cumsum([0, *(len(one.texts) for one in told)])[:-1]
    code = np.column_stack([one.where for one in told]) + start
    status = np.concatenate([one.status for one in told])[code]
    row, which = np.nonzero(status != FAILS)
    columns = [
        households.index.take(row),
        _taken([one.name for one in programme.referrals], which),
        _taken([one.title(language) for one in programme.referrals], which),
        _taken([RAISE, VERIFY], (status[row, which] == NOT_KNOWN).astype(int)),
        _taken([text for one in told for text in one.texts], code[row, which]),
    ]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _tell(households: pd.DataFrame, programme: Programme, language: Language) -> list[_Told]:
    check_conditions(households, programme.referrals, programme.name)
    told = []
    for referral in programme.referrals:
        found, where = patterns(households, referral.conditions)
        status = [_status(referral, answers) for answers in found]
        texts = [_text(referral, answers, one, language) for answers, one in zip(found, status, strict=True)]
        told.append(_Told(np.array(status, dtype=np.int64), np.array(texts, dtype=object), where))
    return told


def _status(referral: Referral, answers: Answers) -> int:
    verdicts = {verdict(rule, answers) for rule in referral.rules}
    return FAILS if FAILS in verdicts else NOT_KNOWN if NOT_KNOWN in verdicts else HOLDS


def _text(referral: Referral, answers: Answers, status: int, language: Language) -> str:
    if status == FAILS:
        return ""
    if status == HOLDS:
        return referral.text.text(language)
    open_rules = [rule for rule in referral.rules if verdict(rule, answers) == NOT_KNOWN]
    columns = dict.fromkeys(column for rule in open_rules for column in to_verify(rule, answers))
    return f"{referral.title(language)}: {', '.join(columns)} {UNKNOWN[language]}"


def _taken(texts: list[str], code: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return the text of each code; each text is stored once, for there are few and many households."""
    return pd.array(texts, dtype="str").take(code)


def _first_of(code: np.ndarray) -> np.ndarray:
    """Return the first row of each code 0, 1, 2 ... that occurs."""
    first = np.zeros(code.max() + 1 if len(code) else 0, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first
