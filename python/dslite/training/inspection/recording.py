"""One recording in figures: how long, how loud, how silent, how clipped, up to which frequency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite.audio import decode

Samples = npt.NDArray[np.float32]

#: Levels and silence are taken of blocks this long.
BLOCK_SECONDS = 0.02
#: What 16 bits can hold, but for the last step: at and above it a sample is clipped.
FULL_SCALE = 32766 / 32768
#: The level of digital silence, whose decibels are minus infinity.
FLOOR_DB = -120.0
#: Spectra that the bandwidth is taken of, spread over the recording, and their samples.
SPECTRA, SPECTRUM_SAMPLES = 64, 2048
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
    """Decode a recording and take its figures.

    Raises:
        Error: it cannot be read.
    """
    samples, rate_hz = decode(path)
    frames, channels = samples.shape
    size = np.abs(samples)
    levels = _block_levels(samples, max(1, round(BLOCK_SECONDS * rate_hz)))
    sounding = levels > FLOOR_DB
    some = levels[sounding] if sounding.any() else np.array([FLOOR_DB])
    return Recording(
        path=path,
        label=label,
        seconds=frames / rate_hz,
        rate_hz=rate_hz,
        channels=channels,
        peak=float(size.max()),
        level_db=float(10 * np.log10(np.mean(10 ** (some / 10)))),
        noise_db=float(np.percentile(some, 10)),
        loud_db=float(np.percentile(some, 95)),
        silent_share=float(np.mean(~sounding)),
        leading_silence_s=_first(sounding) * BLOCK_SECONDS if sounding.any() else frames / rate_hz,
        clipped_share=float(np.mean(size >= FULL_SCALE)),
        bandwidth_hz=_bandwidth(samples, rate_hz),
    )


def _block_levels(samples: Samples, block: int) -> npt.NDArray[np.float64]:
    """The level of each block over all channels, in dB; the last one may be shorter."""
    energy = np.einsum("ij,ij->i", samples, samples, dtype=np.float64) / samples.shape[1]
    starts = np.arange(0, len(energy), block)
    counts = np.diff(np.append(starts, len(energy)))
    mean = np.add.reduceat(energy, starts) / counts
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(mean, 10 ** (FLOOR_DB / 10)))
    return levels


def _first(flags: npt.NDArray[np.bool_]) -> int:
    return int(np.argmax(flags))


def _bandwidth(samples: Samples, rate_hz: int) -> float:
    """The frequency below which all but a thousandth of the energy lies; 0 of silence."""
    mono = samples.mean(axis=1)
    length = min(len(mono), SPECTRUM_SAMPLES)
    starts = np.unique(np.linspace(0, len(mono) - length, SPECTRA).astype(int))
    window = np.hanning(length + 2)[1:-1]
    power = np.zeros(length // 2 + 1)
    for start in starts:
        power += np.abs(np.fft.rfft(mono[start : start + length] * window)) ** 2
    total = np.cumsum(power)
    if not total[-1] > 0:
        return 0.0
    return float(np.searchsorted(total, (1 - BEYOND) * total[-1]) * rate_hz / length)
