"""Standard streams that are closed, or cannot be written."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn


class _Closed(io.TextIOBase):
    """What stands for a closed stream: to use it is an error that names it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _fail(self) -> NoReturn:
        raise OSError(errno.EBADF, "is closed", self._name)

    def write(self, text: str) -> NoReturn:
        self._fail()

    def read(self, size: int | None = -1) -> NoReturn:
        self._fail()


class Messages(io.TextIOWrapper):
    """Standard error, on which no work depends: a message that cannot be written is lost."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def replace_closed_streams() -> None:
    """Let closed standard streams refuse what they are for, but for messages, which are lost.

    Their descriptors are taken, so that no file is opened in their place and written into.
    """
    for descriptor, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)  # the lowest that is free
    if sys.stdin is None:
        sys.stdin = _Closed("standard input")
    if sys.stdout is None:
        sys.stdout = _Closed("standard output")
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115


def drop_unwritable_messages() -> None:
    """Forget messages that a full disk did not take: at its end Python would fail by them."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        sys.stderr = None
