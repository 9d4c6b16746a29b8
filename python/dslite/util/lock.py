"""A lock on a folder: held by one process at a time, and gone with it however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dslite import Error

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system gives it up when the process ends: a file left over means nothing.

    Raises:
        Error: another process holds it.
    """
    path = folder / LOCK
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # Between opening and locking, the holder may have deleted the file, and others may lock a new one.
        if not try_lock(number) or not path.exists() or not os.path.samestat(os.fstat(number), path.stat()):
            raise Error(
                f"{folder}: another training is writing to this folder; wait for it, or take another folder"
            )
        yield
        if sys.platform != "win32":  # which deletes no open file
            path.unlink(missing_ok=True)
    finally:
        os.close(number)


def try_lock(number: int) -> bool:
    """Lock the open file without waiting; whether that was possible."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
