"""Stage 5 against NumPy in float64, and by the properties of a Fourier transform."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dslite
from dslite._dslite import Fft

LENGTHS = [*range(1, 65), 97, 1009, 1102, 1764, 5644, 10007, *(2**k for k in range(7, 17))]


def relative_error(spectra: np.ndarray, frames: np.ndarray) -> float:
    """RMS error over RMS value, against NumPy in float64."""
    exact = np.fft.rfft(frames.astype(np.float64))
    scale = np.sqrt(np.mean(np.abs(exact) ** 2))
    return float(np.sqrt(np.mean(np.abs(spectra - exact) ** 2)) / scale)


@pytest.mark.parametrize("length", LENGTHS)
def test_equals_numpy_in_float64(length):
    frames = np.random.default_rng(length).standard_normal((7, length)).astype(np.float32)
    # float32 rounds to 6e-8; the error of a good FFT grows with √log n.
    assert relative_error(Fft(length)(frames), frames) < 3e-7


@pytest.mark.parametrize("length", [16, 512, 1000, 1009, 1764, 2048])
def test_an_impulse_has_a_flat_spectrum_with_the_right_phase(length):
    for at in {0, 1, length // 3, length - 1}:
        frame = np.zeros((1, length), np.float32)
        frame[0, at] = 1.0
        exact = np.exp(-2j * np.pi * at * np.arange(length // 2 + 1) / length)
        assert np.abs(Fft(length)(frame)[0] - exact).max() < 1e-6


@pytest.mark.parametrize("length", [512, 1009, 2048])
def test_dynamic_range_of_a_tone_is_that_of_float32(length):
    k = length // 5
    tone = np.cos(2 * np.pi * k * np.arange(length) / length).astype(np.float32)[None]
    magnitude = np.abs(Fft(length)(tone)[0])
    assert magnitude.argmax() == k
    others = np.delete(magnitude, k)
    assert 20 * np.log10(others.max() / magnitude[k]) < -130


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_parseval(length, seed):
    frame = np.random.default_rng(seed).standard_normal((1, length)).astype(np.float32)
    power = np.abs(Fft(length)(frame)[0].astype(np.complex128)) ** 2
    both_sides = 2 * power.sum() - power[0] - (power[-1] if length % 2 == 0 else 0)
    if length == 1:
        both_sides = power[0]
    assert both_sides / length == pytest.approx(float((frame.astype(np.float64) ** 2).sum()), rel=1e-5)


@pytest.mark.parametrize("length", [1, 2, 15, 97, 512, 1102])
@pytest.mark.parametrize("frames", [1, 2, 15, 16, 17, 33])
def test_a_frame_does_not_depend_on_its_neighbours(length, frames):
    batch = np.random.default_rng(0).standard_normal((frames, length)).astype(np.float32)
    fft = Fft(length)
    alone = np.concatenate([fft(batch[i : i + 1]) for i in range(frames)])
    assert (fft(batch) == alone).all()


@pytest.mark.parametrize("isa", dslite.supported_isas())
def test_every_instruction_set_computes_the_same_bits(isa):
    try:
        for length in (1, 7, 60, 97, 400, 512, 1102, 2048):
            batch = np.random.default_rng(length).standard_normal((19, length)).astype(np.float32)
            dslite.force_isa("scalar")
            scalar = Fft(length)(batch)
            dslite.force_isa(isa)
            assert Fft(length)(batch).tobytes() == scalar.tobytes()
    finally:
        dslite.force_isa("")


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="FFT length 0"):
        Fft(0)
    with pytest.raises(TypeError, match="float64"):
        Fft(8)(np.zeros((1, 8)))
    with pytest.raises(ValueError, match="rows of 8"):
        Fft(8)(np.zeros((1, 9), np.float32))
