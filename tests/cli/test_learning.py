"""`graduation train --engine dask`: what is passed on, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graduation
from graduation import batch
from graduation.errors import UsageError
from graduation.schema import dictionary_toml


def test_files_are_trained_on_by_the_dictionary_beside_them(
    type_in: Callable[..., tuple[int, str, str]], waves: graduation.Waves, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number, table in enumerate(waves.tables):
        table.head(50).to_parquet(tmp_path / f"wave{number}.parquet", index=False)
    given: dict[str, Any] = {}

    def instead(*sources: Path, **options: Any) -> None:
        given.update(options, sources=sources)
        raise UsageError("far enough")

    monkeypatch.setattr(batch, "train_files", instead)
    words = ("train", "wave0.parquet", "wave1.parquet", "--engine", "dask")
    code, _, err = type_in(*words)
    assert (code, "needs its dictionary" in err) == (2, True)
    (tmp_path / "dictionary.toml").write_text(dictionary_toml(waves.dictionary))
    code, _, err = type_in(*words, "--by", "place", "--share", "0.1", "--fast", "--seed", "4", "--workers", "3")
    assert (code, "far enough" in err) == (2, True)
    assert given["sources"] == (Path("wave0.parquet"), Path("wave1.parquet"), Path("model"))
    assert given["settings"] == batch.FileTraining(share=0.1, fast=True, seed=4, n_workers=3)
    assert given["schema"].fingerprint == waves.dictionary.fingerprint
    assert given["reading"] == {"line_in_place_of": None, "deflators": None}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--engine", "dusk"), "did you mean 'dask'?"),
        (("--scheduler", "tcp://10.0.0.5:8786"), "--scheduler: with --engine dask only"),
        (("--engine", "dask", "--by", "time", "--own-history"), "--by, --own-history: in memory only"),
        (("--engine", "dask", "--deflators", "prices.csv"), "deflators need all rows in memory"),
        (("--engine", "dask", "third.parquet"), "takes two waves"),
    ],
)
def test_what_an_engine_does_not_do_is_refused(
    words: tuple[str, ...], told: str, type_in: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, err = type_in("train", "first.parquet", "second.parquet", *words)
    assert code == 2
    assert told in err
