"""Files written beside their place and renamed: a reader sees the old one or the new one whole."""

from __future__ import annotations

import os
import re
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
    if _is_special(path):
        if _descriptor(path) is None and not os.access(path, os.W_OK):
            raise Error(f"{path}: no permission to write to it")
        return
    folder = _target(path).parent
    if not folder.is_dir():
        raise Error(f"{path}: there is no folder {folder} to write it into")
    if not os.access(folder, os.W_OK):
        raise Error(f"{path}: no permission to write into {folder}")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that becomes ``path`` when the block ends, and vanishes when it fails.

    Where ``path`` is a symbolic link, the file that it points to is replaced and the link stays. A
    device, a pipe or a socket cannot be replaced: it gets the bytes when the block ends, and none
    when it fails.

    Raises:
        Error: it cannot be written, a full disk among the reasons; a file is as it was.
    """
    check_writable(path)
    try:
        yield_to = _into_special(path) if _is_special(path) else _beside(_target(path))
        with yield_to as file:
            yield file
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise  # whoever read has gone: no fault of the file's
        raise Error(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _beside(target: Path) -> Iterator[IO[bytes]]:
    """A temporary file in the folder of ``target``, renamed to it at the end."""
    # The name is cut, by bytes: a file whose own name is as long as names may be can be written, too.
    prefix = os.fsdecode(b"." + os.fsencode(target.name)[:200] + b".")
    handle, name = tempfile.mkstemp(prefix=prefix, dir=target.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


@contextmanager
def _into_special(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file whose bytes go to ``path`` at the end: writers may seek, a pipe may not."""
    with tempfile.TemporaryFile(prefix="dslite-") as file:
        yield file
        file.seek(0)
        number = _descriptor(path)
        with open(path if number is None else number, "wb", 0, closefd=number is None) as out:
            while block := file.read(1 << 20):
                left = memoryview(block)
                while left:
                    left = left[out.write(left) :]


def _is_special(path: Path) -> bool:
    """Whether ``path``, links followed, is there and is neither a file nor a folder: a pipe, a device.

    An open descriptor counts, too, though a file may be behind it: it is written where it stands.
    """
    if _descriptor(path) is not None:
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _descriptor(path: Path) -> int | None:
    """The number of the descriptor that ``path`` stands for, such as 1 of /dev/stdout."""
    text = os.path.abspath(path)
    if text in ("/dev/stdout", "/dev/stderr"):
        return 1 if text == "/dev/stdout" else 2
    found = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d+)", text)
    return int(found[1]) if found else None


def _target(path: Path) -> Path:
    """The file that is written, every link on the way to it followed."""
    return Path(os.path.realpath(path))


def _umask() -> int:
    """The umask of the process; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
