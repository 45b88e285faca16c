"""Bytes to text for exports whose encoding is another than UTF-8, or several mixed in one file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.store import Unreadable

_FRENCH = frozenset("àâäæçéèêëîïôœùûüÿÀÂÄÆÇÉÈÊËÎÏÔŒÙÛÜŸ")
# cp850 letters whose byte is common punctuation in cp1252: the letters around decide.
_AFTER_A_LETTER = frozenset(b"\x93\x96\x97")  # “ or ô, – or û, — or ù
_PUNCTUATION = frozenset(b"\x91\x92\x94\x95\x98\x99\x9a\x9b\x9f\xd7")


ANY_ENCODING = ("utf-8", "cp1252", "cp850")
"""What French exports are written in, even mixed in one line."""


def encodings_of(path: Path) -> tuple[str, ...]:
    """UTF-8 when the whole file is, which reads fastest; else the three that French exports mix."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ANY_ENCODING
    return ("utf-8",)


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
    """The lines of a file as text, their ends kept, without the byte-order mark."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
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
