"""Arrays that outgrow memory, written to a temporary file and mapped back for reading."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from dslite import Error

Values = npt.NDArray[np.float32]


@contextmanager
def spilling(path: Path) -> Iterator[IO[bytes]]:
    """Open ``path`` to write float32 values to, one array after the other.

    Written, not mapped: on a full disk a write is an error, but a mapped page kills the process.

    Raises:
        Error: it cannot be written, a full disk among the reasons.
    """
    try:
        with open(path, "wb") as file:
            yield file
    except OSError as error:
        raise Error(
            f"{path}: cannot be written: {error.strerror or error}; TMPDIR may name another folder"
        ) from error


class Appender:
    """Lets threads append to a spilling file: a place is reserved at once, its bytes are written by many."""

    def __init__(self, file: IO[bytes]) -> None:
        self._descriptor = file.fileno()
        self._lock = threading.Lock()
        self._end = 0  # in values

    def append(self, pieces: Sequence[Values]) -> int:
        """Write arrays of one axis end to end; returns where the first begins, counted in values."""
        with self._lock:
            start = self._end
            self._end += sum(map(len, pieces))
        place = start * np.dtype(np.float32).itemsize
        for piece in pieces:
            left = memoryview(piece.data).cast("B")
            while left:
                written = self._write(left, place)
                left, place = left[written:], place + written
        return start

    def _write(self, data: memoryview, place: int) -> int:
        """Write what fits at once of ``data`` to a place in the file; how many bytes that were."""
        if sys.platform != "win32":
            return os.pwrite(self._descriptor, data, place)
        with self._lock:  # its place in the file is one for all threads
            os.lseek(self._descriptor, place, os.SEEK_SET)
            return os.write(self._descriptor, data)


def mapped(path: Path) -> Values:
    """The values in ``path``, (n,) float32, read from disk as they are used."""
    if not path.stat().st_size:
        return np.zeros(0, dtype=np.float32)  # what is empty cannot be mapped
    return np.memmap(path, dtype=np.float32, mode="r")
