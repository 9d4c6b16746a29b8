"""librosa with its filterbank made beforehand, matplotlib's table of 256 colours, Pillow's resize."""

import librosa
import numpy as np
from matplotlib import colormaps
from PIL import Image

from benches import reference
from benches.works import Call, Work


def _mel_power(work: Work):
    numbers = work.numbers
    mel = np.ascontiguousarray(reference.mel_matrix(numbers).T, dtype=np.float32)
    # librosa centres a window shorter than the FFT; zeros on its right make it one of the FFT's length.
    window = np.pad(reference.hann(numbers), (0, numbers.fft - numbers.window)).astype(np.float32)
    missing = numbers.fft - numbers.window
    samples = np.pad(work.samples, (0, missing)) if missing else work.samples
    stft = {"n_fft": numbers.fft, "hop_length": numbers.hop, "window": window, "center": False}

    def run() -> np.ndarray:
        return mel @ reference.power(librosa.stft(samples, **stft))

    return run


def picture(work: Work) -> Call:
    mel_power = _mel_power(work)
    viridis = colormaps["viridis"]
    size = (reference.PICTURE_SIZE, reference.PICTURE_SIZE)
    # A row long: NumPy is slow at repeating three values.
    gain = np.tile(1 / (255 * reference.TORCH_DEVIATION), size[0]).astype(np.float32)
    offset = np.tile(-reference.TORCH_MEAN / reference.TORCH_DEVIATION, size[0]).astype(np.float32)

    def run() -> np.ndarray:
        db = librosa.power_to_db(mel_power(), ref=1.0, amin=work.numbers.amin, top_db=None)
        low = db.min()
        share = (db - low) / (db.max() - low)
        image = Image.fromarray(viridis(share, bytes=True)).convert("RGB")
        pixels = np.asarray(image.resize(size, Image.Resampling.NEAREST))[::-1].reshape(size[0], -1)
        return (pixels * gain + offset).reshape(*size, 3)

    return run


def log_mel(work: Work) -> Call:
    mel_power = _mel_power(work)
    return lambda: np.log(mel_power() + np.float32(work.numbers.amin)).T
