"""Four unmistakably different kinds of sound, varied in pitch, level, noise and timing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
Random = np.random.Generator

CLIP_SECONDS = 3.0


def siren(random: Random, rate_hz: int) -> Signal:
    """A tone with overtones that glides up and down."""
    t = _time(rate_hz)
    centre, depth = random.uniform(500, 1100), random.uniform(0.2, 0.45)
    swing = np.sin(2 * np.pi * (random.uniform(0.3, 1.2) * t + random.uniform()))
    phase = 2 * np.pi * np.cumsum(centre * (1 + depth * swing)) / rate_hz
    return sum((np.sin(k * phase) / k for k in (1, 2, 3)), np.zeros_like(t))


def knocks(random: Random, rate_hz: int) -> Signal:
    """Short dull strokes in an uneven rhythm."""
    signal = np.zeros_like(_time(rate_hz))
    body_hz, decay_s = random.uniform(120, 300), random.uniform(0.02, 0.05)
    start = random.uniform(0, 0.3)
    while start < CLIP_SECONDS - 0.1:
        t = np.arange(int(0.2 * rate_hz)) / rate_hz
        stroke = np.sin(2 * np.pi * body_hz * t) + 0.7 * random.standard_normal(len(t))
        _add(signal, start, stroke * np.exp(-t / decay_s) * random.uniform(0.6, 1), rate_hz)
        start += random.uniform(0.22, 0.55)
    return signal


def rain(random: Random, rate_hz: int) -> Signal:
    """Steady bright noise with the ticking of drops in it."""
    signal = 0.2 * _bright(random.standard_normal(len(_time(rate_hz))), random.uniform(0.5, 0.95))
    for start in random.uniform(0, CLIP_SECONDS, random.integers(80, 200)):
        drop = random.standard_normal(int(0.004 * rate_hz)) * random.uniform(0.3, 1)
        _add(signal, start, drop, rate_hz)
    return signal


def birds(random: Random, rate_hz: int) -> Signal:
    """Chirps: quick sweeps of a high tone in groups, with pauses between the groups."""
    signal = np.zeros_like(_time(rate_hz))
    low_hz, ratio = random.uniform(2200, 3500), random.uniform(1.3, 1.9)
    length_s = random.uniform(0.05, 0.12)
    t = np.arange(int(length_s * rate_hz)) / rate_hz
    sweep = low_hz * ratio ** (t / length_s if random.uniform() < 0.5 else 1 - t / length_s)
    chirp = np.sin(2 * np.pi * np.cumsum(sweep) / rate_hz) * np.hanning(len(t))
    start = random.uniform(0, 0.4)
    while start < CLIP_SECONDS - 0.2:
        for _ in range(random.integers(3, 7)):
            _add(signal, start, chirp * random.uniform(0.7, 1), rate_hz)
            start += length_s * random.uniform(1.2, 1.6)
        start += random.uniform(0.2, 0.5)
    return signal


SOUNDS: dict[str, Callable[[Random, int], Signal]] = {
    "birds": birds,
    "knocks": knocks,
    "rain": rain,
    "siren": siren,
}


def record(kind: str, random: Random, rate_hz: int) -> Signal:
    """Make a clip of ``kind``: CLIP_SECONDS at ``rate_hz``, level and noise floor at random."""
    signal = SOUNDS[kind](random, rate_hz)
    signal /= np.abs(signal).max()
    noise = random.standard_normal(len(signal)) * 10 ** (random.uniform(-70, -45) / 20)
    level = 10 ** (random.uniform(-24, -1) / 20)
    return np.clip(level * (signal + noise), -1, 1)


def _time(rate_hz: int) -> Signal:
    return np.arange(int(CLIP_SECONDS * rate_hz)) / rate_hz


def _bright(noise: Signal, amount: float) -> Signal:
    """Take the low part of white noise away: each sample less a share of the one before."""
    return noise - amount * np.concatenate(([0.0], noise[:-1]))


def _add(signal: Signal, start_s: float, sound: Signal, rate_hz: int) -> None:
    """Mix ``sound`` in from ``start_s`` on, as far as ``signal`` goes."""
    start = int(start_s * rate_hz)
    room = signal[start : start + len(sound)]
    room += sound[: len(room)]
