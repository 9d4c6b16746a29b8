"""Named recipes against the systems they are named after, or against their published formulas.

The errors printed in docs/front-end.md come from here: ``pytest tests/core/recipe/test_presets.py -rP``.
"""

import librosa
import numpy as np
import pytest
import scipy.signal
from oracles import default_log_mel, htk_matrix
from signals import synthetic_signals

import dslite


def chunk_of(recipe, name="noise"):
    rate_hz = recipe.audio.sample_rate_hz
    return synthetic_signals(int(recipe.chunk.seconds * rate_hz), rate_hz)[name]


def centred_power(chunk, n_fft, hop):
    return (
        np.abs(librosa.stft(chunk.astype(np.float64), n_fft=n_fft, hop_length=hop, pad_mode="reflect")) ** 2
    )


def deepspectrumlite(recipe, chunk):
    return default_log_mel(recipe, chunk)


def librosas(recipe, chunk):
    mel = librosa.feature.melspectrogram(y=chunk.astype(np.float64), sr=22050)
    return librosa.power_to_db(mel).T


def torchaudios(recipe, chunk):
    """Its documented defaults: n_fft 400, hop 200, reflected, HTK mels, triangles in Hz, no norm."""
    filters = librosa.filters.mel(sr=16000, n_fft=400, n_mels=128, htk=True, norm=None, dtype=np.float64)
    return 10 * np.log10(np.maximum(filters @ centred_power(chunk, 400, 200), 1e-10)).T


def kaldis(recipe, chunk):
    """feature-window.cc and mel-computations.cc, without dither."""
    frames = np.lib.stride_tricks.sliding_window_view(chunk.astype(np.float64), 400)[::160].copy()
    frames -= frames.mean(axis=1, keepdims=True)
    frames -= 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    povey = scipy.signal.get_window("hann", 400, fftbins=False) ** 0.85
    power = np.abs(np.fft.rfft(frames * povey, 512)) ** 2
    return np.log(power @ htk_matrix(23, 257, 16000, 20.0, 8000.0))


def yamnets(recipe, chunk):
    """features.py of YAMNet: magnitudes, 64 mels of 125 … 7500 Hz, ln(x + 0.001)."""
    frames = np.lib.stride_tricks.sliding_window_view(chunk.astype(np.float64), 400)[::160]
    magnitude = np.abs(np.fft.rfft(frames * scipy.signal.get_window("hann", 400), 512))
    return np.log(magnitude @ htk_matrix(64, 257, 16000, 125.0, 7500.0) + 0.001)


def whispers(recipe, chunk):
    """audio.py of Whisper, before it adds 4 and divides by 4, in dB; its last frame is dropped."""
    filters = librosa.filters.mel(sr=16000, n_fft=400, n_mels=80, dtype=np.float64)
    log = np.log10(np.maximum(filters @ centred_power(chunk, 400, 160), 1e-10))
    return 10 * np.maximum(log, log.max() - 8).T


def ours(recipe, chunk):
    log = default_log_mel(recipe, chunk)
    return np.maximum(log, log.max() - recipe.scale.top_db)


ORACLES = {
    "deepspectrumlite": deepspectrumlite,
    "librosa": librosas,
    "torchaudio": torchaudios,
    "kaldi": kaldis,
    "yamnet": yamnets,
    "whisper": whispers,
    "speech": ours,
    "environment": ours,
}


def test_every_preset_has_an_oracle():
    assert dslite.Recipe.preset_names() == list(ORACLES)


@pytest.mark.parametrize("signal", ["noise", "fading"])
@pytest.mark.parametrize("name", ORACLES)
def test_features_are_the_systems(name, signal):
    recipe = dslite.Recipe.preset(name)
    chunk = chunk_of(recipe, signal)
    ours = dslite.FrontEnd(recipe).log_mel(chunk)
    exact = ORACLES[name](recipe, chunk)
    assert ours.shape == exact.shape
    error = np.abs(ours - exact)
    print(f"| {name} | {signal} | {error.max():.1e} | {np.sqrt((error**2).mean()):.1e} |")
    unit = 10 / np.log(10) if recipe.scale.kind == "log" else 1  # nepers (of power) to dB
    assert unit * error.max() < 0.01


def test_kaldi_native_fbank_agrees():
    knf = pytest.importorskip("kaldi_native_fbank", reason="kaldi-native-fbank is not installed")
    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    fbank = knf.OnlineFbank(options)
    recipe = dslite.Recipe.preset("kaldi")
    chunk = chunk_of(recipe)
    fbank.accept_waveform(16000, chunk.tolist())
    fbank.input_finished()
    theirs = np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])
    np.testing.assert_allclose(dslite.FrontEnd(recipe).log_mel(chunk), theirs, atol=2e-3)


def test_torch_agrees():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    recipe = dslite.Recipe.preset("torchaudio")
    chunk = chunk_of(recipe)
    spectra = torch.stft(
        torch.from_numpy(chunk), 400, 200, window=torch.hann_window(400), return_complex=True
    )
    filters = librosa.filters.mel(sr=16000, n_fft=400, n_mels=128, htk=True, norm=None)
    power = filters @ (spectra.abs() ** 2).numpy()
    theirs = 10 * np.log10(np.maximum(power, 1e-10)).T
    np.testing.assert_allclose(dslite.FrontEnd(recipe).log_mel(chunk), theirs, atol=1e-2)


def test_an_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match="deepspectrumlite, librosa"):
        dslite.Recipe.preset("vggish")
