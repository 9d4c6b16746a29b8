"""Folders for what is needed for a while only, and what killed processes left of theirs."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dslite.util.lock import LOCK, try_lock

PREFIX = "dslite-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder in the system's folder for temporary files, deleted at the end.

    A process that is killed deletes nothing, and decoded data sets take gigabytes: folders whose process has
    ended are deleted by the next one that makes a folder. Their locks tell, which end with the process.

    Raises:
        OSError: it cannot be made.
    """
    with suppress(OSError):
        _delete_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        lock = _mark(folder)
        try:
            yield folder
        finally:
            if lock is not None:
                os.close(lock)


def _mark(folder: Path) -> int | None:
    """Lock the folder; the file has the name that others look for only once it is locked."""
    if sys.platform == "win32":
        return None  # where no open file is renamed or deleted
    new = folder / f"{LOCK}-new"
    number = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    if not try_lock(number):  # a file system without locks: others leave the folder alone
        return number
    new.rename(folder / LOCK)
    return number


def _delete_abandoned(parent: Path) -> None:
    if sys.platform == "win32":
        return
    for folder in parent.glob(f"{PREFIX}*/"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            number = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if try_lock(number):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(number)
