"""One recording in figures: how long, how loud, how silent, how clipped, up to which frequency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error
from dslite.audio import decoded_blocks

Samples = npt.NDArray[np.float32]

#: Levels and silence are taken of blocks this long.
BLOCK_SECONDS = 0.02
#: What 16 bits can hold, but for the last step: at and above it a sample is clipped.
FULL_SCALE = 32766 / 32768
#: The level of digital silence, whose decibels are minus infinity.
FLOOR_DB = -120.0
#: Spectra that the bandwidth is taken of at most, evenly spread over the recording, and their samples.
SPECTRA, SPECTRUM_SAMPLES = 128, 2048
#: Up to the bandwidth lies all but this share of the energy.
BEYOND = 1e-3


@dataclass(frozen=True)
class Recording:
    """The figures of a recording.

    ``peak`` is 0 … 1 and may be above in floats; ``level_db`` is the RMS of what is not digitally silent,
    ``noise_db`` and ``loud_db`` the 10th and 95th percentile of its blocks, all re full scale.
    ``silent_share`` of its blocks are zero throughout, ``leading_silence_s`` of them at its start;
    ``clipped_share`` of its samples are at full scale. ``bandwidth_hz`` is the frequency below which
    99.9 % of the energy lies.
    """

    path: Path
    label: str
    seconds: float
    rate_hz: int
    channels: int
    peak: float
    level_db: float
    noise_db: float
    loud_db: float
    silent_share: float
    leading_silence_s: float
    clipped_share: float
    bandwidth_hz: float


def measure(path: Path, label: str = "") -> Recording:
    """Decode a recording and take its figures; memory grows by 400 bytes a second of it.

    Raises:
        Error: it cannot be read.
    """
    rate_hz, channels, blocks = decoded_blocks(path)
    levels, spectra = _Levels(max(1, round(BLOCK_SECONDS * rate_hz))), _Spectra()
    frames = clipped = 0
    peak = 0.0
    for samples in blocks:
        frames += len(samples)
        size = np.abs(samples)
        peak = max(peak, float(size.max()))
        clipped += int(np.count_nonzero(size >= FULL_SCALE))
        levels.add(samples)
        spectra.add(samples.mean(axis=1))
    if not frames:
        raise Error(f"{path}: holds no samples")
    found = levels.all()
    sounding = found > FLOOR_DB
    some = found[sounding] if sounding.any() else np.array([FLOOR_DB])
    return Recording(
        path=path,
        label=label,
        seconds=frames / rate_hz,
        rate_hz=rate_hz,
        channels=channels,
        peak=peak,
        level_db=float(10 * np.log10(np.mean(10 ** (some / 10)))),
        noise_db=float(np.percentile(some, 10)),
        loud_db=float(np.percentile(some, 95)),
        silent_share=float(np.mean(~sounding)),
        leading_silence_s=int(np.argmax(sounding)) * BLOCK_SECONDS if sounding.any() else frames / rate_hz,
        clipped_share=clipped / (frames * channels),
        bandwidth_hz=spectra.bandwidth_hz(rate_hz),
    )


class _Levels:
    """The level of each ``length`` frames over all channels, in dB; the last one may be shorter."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._rest = np.zeros(0)
        self._levels: list[npt.NDArray[np.float64]] = []

    def add(self, samples: Samples) -> None:
        """Take (frames, channels) that follow."""
        energy = np.einsum("ij,ij->i", samples, samples, dtype=np.float64) / samples.shape[1]
        energy = np.concatenate([self._rest, energy])
        whole = len(energy) // self._length * self._length
        self._levels.append(_decibels(energy[:whole].reshape(-1, self._length).mean(axis=1)))
        self._rest = energy[whole:]

    def all(self) -> npt.NDArray[np.float64]:
        """The levels of all that was taken."""
        last = self._rest.mean(keepdims=True) if len(self._rest) else self._rest
        return np.concatenate([*self._levels, _decibels(last)])


def _decibels(energy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    decibels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(energy, 10 ** (FLOOR_DB / 10)))
    return decibels


class _Spectra:
    """Power spectra at even distances, which double whenever there are too many."""

    def __init__(self) -> None:
        self._powers: list[npt.NDArray[np.float64]] = []
        self._stride = SPECTRUM_SAMPLES // 4
        self._kept = np.zeros(0, np.float32)
        self._first = 0  # the place of _kept in the recording
        self._next = 0  # the place of the next spectrum

    def add(self, mono: Samples) -> None:
        """Take samples that follow."""
        self._kept = np.concatenate([self._kept, mono])
        while self._next + SPECTRUM_SAMPLES <= self._first + len(self._kept):
            start = self._next - self._first
            self._powers.append(_power(self._kept[start : start + SPECTRUM_SAMPLES]))
            if len(self._powers) > SPECTRA:
                self._powers = self._powers[::2]
                self._stride *= 2
            self._next = len(self._powers) * self._stride
        passed = min(self._next - self._first, len(self._kept))
        self._kept, self._first = self._kept[passed:], self._first + passed

    def bandwidth_hz(self, rate_hz: int) -> float:
        """The frequency below which all but a thousandth of the energy lies; 0 of silence."""
        powers = self._powers or [_power(self._kept)]
        length = SPECTRUM_SAMPLES if self._powers else len(self._kept)
        total = np.cumsum(np.sum(powers, axis=0))
        if not total[-1] > 0:
            return 0.0
        return float(np.searchsorted(total, (1 - BEYOND) * total[-1]) * rate_hz / length)


def _power(samples: Samples) -> npt.NDArray[np.float64]:
    power: npt.NDArray[np.float64] = np.abs(np.fft.rfft(samples * np.hanning(len(samples) + 2)[1:-1])) ** 2
    return power
