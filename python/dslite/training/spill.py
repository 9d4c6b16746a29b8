"""Arrays that outgrow memory, written to a temporary file and mapped back for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from dslite import Error


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


def mapped(path: Path) -> npt.NDArray[np.float32]:
    """The values in ``path``, (n,) float32, read from disk as they are used."""
    if not path.stat().st_size:
        return np.zeros(0, dtype=np.float32)  # what is empty cannot be mapped
    return np.memmap(path, dtype=np.float32, mode="r")
