"""Files known by their content, whatever their names and places."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from dslite.util.parallel import in_parallel

BLOCK = 1 << 20


def digests(paths: Iterable[Path]) -> Iterator[str]:
    """The SHA-256 of each file in hexadecimal digits; "" of one that cannot be read."""
    return in_parallel(digest, paths)


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits; "" if it cannot be read.

    A file that has neither another size nor another time of change is not read twice.
    """
    try:
        status = os.stat(path)
        return _digest(os.fspath(path), status.st_size, status.st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=1 << 17)
def _digest(path: str, size: int, changed_ns: int) -> str:
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
