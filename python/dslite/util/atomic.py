"""Files written beside their place and renamed: a reader sees the old one or the new one whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dslite import Error


def check_writable(path: Path) -> None:
    """Find out before long work whether ``path`` can be written after it.

    Raises:
        Error: its folder is not there or not writable, or ``path`` is a folder.
    """
    if path.is_dir():
        raise Error(f"{path}: is a folder, expected a file to write")
    if not path.absolute().parent.is_dir():
        raise Error(f"{path}: there is no folder {path.absolute().parent} to write it into")
    if not os.access(path.absolute().parent, os.W_OK):
        raise Error(f"{path}: no permission to write into {path.absolute().parent}")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that becomes ``path`` when the block ends, and vanishes when it fails.

    Raises:
        Error: it cannot be written, a full disk among the reasons; ``path`` is as it was.
    """
    check_writable(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        raise Error(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _umask() -> int:
    """The umask of the process; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
