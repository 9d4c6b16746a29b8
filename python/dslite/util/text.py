"""Lists as text, for messages."""

from __future__ import annotations

from collections.abc import Iterable


def shorten(names: Iterable[str], most: int = 3) -> str:
    """Write the first few names and how many more there are: ``'a', 'b' and 7 more``."""
    listed = list(names)
    text = ", ".join(f"'{name}'" for name in listed[:most])
    return text if len(listed) <= most else f"{text} and {len(listed) - most} more"
