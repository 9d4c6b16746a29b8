"""The works A, B and C: their sound, dslite doing them, and who agrees with dslite."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

import dslite
from dslite import _dslite

from . import reference

Call = Callable[[], np.ndarray]


def fading_noise(samples: int) -> np.ndarray:
    """Seeded noise with a tone in it, fading by 40 dB: a picture of it has all its colours."""
    t = np.arange(samples)
    sound = np.random.default_rng(3).standard_normal(samples) * 0.1 + 0.3 * np.sin(0.2 * t)
    return (sound * 10.0 ** (-2 * t / samples)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Work:
    """A block of the table. All but 1 in 1000 of an opponent's values are within `tolerance` of ours."""

    key: str
    title: str
    samples: np.ndarray
    tolerance: float
    ours: Callable[["Work"], Call]
    oracle: Callable[["Work"], np.ndarray]
    numbers: reference.Numbers | None = None
    per_call: int = 1  # transforms in a call
    rates_hz: tuple[int, int] = (0, 0)  # from, to

    @cached_property
    def expected(self) -> np.ndarray:
        """dslite's result, itself held to the oracle in float64."""
        found = self.ours(self)().copy()
        check("dslite", found, self.oracle(self), self.tolerance)
        return found


def check(name: str, found: np.ndarray, expected: np.ndarray, tolerance: float, share: float = 0.999) -> None:
    """AssertionError unless `share` of the values found are within the tolerance."""
    if found.shape != expected.shape:
        raise AssertionError(f"{name}: shape {found.shape}, expected {expected.shape}")
    error = float(np.quantile(np.abs(found - expected), share))
    if not error <= tolerance:
        raise AssertionError(f"{name}: differs by {error:.3g}, allowed {tolerance:g}")


def _tensor(work: Work) -> Call:
    front = dslite.FrontEnd(dslite.Recipe())
    out = np.empty((reference.PICTURE_SIZE, reference.PICTURE_SIZE, 3), np.float32)
    return lambda: front.tensor(work.samples, out=out)


def _log_mel(work: Work) -> Call:
    recipe = dslite.Recipe().replace(
        chunk={"seconds": 60.0, "hop_seconds": 60.0},
        stft={
            "window_seconds": 0.025,
            "hop_seconds": 0.01,
            "fft_seconds": 0.032,
            "window": "hann_symmetric" if work.numbers.symmetric else "hann",
        },
        mel={"bands": 80},
        scale={"kind": "log", "amin": work.numbers.amin},
        picture={"colormap": "none"},
        tensor={"scaling": "none"},
    )
    front = dslite.FrontEnd(recipe)
    out = np.empty_like(front.log_mel(work.samples))
    return lambda: front.log_mel(work.samples, out=out)


def _fft(work: Work) -> Call:
    plan = _dslite.Fft(work.samples.shape[1])
    out = np.empty((work.per_call, work.samples.shape[1] // 2 + 1), np.complex64)
    return lambda: plan(work.samples, out=out)


def _fft_work(length: int, at_once: int) -> Work:
    samples = fading_noise(length * at_once).reshape(at_once, length)
    return Work(
        f"C {length}", f"real FFT of {length}, {at_once} at once, per transform", samples,
        tolerance=1e-4, ours=_fft, oracle=lambda work: np.fft.rfft(work.samples.astype(np.float64)),
        per_call=at_once,
    )  # fmt: skip


def _resample(work: Work) -> Call:
    return lambda: _dslite.resample(work.samples, *work.rates_hz)


def _tones(rate_hz: int, lower_hz: int, seconds: float = 60.0) -> np.ndarray:
    """Five tones well inside the band that both rates have, in float64: of a bandlimited signal every
    resampler owes the same samples. Their ends fade, since silence is assumed beyond them."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    sound = sum(np.sin(2 * np.pi * share * lower_hz / 2 * t) for share in (0.011, 0.13, 0.37, 0.61, 0.85))
    return 0.15 * sound * np.sin(np.pi * t / seconds) ** 2


def _resample_work(from_hz: int, to_hz: int) -> Work:
    lower_hz = min(from_hz, to_hz)
    return Work(
        f"F {from_hz} → {to_hz}", f"resample 60 s, {from_hz} → {to_hz} Hz",
        _tones(from_hz, lower_hz).astype(np.float32),
        tolerance=2e-6, ours=_resample, oracle=lambda work: _tones(to_hz, lower_hz),
        rates_hz=(from_hz, to_hz),
    )  # fmt: skip


PICTURE = Work(
    "A", "4 s at 16 kHz → the default recipe's tensor", fading_noise(64000),
    tolerance=0.01, ours=_tensor, oracle=lambda work: reference.default_tensor(work.samples, work.numbers),
    numbers=reference.Numbers(16000, window=2048, hop=1024, fft=2048, bands=128, amin=1e-16),
)  # fmt: skip
LOG_MEL = Work(
    "B", "60 s → 25/10 ms, FFT 512, 80 mels, log", fading_noise(960000),
    tolerance=1e-3, ours=_log_mel,
    oracle=lambda work: np.log(reference.mel_power(work.samples, work.numbers) + work.numbers.amin),
    numbers=reference.Numbers(16000, window=400, hop=160, fft=512, bands=80, amin=1e-10),
)  # fmt: skip
LOG_MEL_SYMMETRIC = replace(LOG_MEL, numbers=replace(LOG_MEL.numbers, symmetric=True))
FFT_2048 = _fft_work(2048, at_once=64)
FFT_512 = _fft_work(512, at_once=64)
RESAMPLINGS = tuple(
    _resample_work(*rates)
    for rates in ((44100, 16000), (48000, 16000), (22050, 16000), (8000, 16000), (44100, 22050))
)
