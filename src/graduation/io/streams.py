"""A text file as UTF-8, block by block, in the memory of a few blocks."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from graduation.errors import DataError
from graduation.io.encodings import (
    BYTE_ORDER_MARK,
    decoded_or_refuse,
    encoding_of,
    plain_lines,
    refuse_nul,
    refuse_other_bytes,
    refuse_other_kind,
    refuse_utf8,
)

BLOCK = 1 << 22
# The longest character of UTF-8 has so many bytes.
LONGEST = 4


def utf8_blocks(path: Path, encoding: str | None = None, *, size: int = BLOCK) -> Iterator[bytes]:
    """Yield the text as `as_utf8` gives it whole: without byte order marks, one line end per line.

    Characters and line ends are never parted between blocks. That a file is UTF-8 where another encoding is stated is
    known at its end only.

    Raises
    ------
    UsageError
        When the encoding stated does not exist.
    DataError
        When the text is in another encoding than stated (by default UTF-8, or UTF-16 with its mark), or holds NUL.
    """
    with path.open("rb") as file:
        start = file.read(16)
        refuse_other_kind(start, path, "csv")
        stated, sure = encoding_of(start, encoding)
        file.seek(0)
        raw = iter(lambda: file.read(size), b"")
        yield from _cleaned(
            _told_in_utf8(raw, path) if stated is None else _decoded(raw, stated, path, sure=sure), path
        )


def _cleaned(blocks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Yield blocks without byte order marks and with one line end per line; a line end is never parted."""
    held, lines = b"", 0
    for block in blocks:
        refuse_nul(block, path, lines)
        lines += block.count(b"\n")
        whole = held + block
        held = b"\r" if whole.endswith(b"\r") else b""
        whole = whole[: len(whole) - len(held)]
        # Files put one after the other keep the mark of each.
        whole = whole.replace(BYTE_ORDER_MARK, b"") if BYTE_ORDER_MARK in whole else whole
        if whole:
            yield plain_lines(whole)
    if held:
        yield b"\n"


def _told_in_utf8(raw: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Yield blocks that are whole characters of UTF-8."""
    held, lines = b"", 0
    for block in raw:
        whole = held + block
        end = len(whole) if whole.isascii() else _last_whole(whole)
        whole, held = whole[:end], whole[end:]
        refuse_other_bytes(whole, path, lines)
        lines += whole.count(b"\n")
        yield whole
    refuse_other_bytes(held, path, lines)
    yield held


def _last_whole(text: bytes) -> int:
    """Return where the last character ends that is there as a whole."""
    for back in range(1, min(LONGEST, len(text)) + 1):
        byte = text[-back]
        if byte & 0xC0 != 0x80:
            wanted = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(text) - back if wanted > back else len(text)
    return len(text)


def _decoded(raw: Iterator[bytes], encoding: str, path: Path, *, sure: bool) -> Iterator[bytes]:
    """Yield blocks of another encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    also = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_ascii, lines = not sure, True, 0
    for block in raw:
        is_ascii = is_ascii and block.isascii()
        is_utf8 = is_utf8 and _goes_on(also, block)
        try:
            text = decoded_or_refuse(decoder, block, path, lines)
        except DataError:
            if is_utf8 and not is_ascii:
                refuse_utf8(encoding, path)
            raise
        lines += text.count("\n")
        yield text.encode()
    decoded_or_refuse(decoder, b"", path, lines)
    if is_utf8 and not is_ascii:
        refuse_utf8(encoding, path)


def _goes_on(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True
