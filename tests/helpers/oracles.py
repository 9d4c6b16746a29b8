"""Stages of the front end again, in float64, by other people's code and written formulas."""

from functools import cache

import numpy as np


def samples_of(recipe, seconds: float) -> int:
    return int(seconds * recipe.audio.sample_rate_hz)


def windowed_power(recipe, chunk: np.ndarray) -> np.ndarray:
    """(frames, bins) power spectra by NumPy's FFT in float64, for recipes without extras."""
    import scipy.signal

    window = samples_of(recipe, recipe.stft.window_seconds)
    hop = samples_of(recipe, recipe.stft.hop_seconds)
    length = samples_of(recipe, recipe.stft.fft_seconds)
    frames = np.lib.stride_tricks.sliding_window_view(chunk.astype(np.float64), window)[::hop]
    hann = scipy.signal.get_window("hann", window, fftbins=True)
    return np.abs(np.fft.rfft(frames * hann, length)) ** 2


@cache
def htk_matrix(bands: int, bins: int, rate_hz: int, low_hz: float, high_hz: float) -> np.ndarray:
    """(bins, bands), TensorFlow's own in float64."""
    import tensorflow as tf

    return tf.signal.linear_to_mel_weight_matrix(
        bands, bins, rate_hz, low_hz, high_hz, dtype=tf.float64
    ).numpy()


def default_log_mel(recipe, chunk: np.ndarray) -> np.ndarray:
    """(frames, bands) dB of a recipe that differs from the default in numbers only."""
    power = windowed_power(recipe, chunk)
    mel = recipe.mel
    matrix = htk_matrix(mel.bands, power.shape[1], recipe.audio.sample_rate_hz, mel.low_hz, mel.high_hz)
    return 10 * np.log10(np.maximum(recipe.scale.amin, power @ matrix))


def tensorflow_log_mel(recipe, chunk: np.ndarray) -> np.ndarray:
    """The same as TensorFlow computes it in float32."""
    import tensorflow as tf

    stft, mel, rate = recipe.stft, recipe.mel, recipe.audio.sample_rate_hz
    spectra = tf.signal.stft(
        tf.constant(chunk),
        samples_of(recipe, stft.window_seconds),
        samples_of(recipe, stft.hop_seconds),
        samples_of(recipe, stft.fft_seconds),
    )
    matrix = tf.signal.linear_to_mel_weight_matrix(
        mel.bands, spectra.shape[-1], rate, mel.low_hz, mel.high_hz
    )
    power = tf.tensordot(tf.abs(spectra) ** 2, matrix, 1)
    return (10 * tf.math.log(tf.maximum(recipe.scale.amin, power)) / tf.math.log(10.0)).numpy()


def colours(values: np.ndarray, colormap: str) -> np.ndarray:
    """(…) → (…, 3) in 0…1, from matplotlib's entries."""
    from matplotlib import colormaps

    entries = colormaps[colormap](np.arange(256))[:, :3]
    spread = values.max() - values.min()
    at = 255 * (values - values.min()) / spread if spread > 0 else np.zeros_like(values)
    below = np.minimum(at.astype(int), 254)
    share = (at - below)[..., None]
    return entries[below] * (1 - share) + entries[below + 1] * share


def picture(values: np.ndarray, recipe) -> np.ndarray:
    """(frames, bands) → (height, width, 3), by tf.image.resize; highest band on top."""
    import tensorflow as tf

    p = recipe.picture
    resized = tf.image.resize(
        colours(values, p.colormap).astype(np.float32),
        (p.width, p.height),
        method=p.resize,
        antialias=p.antialias,
    ).numpy()
    return np.clip(np.transpose(resized, (1, 0, 2))[::-1] * 255, 0, 255)
