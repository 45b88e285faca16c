"""Bytes to text for exports whose encoding is another than UTF-8, or several mixed in one file."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from data.store import Unreadable

_FRENCH = frozenset("àâäæçéèêëîïôœùûüÿÀÂÄÆÇÉÈÊËÎÏÔŒÙÛÜŸ")
# cp850 letters whose byte is common punctuation in cp1252: the letters around decide.
_AFTER_A_LETTER = frozenset(b"\x93\x96\x97")  # “ or ô, – or û, — or ù
_PUNCTUATION = frozenset(b"\x91\x92\x94\x95\x98\x99\x9a\x9b\x9f\xd7")


ANY_ENCODING = ("utf-8", "cp1252", "cp850")
"""What French exports are written in, even mixed in one line."""
LONGEST_LINE = 1 << 26
"""Bytes: a longer line is no row of a table, and would fill the memory."""

_BLOCK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# é ç ê è ï â ë as cp850 writes them, of which cp1252 makes signs that a text hardly has; and é è ê ë à â ç î ï É È À Ç
# as cp1252 writes them, which are frames and other tongues in cp850.
_CP850_LETTERS = b"\x82\x87\x88\x8a\x8b\x83\x89"
_CP1252_LETTERS = b"\xe9\xe8\xea\xeb\xe0\xe2\xe7\xee\xef\xc9\xc8\xc0\xc7"


def encodings_of(path: Path) -> tuple[str, ...]:
    """UTF-8 when the whole file is, which reads fastest, or UTF-16 when it begins so; else cp850 (with the euro: cp858)
    when every accent is, else the three that French exports mix."""
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    dos = windows = 0
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return ("utf-16",)
        file.seek(0)
        while block := file.read(_BLOCK):
            try:
                if plain:
                    decoder.decode(block)
            except UnicodeDecodeError:
                plain = False
            if not plain:  # only then are single bytes letters
                dos += len(block) - len(block.translate(None, _CP850_LETTERS))
                windows += len(block) - len(block.translate(None, _CP1252_LETTERS))
    try:
        if plain:
            decoder.decode(b"", final=True)
            return ("utf-8",)
    except UnicodeDecodeError:
        return ANY_ENCODING
    return ("cp858",) if dos and not windows and not _holds_utf8(path) else ANY_ENCODING


def _holds_utf8(path: Path) -> bool:
    """Whether some line is in UTF-8 and not in plain ASCII: then the others are not of one encoding."""
    for line in _byte_lines(path):
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            return True
    return False


def is_plain(path: Path) -> bool:
    """Whether the bytes of a file are those of a text that other readers take too: no NUL, lines that end in LF."""
    lines = False
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return False
        file.seek(0)
        while block := file.read(_BLOCK):
            if b"\0" in block:
                return False
            lines = lines or b"\n" in block or b"\r" not in block
    return lines


def decode_line(line: bytes, encodings: Sequence[str]) -> str:
    """`line` as text: in the first encoding and, byte by byte where that fails, in the others.

    Raises UnicodeDecodeError when there is one encoding and it does not fit.
    """
    try:
        return line.decode(encodings[0])
    except UnicodeDecodeError:
        if len(encodings) == 1:
            raise
    return "".join(_pieces(line, encodings))


def _pieces(line: bytes, encodings: Sequence[str]) -> Iterator[str]:
    position = 0
    while position < len(line):
        try:
            yield line[position:].decode(encodings[0])
            return
        except UnicodeDecodeError as error:
            start, end = position + error.start, position + error.end
            yield line[position:start].decode(encodings[0])
            for index in range(start, end):
                yield _one_byte(line, index, encodings[1:])
            position = end


def _one_byte(line: bytes, index: int, encodings: Sequence[str]) -> str:
    """One byte that is not UTF-8: the reading that gives a letter used in French, else the first that exists.

    Programs of the same shop wrote cp1252 (0xE9 is é) and cp850 (0x82 is é) into the same lines. Most bytes
    are a French letter in one of the two only; a few are a letter in one and punctuation in the other, so
    0x80 is € after a figure but Ç before a letter, 0x85 is an ellipsis after a letter but à on its own.
    """
    byte = line[index : index + 1]
    readings = [reading for encoding in encodings if (reading := byte.decode(encoding, "ignore"))]
    letters = [reading for reading in readings if reading in _FRENCH]
    if not letters or (readings[0] == letters[0] and byte != b"\x8c"):
        return readings[0] if readings else "\N{REPLACEMENT CHARACTER}"
    before = _is_letter(line[index - 1 : index]) if index else False
    following = line[index + 1 : index + 2]
    after = _is_letter(following)
    match byte[0]:
        case 0x80:
            wanted = after
        case 0x85:
            wanted = after or not before
        case 0x8C:  # Œ before a capital, î otherwise
            return letters[0] if following.isupper() else letters[-1]
        case code if code in _AFTER_A_LETTER:
            wanted = before
        case code if code in _PUNCTUATION:
            wanted = before and after and code != 0x92
        case _:
            wanted = True
    return letters[0] if wanted else readings[0]


def _is_letter(byte: bytes) -> bool:
    return byte.isalpha() or byte >= b"\x80"


def known_encodings(encodings: Sequence[str]) -> tuple[str, ...]:
    """The same names, checked; raises Unreadable for a name Python does not know."""
    for encoding in encodings:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise Unreadable(f"unknown encoding {encoding!r}: try utf-8, cp1252 or cp850") from None
    return tuple(encodings)


def text_lines(path: Path, encodings: Sequence[str]) -> Iterator[str]:
    """The lines of a file as text, their ends kept, without the byte-order mark; UTF-16 where the file says so.

    Raises Unreadable for a byte that is not of the one encoding given, and for a line without end.
    """
    with path.open("rb") as file:
        wide = file.read(2) in _UTF16
    if wide:
        yield from _wide_lines(path)
        return
    for number, line in enumerate(_byte_lines(path), start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            yield decode_line(line, encodings)
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"{path.name}, line {number}: byte 0x{line[error.start]:02X} is not {encodings[0]}. "
                'Save the file as UTF-8, or import it with a mapping whose encoding is "cp1252", or '
                '["utf-8", "cp1252", "cp850"] when they are mixed.'
            ) from None


def _wide_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-16", newline="") as file:
        try:
            for number in itertools.count(1):
                line = file.readline(LONGEST_LINE)
                if not line:
                    return
                _bounded(path, number, len(line))
                yield line
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"{path.name} begins as UTF-16 and goes on otherwise ({error}); save it as UTF-8"
            ) from None


def _byte_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file with their ends: LF, or CR in a file that has no LF."""
    with path.open("rb") as file:
        head = file.read(_BLOCK)
        file.seek(0)
        if b"\r" in head and b"\n" not in head:
            yield from _old_lines(path, file)
            return
        for number in itertools.count(1):
            line = file.readline(LONGEST_LINE)
            if not line:
                return
            _bounded(path, number, len(line))
            yield line


def _old_lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """Lines that end in CR, as Excel for Mac still writes them."""
    rest, number = b"", 0
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\r")
        for line in whole:
            number += 1
            yield line + b"\n"
        _bounded(path, number + 1, len(rest))
    if rest:
        yield rest


def _bounded(path: Path, number: int, length: int) -> None:
    if length >= LONGEST_LINE:
        raise Unreadable(
            f"{path.name}, line {number} has more than {LONGEST_LINE >> 20} MB: this is no table of one row a line. "
            "Export it again as CSV, or as JSON with one object a line"
        )
