"""Keep the log lines of third-party libraries off the terminal."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from dslite import AudioWarning
from dslite.cli.common.streams import Messages

STDERR = 2


@contextmanager
def third_party_silence() -> Iterator[None]:
    """Hide what C and C++ code writes to stderr, and Python's warnings; our own messages still show.

    TensorFlow, CUDA and LiteRT each log by means of their own, some of it before any setting of theirs
    is read. What they have in common is the descriptor 2: for the length of the block it leads to
    nowhere, and ``sys.stderr`` writes to where it led before. Faults come as exceptions in any case.
    """
    if not _is_descriptor(sys.stderr, STDERR):
        yield  # a test's or a notebook's stderr, which no C code writes to
        return
    ours = sys.stderr
    ours.flush()
    place = os.dup(STDERR)
    sys.stderr = Messages(
        io.FileIO(place, "w"), encoding=ours.encoding, errors=ours.errors, write_through=True
    )
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
                warnings.simplefilter("always", AudioWarning)  # ours
            yield
    finally:
        sys.stderr.flush()
        os.dup2(place, STDERR)
        sys.stderr.close()
        sys.stderr = ours


def _is_descriptor(stream: object, number: int) -> bool:
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == number
    except (OSError, ValueError):  # not a file, or a closed one
        return False
