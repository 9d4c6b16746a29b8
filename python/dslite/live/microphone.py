"""The microphone, through the package sounddevice (extra ``[listen]``)."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from dslite import Error
from dslite.live.pcm import Block

BLOCK_SECONDS = 0.05
QUEUE_SECONDS = 30.0  # of sound that may wait while the network is busy
SILENT_SECONDS = 2.0  # without a block, after which the device is looked at


class Microphone:
    """Blocks of sound from a recording device; use it in a ``with`` statement.

    Args:
        device: a number, or part of a name; None is the system's default.
        rate_hz: None is the device's own.
        channels: to record.

    Raises:
        Error: sounddevice or PortAudio is missing, there is no such device, or it will not record so.
    """

    def __init__(self, device: int | str | None, rate_hz: int | None, channels: int) -> None:
        self._sounddevice = _load()
        self._name = "the microphone" if device is None else f"microphone {device!r}"
        self._blocks: queue.Queue[Block] = queue.Queue(int(QUEUE_SECONDS / BLOCK_SECONDS))
        self.overruns = 0
        try:
            found = self._sounddevice.query_devices(device, "input")
            self.rate_hz = rate_hz or int(found["default_samplerate"])
            self._stream = self._sounddevice.InputStream(
                samplerate=self.rate_hz,
                blocksize=int(self.rate_hz * BLOCK_SECONDS),
                device=device,
                channels=channels,
                dtype="float32",
                callback=self._take,
            )
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise self._error(error) from None

    def __enter__(self) -> Microphone:
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise self._error(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def blocks(self) -> Iterator[Block]:
        """Yield (frames, channels) blocks for as long as the device records. Raises Error."""
        while True:
            try:
                yield self._blocks.get(timeout=SILENT_SECONDS)
            except queue.Empty:
                raise Error(f"{self._name}: no sound for {SILENT_SECONDS:g} s; is it still there?") from None

    def _take(self, block: Block, frames: int, time: object, status: Any) -> None:
        """Runs on PortAudio's thread, which must not wait."""
        if status.input_overflow:
            self.overruns += 1
        try:
            self._blocks.put_nowait(block.copy())
        except queue.Full:
            self.overruns += 1

    def _error(self, error: Exception) -> Error:
        return Error(f"{self._name}: {' '.join(str(error).split())}")


def _load() -> Any:
    try:
        import sounddevice
    except ModuleNotFoundError:
        raise Error(
            "a microphone needs the package sounddevice; get it by pip install '.[listen]' in dslite's "
            "folder, or pipe raw PCM in: arecord -f S16_LE -r 16000 -t raw | dslite listen MODEL -"
        ) from None
    except OSError as error:  # it looks for PortAudio when it is imported
        raise Error(f"a microphone needs PortAudio ({error}); on Debian: apt install libportaudio2") from None
    return sounddevice
