"""What takes long to compute, kept on disk by a hash of all that it depends on; the oldest goes first.

The folder is ``$DSLITE_CACHE``, or ``dslite`` in ``$XDG_CACHE_HOME`` (~/.cache). ``$DSLITE_CACHE_GB``
bounds it, 10 by default; 0 turns it off. Nothing depends on what is in it: an entry that is gone or damaged
is computed again, and a folder that cannot be written is done without.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DEFAULT_GB = 10.0
#: Where the bound is passed, entries are removed until so much of it is left filled.
KEPT_SHARE = 0.9
CRC_BYTES = 4
#: Hidden files of this age were left by a process that was killed.
STALE_SECONDS = 3600.0


@dataclass(frozen=True)
class Entry:
    """A file in the cache, when it was used last, and its size."""

    path: Path
    used: float
    size: int


class Cache:
    """Contents by kind and key, at most ``limit`` bytes of them; threads and processes may share the folder.

    ``fault`` says why nothing can be written any more, or is empty.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.fault = ""
        self._is_said = False
        self._lock = threading.Lock()

    @classmethod
    def find(cls) -> Cache:
        """The user's cache, in a process always the same object: its fault is found, and said, once.

        Raises:
            ValueError: $DSLITE_CACHE_GB is no number of 0 or more.
        """
        text = os.environ.get("DSLITE_CACHE_GB", str(DEFAULT_GB))
        try:
            gigabytes = float(text)
        except ValueError:
            gigabytes = -1.0
        if not 0 <= gigabytes < 1e6:
            raise ValueError(f"DSLITE_CACHE_GB = '{text}': expected a number of gigabytes, 0 for no cache")
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(os.environ.get("DSLITE_CACHE") or Path(base) / "dslite")
        return _found.setdefault((folder, gigabytes), cls(folder, int(gigabytes * 1e9)))

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put there, or None; it counts as used now."""
        path = self._path(kind, key)
        try:
            whole = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        content = whole[CRC_BYTES:]
        return content if zlib.crc32(content).to_bytes(CRC_BYTES, "big") == whole[:CRC_BYTES] else None

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Keep ``content``, whole or not at all; on a full or read-only disk ``fault`` is set instead."""
        if self.fault or not self.limit:
            return
        path = self._path(kind, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._size += CRC_BYTES + len(content)
            handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(zlib.crc32(content).to_bytes(CRC_BYTES, "big") + content)
                os.replace(name, path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(name)
            with self._lock:
                if self._size > self.limit:
                    self._shrink()
        except OSError as error:
            self.fault = (
                f"{self.folder}: the cache cannot be written ({error.strerror or error}); going on without it"
            )

    def take_fault(self) -> str:
        """The fault for who first asks for it, then nothing: it need be said but once."""
        with self._lock:
            said, self._is_said = self._is_said, self._is_said or bool(self.fault)
        return "" if said else self.fault

    def entries(self) -> Iterator[Entry]:
        """Every file in it, of whatever kind."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with suppress(OSError):  # another process may have removed it
                    status = os.stat(path := Path(folder, name))
                    # What another process is writing is hidden, and no older than a moment.
                    if not name.startswith(".") or status.st_mtime < time.time() - STALE_SECONDS:
                        yield Entry(path, status.st_mtime, status.st_size)

    def clear(self) -> int:
        """Remove everything; returns the bytes that were freed.

        Raises:
            OSError: a file cannot be removed.
        """
        freed = 0
        for entry in self.entries():
            entry.path.unlink(missing_ok=True)
            freed += entry.size
        self.__dict__.pop("_size", None)
        return freed

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / key

    @cached_property
    def _size(self) -> int:
        return sum(entry.size for entry in self.entries())

    def _shrink(self) -> None:
        """Remove what was used longest ago."""
        entries = sorted(self.entries(), key=lambda entry: entry.used)
        size = sum(entry.size for entry in entries)
        for entry in entries:
            if size <= KEPT_SHARE * self.limit:
                break
            entry.path.unlink(missing_ok=True)
            size -= entry.size
        self._size = size


_found: dict[tuple[Path, float], Cache] = {}
