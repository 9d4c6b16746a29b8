"""Fingerprints of recordings: 32 bits a frame that survive another loudness, codec and cut.

After Haitsma & Kalker (2002), "A Highly Robust Audio Fingerprinting System": a bit says whether the step
from a mel band to the next one grew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd, Recipe

Bits = npt.NDArray[np.uint32]
Samples = npt.NDArray[np.float32]

#: Overlapping windows, so that a copy shifted by half a hop still has nearly the same frames.
FINGERPRINT = Recipe().replace(
    audio={"sample_rate_hz": 16000},
    chunk={"seconds": 0.0},
    stft={"window_seconds": 0.256, "hop_seconds": 0.016, "fft_seconds": 0.256},
    mel={"bands": 33, "low_hz": 200.0, "high_hz": 6000.0},
    scale={"kind": "db", "amin": 1e-12},
)
#: Frames between which the steps' growth is taken.
LAG = 4
#: A frame this far below the loudest of its recording is silence.
SILENCE_DB = 50.0
#: A frame whose steps move less than this, in the mean, stands still.
STILL_DB = 0.02
#: Bits of a frame that are likely to flip: the index is asked for all their combinations.
WEAK_BITS = 3
#: Frames that are made at a time: a recording may last for hours.
FRAMES = 2048

_PLACES = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))


@dataclass(frozen=True)
class Fingerprint:
    """Of each frame its ``bits``, those of them that are ``weak``, (frames, 3), and whether it ``counts``."""

    bits: Bits
    weak: Bits
    counts: npt.NDArray[np.bool_]

    def to_bytes(self) -> bytes:
        """All of it, as one row of little-endian numbers a frame."""
        counts = self.counts.astype("<u4")[:, None]
        return np.concatenate(
            [self.bits.astype("<u4")[:, None], self.weak.astype("<u4"), counts], axis=1
        ).tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Fingerprint:
        """What ``to_bytes`` made."""
        rows = np.frombuffer(content, "<u4").reshape(-1, WEAK_BITS + 2).astype(np.uint32)
        return cls(rows[:, 0], rows[:, 1:-1], rows[:, -1] > 0)


def take_fingerprint(blocks: Iterable[Samples], front: FrontEnd) -> Fingerprint:
    """Make the fingerprint of a recording, mono at 16 kHz in blocks, by a front end of ``FINGERPRINT``.

    Memory grows by 24 bytes a frame, of which a second has 62.
    """
    bits, weak, moves, loudness = [], [], [], []
    last = np.zeros((0, FINGERPRINT.mel.bands), np.float32)
    for log_mel in _log_mels(blocks, front):
        loudness.append(log_mel.max(axis=1))
        rows = np.concatenate([last, log_mel])
        last = rows[-LAG:]
        if len(rows) <= LAG:
            continue
        steps = rows[:, :-1] - rows[:, 1:]
        growth = steps[LAG:] - steps[:-LAG]
        size = np.abs(growth)
        bits.append(np.packbits(growth > 0, axis=1, bitorder="little").view("<u4")[:, 0])
        weak.append(_PLACES[np.argpartition(size, WEAK_BITS, axis=1)[:, :WEAK_BITS]])
        moves.append(size.mean(axis=1) > STILL_DB)
    if not bits:
        return Fingerprint(np.zeros(0, np.uint32), np.zeros((0, WEAK_BITS), np.uint32), np.zeros(0, np.bool_))
    level = np.concatenate(loudness)
    loud = level > level.max() - SILENCE_DB
    counts = loud[LAG:] & loud[:-LAG] & np.concatenate(moves)
    return Fingerprint(np.concatenate(bits), np.concatenate(weak), counts)


def _log_mels(blocks: Iterable[Samples], front: FrontEnd) -> Iterator[Samples]:
    """The log-mel rows of a whole recording, at most ``FRAMES`` of them at a time."""
    stft = FINGERPRINT.stft
    window, hop = FINGERPRINT.samples(stft.window_seconds), FINGERPRINT.samples(stft.hop_seconds)
    kept, any_yet = np.zeros(0, np.float32), False
    for block in blocks:
        for first in range(0, len(block), FRAMES * hop):
            kept = np.concatenate([kept, block[first : first + FRAMES * hop]])
            if (frames := 1 + (len(kept) - window) // hop) > 0:
                yield front.log_mel(kept[: (frames - 1) * hop + window])
                kept, any_yet = kept[frames * hop :], True
    if not any_yet:
        yield front.log_mel(np.pad(kept, (0, window - len(kept))))
