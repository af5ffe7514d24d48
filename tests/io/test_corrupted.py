"""A thousand spoilt files: each ends in a clear message or in rows set aside, never in a traceback or a wrong table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from graduation.errors import DataError, UsageError
from graduation.io import read_registry
from graduation.schema import Dictionary, Registry
from tests.io.corrupter import KINDS, Case, corrupted, dictionary

FILES = 1_000
# Files of one test; kinds take turns, so each test meets every kind.
AT_ONCE = len(KINDS)
# Words of programmers, not of people.
NOT_SAID = ("Traceback", "NoneType", "has no attribute", "ArrowInvalid", "KeyError", "dtype", "0x0", "unhashable")


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
def test_no_spoilt_file_becomes_a_wrong_table(tmp_path: Path, first: int) -> None:
    schema = dictionary()
    for seed in range(first, min(first + AT_ONCE, FILES)):
        case = corrupted(seed)
        path = tmp_path / f"{seed}{case.suffix}"
        path.write_bytes(case.content)
        where = f"seed {seed}: {KINDS[seed % len(KINDS)].__name__} {case.kind}"
        read = read_or_refusal(path, schema, case)
        if isinstance(read, str):
            assert_clear(read, path, where)
            assert not case.reads, f"{where} was refused: {read}"
        else:
            assert_true(read.households, case, where)
            assert len(read.households) + read.n_rejected >= case.total, f"{where}: rows were lost"
            assert case.rows <= set(read.rejected["row"]), f"{where}: a spoilt row is not set aside"


def read_or_refusal(path: Path, schema: Dictionary, case: Case) -> Registry | str:
    """Return the registry, or the message that refuses the file; any other error is a bug."""
    try:
        return read_registry(path, schema=schema, max_rejected=1.0, **case.options)
    except (DataError, UsageError) as error:
        return str(error)


def assert_clear(message: str, path: Path, where: str) -> None:
    """A message names the file, and speaks of it in words."""
    assert str(path) in message, where
    assert not [word for word in NOT_SAID if word in message], f"{where}: {message}"
    assert len(message) > len(str(path)) + 20, where


def assert_true(households: pd.DataFrame, case: Case, where: str) -> None:
    """What is accepted is the truth, cell by cell, and nothing spoilt is in it."""
    assert set(households.index) <= set(case.truth.index), f"{where}: an id that nobody has"
    assert not set(households.index) & case.spoilt, f"{where}: a spoilt row was accepted"
    pd.testing.assert_frame_equal(households[case.truth.columns], case.truth.loc[households.index], obj=where)
    if case.reads:
        lost = set(case.truth.index) - case.spoilt - set(households.index)
        assert not lost, f"{where}: true rows were set aside"
