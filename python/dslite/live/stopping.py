"""Ctrl-C and SIGTERM: end the sound, not the answer in hand."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from dslite.live.pcm import Block


class Stopping:
    """Ends ``blocks`` when a signal asks to stop; use it in a ``with`` statement on the main thread."""

    def __init__(self) -> None:
        self.stopped = False
        self._waiting = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopping:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def blocks(self, source: Iterator[Block]) -> Iterator[Block]:
        """Yield the source's blocks until it ends or a signal comes."""
        while not self.stopped:
            try:
                self._waiting = True
                block = next(source, None)
            except KeyboardInterrupt:
                return
            finally:
                self._waiting = False
            if block is None:
                return
            yield block

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True
        if self._waiting:  # nothing else would end a read
            raise KeyboardInterrupt
