"""Samples varied before the core makes pictures of them: time shift, gain, background noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, read_audio
from dslite.recordings import audio_in, suffixes_text
from dslite.training.augment.settings import Augmentation
from dslite.util.failures import Failure
from dslite.util.parallel import in_parallel
from dslite.util.spill import mapped, spilling

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Noise:
    """Background recordings end to end: recording ``i`` is ``samples[starts[i] : starts[i + 1]]``."""

    samples: Samples
    starts: npt.NDArray[np.int64]

    def cuts(self, rows: int, length: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Cut ``rows`` pieces at random places of random recordings, short ones looped: (rows, length)."""
        lengths = np.diff(self.starts)
        which = rng.integers(len(lengths), size=rows)
        long_enough = lengths[which] >= length
        places = np.where(long_enough, lengths[which] - length + 1, lengths[which])
        offsets = rng.integers(places)[:, None] + np.arange(length)
        indices = self.starts[which][:, None] + offsets % lengths[which][:, None]
        return self.samples[indices].astype(np.float64)


def read_noise(folder: Path, rate_hz: int, cache: Path) -> tuple[Noise, list[Failure]]:
    """Read every recording in ``folder`` and below, mono at ``rate_hz``, into the file ``cache``.

    Unreadable ones are left out and returned as failures.

    Raises:
        Error: no such folder, none in it can be read, or ``cache`` cannot be written.
    """
    if not folder.is_dir():
        raise Error(f"{folder}: no such folder; expected one of background recordings (noise)")
    paths = audio_in(folder)
    if not paths:
        raise Error(f"{folder}: no audio file in this folder ({suffixes_text()})")

    def read(path: Path) -> Samples | Failure:
        try:
            return read_audio(path, rate_hz)
        except Error as error:
            return Failure(path, str(error))

    failures: list[Failure] = []
    starts = [0]
    with spilling(cache) as file:
        for result in in_parallel(read, paths):
            if isinstance(result, Failure):
                failures.append(result)
                continue
            file.write(result.tobytes())
            starts.append(starts[-1] + len(result))
    if len(failures) == len(paths):
        raise Error(f"{folder}: none of {len(paths)} files can be read; the first: {failures[0].message}")
    return Noise(mapped(cache), np.asarray(starts)), failures


class SignalAugmenter:
    """Varies a batch of chunks: ``augmenter(samples, rng)``, (n, N) float32 to the same.

    What a call draws depends on the generator and the shape alone, so one seeded by (seed, epoch, batch)
    repeats. Nothing is clipped: the core takes samples beyond ±1.

    Raises:
        ValueError: ``settings`` name a folder of noise, and no ``noise`` is given, or the reverse.
    """

    def __init__(self, settings: Augmentation, noise: Noise | None = None) -> None:
        if (noise is None) != (settings.noise == ""):
            raise ValueError(
                f"noise: {settings.noise!r} in the settings, expected what read_noise made of it"
            )
        self._settings = settings
        self._noise = noise

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Shift, then amplify, then add noise, each where the settings ask for it."""
        settings = self._settings
        if settings.time_shift:
            samples = shifted(samples, settings.time_shift, rng)
        if settings.gain_db:
            gains_db = rng.uniform(-settings.gain_db, settings.gain_db, len(samples))
            samples = samples * (10 ** (gains_db / 20)).astype(np.float32)[:, None]
        if self._noise is not None:
            noise = self._noise.cuts(len(samples), samples.shape[1], rng)
            snr_db = rng.uniform(settings.noise_snr_db_min, settings.noise_snr_db_max, len(samples))
            chosen = rng.random(len(samples)) < settings.noise_probability
            samples = np.where(chosen[:, None], mixed(samples, noise, snr_db), samples)
        return np.ascontiguousarray(samples)


def shifted(samples: Samples, share: float, rng: np.random.Generator) -> Samples:
    """Roll each row by up to ``share`` of its length to either side; what leaves one end enters the other."""
    count, length = samples.shape
    most = int(share * length)
    steps = rng.integers(-most, most, size=(count, 1), endpoint=True)
    return np.take_along_axis(samples, (np.arange(length) - steps) % length, axis=1)


def mixed(samples: Samples, noise: npt.NDArray[np.float64], snr_db: npt.NDArray[np.float64]) -> Samples:
    """Add ``noise`` (n, N) scaled so that each row has the ratio of mean powers ``snr_db`` (n,).

    A silent row stays silent, and silent noise adds nothing: neither has such a ratio.
    """
    power = np.mean(np.square(samples, dtype=np.float64), axis=1)
    noise_power = np.mean(np.square(noise), axis=1)
    audible = noise_power > 0
    wanted = power / 10 ** (snr_db / 10)
    scale = np.sqrt(np.divide(wanted, noise_power, out=np.zeros_like(power), where=audible))
    added: Samples = (samples + scale[:, None] * noise).astype(np.float32)
    return added
