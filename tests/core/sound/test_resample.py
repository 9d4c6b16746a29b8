"""The resampler against soxr, against band-limited signals known exactly, and against itself in pieces."""

import math

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from dslite import _dslite

# Decimation and interpolation, by a table of every phase and (44101) by interpolated phases.
RATES = [(44100, 16000), (48000, 16000), (22050, 16000), (8000, 16000), (16000, 44100), (44101, 16000)]


def rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def decibels(ratio: float) -> float:
    return 20 * math.log10(max(ratio, 1e-20))


def lower_nyquist(from_hz: int, to_hz: int) -> float:
    return min(from_hz, to_hz) / 2


def band(x: np.ndarray, rate_hz: int, low_hz: float, high_hz: float) -> np.ndarray:
    """What of x lies between two frequencies, in float64."""
    spectrum = np.fft.rfft(x.astype(np.float64))
    hz = np.fft.rfftfreq(len(x), 1 / rate_hz)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(x))


def noise(rate_hz: int, low_hz: float, high_hz: float, seconds: int = 2) -> np.ndarray:
    """Noise between two frequencies, at -12 dB."""
    x = band(np.random.default_rng(11).standard_normal(rate_hz * seconds), rate_hz, low_hz, high_hz)
    return (0.25 * x / rms(x)).astype(np.float32)


def without_ends(y: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Drops the outputs whose filter reaches past the signal."""
    edge = 100 * to_hz // min(from_hz, to_hz)
    return y[edge:-edge]


def tone_gain(from_hz: int, to_hz: int, hz: float) -> complex:
    """Gain and phase of one frequency, by projection under a window without side lobes."""
    x = np.sin(2 * np.pi * hz * np.arange(2 * from_hz) / from_hz).astype(np.float32)
    y = _dslite.resample(x, from_hz, to_hz)
    window = np.kaiser(len(y), 30)
    carrier = np.exp(-2j * np.pi * hz * np.arange(len(y)) / to_hz)
    return 2j * np.sum(window * y * carrier) / np.sum(window)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@pytest.mark.parametrize("ratio", [0.01, 0.3, 0.7, 0.85, 0.91])
def test_pass_band_is_flat_and_without_delay(from_hz: int, to_hz: int, ratio: float) -> None:
    gain = tone_gain(from_hz, to_hz, ratio * lower_nyquist(from_hz, to_hz))
    assert abs(decibels(abs(gain))) < (0.001 if ratio > 0.9 else 0.00002)
    assert abs(np.angle(gain)) < 1e-6


@pytest.mark.parametrize(("from_hz", "to_hz"), [r for r in RATES if r[0] > r[1]])
@pytest.mark.parametrize("ratio", [1.0001, 1.003, 1.01, 1.05, 1.15, 1.3])
def test_tones_beyond_nyquist_vanish(from_hz: int, to_hz: int, ratio: float) -> None:
    hz = ratio * to_hz / 2
    x = np.sin(2 * np.pi * hz * np.arange(from_hz) / from_hz).astype(np.float32)
    y = without_ends(_dslite.resample(x, from_hz, to_hz), from_hz, to_hz)
    assert decibels(np.abs(y).max()) < -120


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_stop_band_is_on_par_with_soxr(from_hz: int, to_hz: int) -> None:
    nyquist = lower_nyquist(from_hz, to_hz)
    if from_hz > to_hz:  # what would alias
        x = noise(from_hz, 1.0005 * nyquist, from_hz)
        ours, theirs = _dslite.resample(x, from_hz, to_hz), soxr.resample(x, from_hz, to_hz, quality="HQ")
        left = [decibels(rms(without_ends(y, from_hz, to_hz)) / 0.25) for y in (ours, theirs)]
    else:  # images
        x = noise(from_hz, 0, 0.9 * nyquist)
        ours, theirs = _dslite.resample(x, from_hz, to_hz), soxr.resample(x, from_hz, to_hz, quality="HQ")
        window = np.kaiser(len(ours), 30)
        left = [
            decibels(rms(band(window * y, to_hz, nyquist, to_hz)) / rms(window * y)) for y in (ours, theirs)
        ]
    assert left[0] < -130
    assert left[0] < left[1] + 3


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_band_limited_noise_is_exact(from_hz: int, to_hz: int) -> None:
    """Periodic noise is known at any instant: as the same spectrum transformed to another length."""
    x = noise(from_hz, 1, 0.9 * lower_nyquist(from_hz, to_hz))
    n, m = len(x), len(x) * to_hz // from_hz
    spectrum = np.zeros(m // 2 + 1, complex)
    kept = min(n, m) // 2
    spectrum[:kept] = np.fft.rfft(x.astype(np.float64))[:kept] * m / n
    error = without_ends(_dslite.resample(x, from_hz, to_hz) - np.fft.irfft(spectrum, m), from_hz, to_hz)
    assert np.abs(error).max() < 1e-6
    # soxr is as exact for ratios of small integers; for others its droop near 0.91 leaves 60 dB more.
    theirs = soxr.resample(x, from_hz, to_hz, quality="HQ") - np.fft.irfft(spectrum, m)
    assert rms(error) < 2 * rms(without_ends(theirs, from_hz, to_hz)) < 1e-3


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_sweep_follows_soxr(from_hz: int, to_hz: int) -> None:
    seconds = np.arange(2 * from_hz) / from_hz
    top = 0.9 * lower_nyquist(from_hz, to_hz)
    x = (0.5 * np.sin(2 * np.pi * top * seconds**2 / 4)).astype(np.float32)
    ours, theirs = _dslite.resample(x, from_hz, to_hz), soxr.resample(x, from_hz, to_hz, quality="HQ")
    assert len(ours) == len(theirs)
    assert np.abs(without_ends(ours - theirs, from_hz, to_hz)).max() < 5e-3 * 0.5


def assert_like_soxr(x: np.ndarray, from_hz: int) -> None:
    to_hz = 16000
    ours, theirs = _dslite.resample(x, from_hz, to_hz), soxr.resample(x, from_hz, to_hz, quality="HQ")
    assert abs(len(ours) - len(theirs)) <= 1
    n = min(len(ours), len(theirs))
    window = np.hanning(n)  # a clip cut out of sound leaks into every frequency at its ends
    difference = band(window * (ours[:n] - theirs[:n]), to_hz, 0, 0.91 * to_hz / 2)
    assert decibels(rms(difference) / rms(window * theirs[:n])) < -70


def test_real_speech_is_soxr_s(emodb) -> None:
    for path in sorted(emodb.rglob("*.wav"))[::25]:
        assert_like_soxr(*soundfile.read(path, dtype="float32"))


def test_real_sounds_are_soxr_s(esc10) -> None:
    for path in sorted(esc10.rglob("*.ogg"))[::25]:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        assert_like_soxr(np.ascontiguousarray(samples[:, 0]), rate_hz)


@settings(deadline=None, max_examples=60)
@given(
    rates=st.sampled_from([*RATES, (16000, 16000), (100, 331), (11025, 8001)]),
    pushes=st.lists(st.sampled_from([0, 1, 2, 7, 97, 441, 1009, 4096, 6007]), max_size=12),
)
def test_any_split_gives_the_same_bits(rates: tuple[int, int], pushes: list[int]) -> None:
    x = np.random.default_rng(len(pushes)).standard_normal(sum(pushes)).astype(np.float32)
    resampler = _dslite.Resampler(*rates)
    ends = np.cumsum(pushes, dtype=int)
    parts = [resampler.push(part) for part in np.split(x, ends[:-1])] + [resampler.flush()]
    together = np.concatenate(parts)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together.view(np.uint32), _dslite.resample(x, *rates).view(np.uint32))


@settings(deadline=None, max_examples=60)
@given(
    from_hz=st.integers(100, 768000),
    to_hz=st.integers(100, 768000),
    ratio=st.floats(0.01, 0.88),
)
def test_any_pair_of_rates_keeps_a_tone(from_hz: int, to_hz: int, ratio: float) -> None:
    lower = min(from_hz, to_hz)
    from_hz, to_hz = min(from_hz, 300 * lower), min(to_hz, 300 * lower)  # keeps the test short
    hz = ratio * lower / 2
    x = np.sin(2 * np.pi * (hz * np.arange(400 * from_hz // lower) / from_hz % 1)).astype(np.float32)
    y = _dslite.resample(x, from_hz, to_hz)
    assert len(y) == -(-len(x) * to_hz // from_hz)
    expected = np.sin(2 * np.pi * (hz * np.arange(len(y)) / to_hz % 1))
    assert np.abs(without_ends(y - expected, from_hz, to_hz)).max() < 1e-5


@pytest.mark.parametrize("rate_hz", [-16000, 0, 99, 768001])
def test_impossible_rates_are_refused(rate_hz: int) -> None:
    for call in (lambda *rates: _dslite.resample(np.zeros(8, np.float32), *rates), _dslite.Resampler):
        with pytest.raises(ValueError, match=rf"^from_hz is {rate_hz}, expected 100 to 768000$"):
            call(rate_hz, 16000)
        with pytest.raises(ValueError, match=rf"^to_hz is {rate_hz}, expected 100 to 768000$"):
            call(16000, rate_hz)


def test_samples_are_never_converted() -> None:
    with pytest.raises(TypeError, match="float32"):
        _dslite.resample(np.zeros(8), 44100, 16000)
    with pytest.raises(ValueError, match="axis"):
        _dslite.resample(np.zeros((8, 2), np.float32), 44100, 16000)
