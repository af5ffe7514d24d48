"""Bytes of a text file as UTF-8, or one clear sentence on why not."""

from __future__ import annotations

import codecs
from pathlib import Path

from graduation.errors import DataError, Problem, UsageError

BYTE_ORDER_MARK = codecs.BOM_UTF8
MARKED = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What text files of Indonesian offices that are not UTF-8 are written in, the likeliest first.
CANDIDATES = ("cp1252", "latin-1", "cp850", "mac-roman")
WIDE = ("utf-16-le", "utf-16-be")
CHUNK = 1 << 24
SAID = "a UTF-8 text file, or a stated encoding"
REMEDY = 'Export it again as "CSV UTF-8", or state {} as encoding in the dictionary (--encoding, encoding=).'
# How files of other kinds start, whatever their name says.
OTHER_KINDS = {
    b"PK\x03\x04": "a zip file such as an Excel workbook (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Office file (.xls)",
    b"PAR1": "a Parquet file (.parquet)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
    b"$FL2": "an SPSS file (.sav)",
    b"$FL3": "an SPSS file (.zsav)",
    b"<stata_dta>": "a Stata file (.dta)",
}


def refuse_other_kind(start: bytes, path: Path, kind: str, own: tuple[bytes, ...] = ()) -> None:
    """Raise when the first bytes are those of another kind of file."""
    for mark, name in OTHER_KINDS.items():
        if start.startswith(mark) and mark not in own:
            remedy = "Give it the ending of its kind, or export it again."
            raise DataError(str(path), [Problem(f"cannot be read: it is {name}", f"a {kind} file", remedy)])


def as_utf8(data: bytes, path: Path, encoding: str | None = None) -> bytes:
    """Return the text as UTF-8 without byte order marks, one line end per line.

    Raises
    ------
    UsageError
        When the encoding stated does not exist.
    DataError
        When the text is in another encoding than stated (by default UTF-8, or UTF-16 with its mark), or holds NUL.
    """
    refuse_other_kind(data[:16], path, "csv")
    stated, sure = encoding_of(data, encoding)
    if stated is not None:
        data = _decoded(data, stated, path, sure=sure).encode()
    else:
        refuse_other_bytes(data, path)
    refuse_nul(data, path)
    # Files put one after the other keep the mark of each.
    data = data.replace(BYTE_ORDER_MARK, b"") if BYTE_ORDER_MARK in data else data
    return plain_lines(data)


def encoding_of(start: bytes, encoding: str | None) -> tuple[str | None, bool]:
    """Return the encoding of a text that starts so, None for UTF-8, and whether its mark makes that sure."""
    marked = next((name for mark, name in MARKED.items() if start.startswith(mark)), None)
    stated = marked or _known(encoding)
    return (None if stated in (None, "utf-8") else stated), marked is not None


def plain_lines(data: bytes) -> bytes:
    """Return text with one kind of line end, where it has several."""
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _known(encoding: str | None) -> str | None:
    try:
        return None if encoding is None else codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    except LookupError:
        raise UsageError(f"no encoding is called '{encoding}'; well-known are utf-8, {', '.join(CANDIDATES)}") from None


def _decoded(data: bytes, encoding: str, path: Path, *, sure: bool) -> str:
    if not sure and not data.isascii() and b"\0" not in data and _first_fault(data) is None:
        refuse_utf8(encoding, path)
    try:
        text = data.decode(encoding)
        if sure and "\n" not in text and "\r" not in text:
            found = f"cannot be read: it starts as {encoding}, and has no line in it"
            raise DataError(str(path), [Problem(found, SAID, REMEDY.format("its encoding"))])
        return text
    except (UnicodeDecodeError, UnicodeError) as error:
        raise _not_in(encoding, data, getattr(error, "start", 0), path) from None


def decoded_or_refuse(decoder: codecs.IncrementalDecoder, block: bytes, path: Path, lines: int) -> str:
    """Return a block of a text that goes on after so many lines; an empty block is its end."""
    held = decoder.getstate()[0]
    try:
        return decoder.decode(block, final=not block)
    except UnicodeDecodeError as error:
        raise _not_in(error.encoding, held + block, error.start, path, lines) from None


def refuse_utf8(encoding: str, path: Path) -> None:
    """Raise for a text that is UTF-8 where another encoding is stated."""
    found = f"cannot be read: it is UTF-8, and {encoding} is stated"
    raise DataError(str(path), [Problem(found, f"a text in {encoding}", "Leave the encoding out.")])


def _not_in(encoding: str, data: bytes, place: int, path: Path, lines: int = 0) -> DataError:
    line = lines + data.count(b"\n", 0, place) + 1
    byte = f" (byte 0x{data[place]:02x})" if place < len(data) else ""
    found = f"cannot be read: line {line} is not {encoding}{byte}"
    remedy = REMEDY.format(" or ".join(f"'{name}'" for name in likeliest(data)))
    return DataError(str(path), [Problem(found, f"a text in {encoding}", remedy)])


def refuse_other_bytes(data: bytes, path: Path, lines: int = 0) -> None:
    """Raise when a text, or a block of it after so many lines, is not UTF-8."""
    place = _first_fault(data)
    if place is None:
        return
    line = lines + data.count(b"\n", 0, place) + 1
    first, second = likeliest(data)
    found = f"cannot be read: line {line} is not UTF-8 (byte 0x{data[place]:02x}); likeliest is {first}, then {second}"
    raise DataError(str(path), [Problem(found, SAID, REMEDY.format(f"'{first}' or '{second}'"))])


def _first_fault(data: bytes) -> int | None:
    """Return where the text stops to be UTF-8; piece by piece, for the text itself is not kept."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    for start in range(0, len(data), CHUNK):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + CHUNK], final=start + CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start - held + error.start
    return None


def likeliest(data: bytes) -> tuple[str, str]:
    """Return the two encodings in which the text most looks like one.

    >>> likeliest("Desa Pérez – ’ok’".encode("cp1252"))[0]
    'cp1252'
    """
    odd = bytes(data[: 1 << 20])
    if odd.count(0) > len(odd) / 5:
        little = odd[1::2].count(0) >= odd[::2].count(0)
        return (WIDE[0], WIDE[1]) if little else (WIDE[1], WIDE[0])
    beyond = bytes(byte for byte in odd if byte > 127)[: 1 << 14]
    ranked = sorted(CANDIDATES, key=lambda name: -_letters(beyond.decode(name, errors="replace")))
    return ranked[0], ranked[1]


def _letters(text: str) -> int:
    """Return how many characters are those of Latin text."""
    return sum(letter.isalpha() or letter in "’‘“”–—°…€" for letter in text)


def refuse_nul(data: bytes, path: Path, lines: int = 0) -> None:
    """Raise when a text, or a block of it after so many lines, holds a NUL byte."""
    if (place := data.find(b"\0")) < 0:
        return
    line = lines + data.count(b"\n", 0, place) + 1
    found = f"cannot be read: line {line} holds a NUL byte"
    wide = data.count(b"\0") > len(data) / 5
    hint = f"; likeliest is {' or '.join(likeliest(data))}" if wide else ""
    raise DataError(str(path), [Problem(found + hint, SAID, REMEDY.format("its encoding"))])
