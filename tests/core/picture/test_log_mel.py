"""Stages 4, 6, 7 and 8 against TensorFlow, librosa and SciPy."""

import librosa
import numpy as np
import pytest
import scipy.fft
import scipy.signal
from oracles import default_log_mel, samples_of, tensorflow_log_mel
from signals import synthetic_signals

import dslite
from dslite._dslite import mel_matrix, window

SIGNALS = synthetic_signals(64000)


def assert_accurate(recipe, chunk):
    """The design's bound: 0.01 dB within 60 dB of the maximum, in RMS no worse than tf.signal."""
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    exact = default_log_mel(recipe, chunk)
    near = exact > exact.max() - 60
    assert np.abs(ours - exact)[near].max() < 0.01
    theirs = tensorflow_log_mel(recipe, chunk)
    rms = np.sqrt(np.mean((ours - exact)[near] ** 2))
    assert rms <= np.sqrt(np.mean((theirs - exact)[near] ** 2))


@pytest.mark.parametrize("name", ["noise", "loud_noise", "fading", "offset", "sweep", "faint"])
def test_default_recipe_on_synthetic_sound(name):
    assert_accurate(dslite.Recipe(), SIGNALS[name])


def test_default_recipe_on_real_speech(emodb):
    recipe = dslite.Recipe().replace(chunk={"seconds": 2.0})
    front = dslite.FrontEnd(recipe)
    for path in sorted((emodb / "wav").glob("*.wav"))[:20]:
        samples = dslite.read_audio(path, 16000)
        assert_accurate(recipe, front.chunks(samples)[0])


@pytest.mark.parametrize("milliseconds", [4, 10, 25, 32, 40, 62.5, 64.0625, 100, 128, 137.3, 256])
def test_any_window_length(milliseconds):
    seconds = milliseconds / 1000
    stft = {"window_seconds": seconds, "fft_seconds": seconds, "hop_seconds": seconds / 2}
    recipe = dslite.Recipe().replace(stft=stft, mel={"bands": 40})
    assert_accurate(recipe, SIGNALS["noise"])


@pytest.mark.parametrize("points", [4, 5, 6, 7, 8, 10, 60, 61, 62, 63, 100, 102])
@pytest.mark.parametrize("low_hz", [0.0, 100.0])
def test_bands_that_span_all_bins(points, low_hz):
    """A band that leaves no bin free is summed like any other, however many bins there are."""
    seconds = points / 16000
    stft = {"window_seconds": seconds, "fft_seconds": seconds, "hop_seconds": seconds}
    recipe = dslite.Recipe().replace(
        stft=stft, mel={"bands": 1, "low_hz": low_hz}, chunk={"seconds": 0.1}, scale={"amin": 1e-10}
    )
    chunk = SIGNALS["noise"][:1600]
    assert np.abs(dslite.FrontEnd(recipe).log_mel(chunk) - default_log_mel(recipe, chunk)).max() < 1e-4


def test_one_band_of_a_44100_hz_recipe():
    recipe = dslite.Recipe().replace(
        audio={"sample_rate_hz": 44100},
        stft={"window_seconds": 0.05, "fft_seconds": 0.05, "hop_seconds": 0.025},
        mel={"bands": 1, "high_hz": 22050.0},
    )
    assert_accurate(recipe, synthetic_signals(4 * 44100, 44100)["noise"])


def test_silence_is_the_floor():
    log_mel = dslite.FrontEnd(dslite.Recipe()).log_mel(SIGNALS["silence"])
    assert (log_mel == log_mel[0, 0]).all()
    assert log_mel[0, 0] == pytest.approx(-160, abs=1e-4)


@pytest.mark.parametrize("bands", [1, 20, 64, 128])
@pytest.mark.parametrize("high_hz", [4000.0, 8000.0])
@pytest.mark.parametrize("norm", ["none", "slaney"])
@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_filterbank_is_librosas(bands, high_hz, norm, scale):
    mel = {"bands": bands, "low_hz": 50.0, "high_hz": high_hz, "triangles": "hz"}
    recipe = dslite.Recipe().replace(mel={**mel, "norm": norm, "scale": scale})
    theirs = librosa.filters.mel(
        sr=16000,
        n_fft=2048,
        n_mels=bands,
        fmin=50.0,
        fmax=high_hz,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
        dtype=np.float64,
    )
    np.testing.assert_allclose(mel_matrix(recipe), theirs, atol=2e-7 * theirs.max())


def test_filterbank_is_tensorflows():
    import tensorflow as tf

    theirs = tf.signal.linear_to_mel_weight_matrix(96, 1025, 16000, 80.0, 7600.0, dtype=tf.float64)
    recipe = dslite.Recipe().replace(mel={"bands": 96, "low_hz": 80.0, "high_hz": 7600.0})
    np.testing.assert_allclose(mel_matrix(recipe), theirs.numpy().T, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("hann", lambda n: scipy.signal.get_window("hann", n, fftbins=True)),
        ("hann_symmetric", lambda n: scipy.signal.get_window("hann", n, fftbins=False)),
        ("hamming", lambda n: scipy.signal.get_window("hamming", n, fftbins=False)),
        ("povey", lambda n: scipy.signal.get_window("hann", n, fftbins=False) ** 0.85),
        ("rectangular", np.ones),
    ],
)
@pytest.mark.parametrize("length", [1, 2, 400, 401])
def test_windows(name, oracle, length):
    seconds = (length + 0.5) / 16000
    stft = {"window": name, "window_seconds": seconds, "fft_seconds": seconds}
    exact = np.ones(1) if length == 1 else oracle(length)
    np.testing.assert_allclose(window(dslite.Recipe().replace(stft=stft)), exact, atol=6e-8)


def linear_recipe(**tables):
    """No mel, no logarithm: what comes out is the spectrum itself."""
    return dslite.Recipe().replace(mel={"bands": 0}, scale={"kind": "none"}, **tables)


@pytest.mark.parametrize("power", [1.0, 2.0, 0.5, 3.0])
def test_power(power):
    recipe = linear_recipe(stft={"power": power})
    chunk = SIGNALS["noise"]
    frames = np.lib.stride_tricks.sliding_window_view(chunk.astype(np.float64), 2048)[::1024]
    hann = scipy.signal.get_window("hann", 2048)
    exact = np.abs(np.fft.rfft(frames * hann)) ** power
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    np.testing.assert_allclose(ours, exact, rtol=2e-3, atol=2e-6 * exact.max())


@pytest.mark.parametrize(("center", "pad_mode"), [("reflect", "reflect"), ("zero", "constant")])
@pytest.mark.parametrize("samples", [64000, 1500, 700])
def test_centre_padding_is_librosas(center, pad_mode, samples):
    recipe = linear_recipe(stft={"center": center}, chunk={"seconds": 0})
    chunk = SIGNALS["noise"][:samples]
    padded = np.pad(chunk.astype(np.float64), 1024, mode=pad_mode)  # also past a short clip
    exact = np.abs(librosa.stft(padded, n_fft=2048, hop_length=1024, center=False)) ** 2
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    assert ours.shape == exact.T.shape
    np.testing.assert_allclose(ours, exact.T, rtol=1e-4, atol=1e-6 * exact.max())


def test_remove_dc_and_preemphasis_are_kaldis_formula():
    recipe = linear_recipe(stft={"remove_dc": True, "preemphasis": 0.97})
    chunk = SIGNALS["offset"]
    frames = np.lib.stride_tricks.sliding_window_view(chunk.astype(np.float64), 2048)[::1024].copy()
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    exact = np.abs(np.fft.rfft((frames - 0.97 * before) * scipy.signal.get_window("hann", 2048))) ** 2
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    np.testing.assert_allclose(ours, exact, rtol=1e-3, atol=2e-5 * exact.max())


def test_peak_normalisation_and_its_silence():
    plain, peak = linear_recipe(), linear_recipe(audio={"normalize": "peak"})
    chunk = SIGNALS["fading"]
    scaled = (chunk * np.float32(0.7079)) / np.abs(chunk).max()
    assert (dslite.FrontEnd(peak).log_mel(chunk) == dslite.FrontEnd(plain).log_mel(scaled)).all()
    assert (dslite.FrontEnd(peak).log_mel(SIGNALS["silence"]) == 0).all()
    assert np.isfinite(dslite.FrontEnd(peak).log_mel(SIGNALS["subnormal"])).all()


@pytest.mark.parametrize("reference", [1.0, 0.01, "max"])
@pytest.mark.parametrize("top_db", [0.0, 30.0])
@pytest.mark.parametrize("amin", [1e-16, 1e-5])
def test_decibels_are_librosas(reference, top_db, amin):
    plain = dslite.Recipe().replace(scale={"kind": "none"})
    decibels = dslite.Recipe().replace(scale={"reference": reference, "top_db": top_db, "amin": amin})
    chunk = SIGNALS["fading"]
    power = dslite.FrontEnd(plain).log_mel(chunk).astype(np.float64)
    exact = librosa.power_to_db(
        power, ref=np.max if reference == "max" else reference, amin=amin, top_db=top_db or None
    )
    np.testing.assert_allclose(dslite.FrontEnd(decibels).log_mel(chunk), exact, atol=3e-5)


def test_natural_logarithm():
    chunk = SIGNALS["fading"]
    plain = dslite.FrontEnd(dslite.Recipe().replace(scale={"kind": "none"})).log_mel(chunk)
    scaled = dslite.Recipe().replace(scale={"kind": "log", "amin": 1e-6})
    exact = np.log(plain.astype(np.float64) + 1e-6)
    np.testing.assert_allclose(dslite.FrontEnd(scaled).log_mel(chunk), exact, rtol=3e-7, atol=3e-7)


@pytest.mark.parametrize("name", ["noise", "fading", "silence"])
def test_pcen_is_librosas(name):
    chunk = SIGNALS[name]
    plain = dslite.FrontEnd(dslite.Recipe().replace(scale={"kind": "none"})).log_mel(chunk)
    ours = dslite.FrontEnd(dslite.Recipe().replace(scale={"kind": "pcen"})).log_mel(chunk)
    exact = librosa.pcen(plain.T.astype(np.float64), sr=16000, hop_length=1024).T
    np.testing.assert_allclose(ours, exact, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize(("count", "lifter"), [(13, 0), (40, 22), (128, 0), (20, 5)])
def test_mfccs_are_tensorflows(count, lifter):
    import tensorflow as tf

    recipe = dslite.Recipe().replace(mfcc={"count": count, "lifter": lifter})
    chunk = SIGNALS["noise"]
    log_mel = dslite.FrontEnd(dslite.Recipe()).log_mel(chunk)
    exact = tf.signal.mfccs_from_log_mel_spectrograms(log_mel.astype(np.float64)).numpy()[:, :count]
    # The same by SciPy: its orthonormal DCT-II halves the power of coefficient 0.
    by_scipy = scipy.fft.dct(log_mel.astype(np.float64), norm="ortho")[:, :count]
    by_scipy[:, 0] *= np.sqrt(2)
    np.testing.assert_allclose(exact, by_scipy, atol=1e-9)
    if lifter:
        exact *= 1 + lifter / 2 * np.sin(np.pi * np.arange(count) / lifter)
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    assert ours.shape == (61, count)
    np.testing.assert_allclose(ours, exact, atol=1e-6 * np.abs(exact).max())


def test_frames_are_counted_without_padding():
    recipe = dslite.Recipe().replace(chunk={"seconds": 0})
    front = dslite.FrontEnd(recipe)
    for samples in (2048, 2049, 3071, 3072, 9999):
        expected = 1 + (samples - 2048) // samples_of(recipe, 0.064)
        assert front.log_mel(SIGNALS["noise"][:samples]).shape == (expected, 128)
