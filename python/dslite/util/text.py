"""Text for people: lists in messages, and what a terminal may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What terminals obey (C0, DEL, C1), and bytes that are no UTF-8 as Python holds them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str, kept: str = "") -> str:
    r"""Write control characters, but for those in ``kept``, as ``\x1b``: files command no terminal."""
    return _UNPRINTABLE.sub(lambda found: _code(found[0]) if found[0] not in kept else found[0], text)


def _code(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # an undecodable byte
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def shorten(names: Iterable[str], most: int = 3) -> str:
    """Write the first few names and how many more there are: ``'a', 'b' and 7 more``."""
    listed = list(names)
    text = ", ".join(f"'{name}'" for name in listed[:most])
    return text if len(listed) <= most else f"{text} and {len(listed) - most} more"
