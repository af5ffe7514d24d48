"""Text is read in the encoding that it is in, or refused by its line with the two likeliest named."""

from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError, UsageError
from graduation.io import read_registry
from graduation.io.encodings import as_utf8, likeliest
from graduation.schema import Dictionary

TEXT = "hid,name\na,Désa Pérez\nb,“Ngémplak” – Köln\n"


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {"hid": {"name": "hid", "type": "text", "role": "id"}, "name": {"name": "name", "type": "text"}}
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})


def names(path: Path, data: bytes, dictionary: Dictionary, encoding: str | None = None) -> list[str]:
    path.write_bytes(data)
    return list(read_registry(path, schema=dictionary, encoding=encoding).households["name"])


EXPECTED = ["Désa Pérez", "“Ngémplak” – Köln"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_tell_the_encoding(tmp_path: Path, dictionary: Dictionary, encoding: str) -> None:
    assert names(tmp_path / "a.csv", TEXT.encode(encoding), dictionary) == EXPECTED


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "utf-16-le", "utf-16-be", "CP1252"])
def test_a_stated_encoding_is_used(tmp_path: Path, dictionary: Dictionary, encoding: str) -> None:
    assert names(tmp_path / "a.csv", TEXT.encode(encoding), dictionary, encoding) == EXPECTED
    stated = dictionary.model_copy(update={"encoding": encoding})
    assert names(tmp_path / "b.csv", TEXT.encode(encoding), stated) == EXPECTED


def test_what_is_not_utf8_is_refused_with_its_line_and_the_likeliest(tmp_path: Path, dictionary: Dictionary) -> None:
    with pytest.raises(DataError, match=r"line 2 is not UTF-8 .*likeliest is cp1252, then"):
        names(tmp_path / "a.csv", TEXT.encode("cp1252"), dictionary)
    with pytest.raises(DataError, match="NUL byte; likeliest is utf-16-be or utf-16-le"):
        names(tmp_path / "a.csv", b"\0h\0i\0d\0\n\0a\0\n", dictionary)


def test_a_wrong_statement_is_refused(tmp_path: Path, dictionary: Dictionary) -> None:
    with pytest.raises(DataError, match="it is UTF-8, and cp1252 is stated"):
        names(tmp_path / "a.csv", TEXT.encode(), dictionary, "cp1252")
    with pytest.raises(DataError, match="line 2 is not ascii"):
        names(tmp_path / "a.csv", TEXT.encode("cp1252"), dictionary, "ascii")
    with pytest.raises(UsageError, match="no encoding is called 'utf-9'"):
        names(tmp_path / "a.csv", TEXT.encode(), dictionary, "utf-9")


def test_a_character_cut_at_the_border_of_two_pieces_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graduation.io.encodings.CHUNK", 3)
    assert as_utf8("aéé“”é".encode(), Path("a.csv")) == "aéé“”é".encode()
    with pytest.raises(DataError, match="line 2"):
        as_utf8("aéé\nb“”".encode() + b"\xe2\x80", Path("a.csv"))


@pytest.mark.parametrize(
    ("start", "said"), [(b"PK\x03\x04", "zip"), (b"\xd0\xcf\x11\xe0", "old or password"), (b"PAR1", "Parquet")]
)
def test_files_of_another_kind_are_named(tmp_path: Path, dictionary: Dictionary, start: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        names(tmp_path / "a.csv", start + b"\0" * 20, dictionary)


def test_the_likeliest_of_dos_text() -> None:
    assert "cp850" in likeliest("Désa Pérez à côté".encode("cp850"))
