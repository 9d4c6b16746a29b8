"""Text for people and for files: lists in messages, what a terminal may be shown, names that are bytes.

A file's name is bytes, and Python holds those that are no UTF-8 as surrogates (PEP 383). Files that dslite
writes are UTF-8 whatever they name: such a byte is written as ``\\udcff``, and read back from it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

#: What terminals obey (C0, DEL, C1), and bytes that are no UTF-8 as Python holds them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED_BYTE = re.compile(r"\\u(dc[89a-f][0-9a-f])")


def counted(number: int, thing: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def printable(text: str, kept: str = "") -> str:
    r"""Write control characters, but for those in ``kept``, as ``\x1b``: files command no terminal."""
    return _UNPRINTABLE.sub(lambda found: _code(found[0]) if found[0] not in kept else found[0], text)


def _code(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # an undecodable byte
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def utf8(text: str) -> bytes:
    r"""Encode text for a file; bytes of a name that are no UTF-8 become ``\udcff``, as JSON writes them."""
    return text.encode("utf-8", "backslashreplace")


def escaped(text: str) -> str:
    """As ``utf8``, but text: what can be encoded by anyone."""
    return utf8(text).decode()


def unescaped(text: str) -> str:
    """The name that ``escaped`` made ``text`` of."""
    return _ESCAPED_BYTE.sub(lambda found: chr(int(found[1], 16)), text)


def csv_line(cells: Iterable[str]) -> str:
    """One row of CSV without its end; a cell with a line break in it is quoted."""
    line = io.StringIO()
    # The writer quotes what is in the terminator, and nothing else that ends a line.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()[:-2]


def name_fault(text: str) -> str:
    """What keeps ``text`` from being the name of a class or a target, or "".

    Names are lines of labels.txt in a model: UTF-8 without control characters and without what some
    reader takes as the end of a line. All else is allowed, joiners and spaces of any kind among it.
    """
    if not text.strip():
        return "is empty"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "is not UTF-8"
    if _UNPRINTABLE.search(text) or len(text.splitlines()) > 1:
        return "is not one line of text"
    return ""


def shorten(names: Iterable[str], most: int = 3) -> str:
    """Write the first few names and how many more there are: ``'a', 'b' and 7 more``."""
    listed = list(names)
    text = ", ".join(f"'{name}'" for name in listed[:most])
    return text if len(listed) <= most else f"{text} and {len(listed) - most} more"
