"""The works' numbers in float64 by written formulas: what dslite is held to, and the tables that the
opponents share (window, filterbank, palette, rows and columns of the picture)."""

from dataclasses import dataclass

import numpy as np

TORCH_MEAN = np.array([0.485, 0.456, 0.406])
TORCH_DEVIATION = np.array([0.229, 0.224, 0.225])
PICTURE_SIZE = 224


@dataclass(frozen=True)
class Numbers:
    """A log-mel spectrogram's parameters: HTK mel bands from 0 Hz to half the rate, a Hann window."""

    rate_hz: int
    window: int  # samples, as are hop and fft
    hop: int
    fft: int
    bands: int
    amin: float
    symmetric: bool = False  # the window: scipy's "hann" with fftbins=False


def hann(numbers: Numbers) -> np.ndarray:
    period = numbers.window - 1 if numbers.symmetric else numbers.window
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(numbers.window) / period)


def frames(samples: np.ndarray, numbers: Numbers) -> np.ndarray:
    """(frames, window), a view."""
    return np.lib.stride_tricks.sliding_window_view(samples, numbers.window)[:: numbers.hop]


def mel_matrix(numbers: Numbers) -> np.ndarray:
    """(bins, bands): triangles linear in mel, weight 0 at 0 Hz."""
    nyquist = numbers.rate_hz / 2
    bin_mel = 1127 * np.log1p(np.linspace(0, nyquist, numbers.fft // 2 + 1) / 700)[:, None]
    edges = np.linspace(0, 1127 * np.log1p(nyquist / 700), numbers.bands + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum((bin_mel - low) / (centre - low), (high - bin_mel) / (high - centre))
    weights[0] = 0
    return np.maximum(0, weights)


def mel_power(samples: np.ndarray, numbers: Numbers) -> np.ndarray:
    """(frames, bands)."""
    windowed = frames(samples.astype(np.float64), numbers) * hann(numbers)
    return np.abs(np.fft.rfft(windowed, numbers.fft)) ** 2 @ mel_matrix(numbers)


def power(spectra: np.ndarray) -> np.ndarray:
    """|X|² without the square root that numpy.abs takes."""
    result = np.square(spectra.real)
    result += np.square(spectra.imag)
    return result


def viridis() -> np.ndarray:
    """(256, 3) in 0…1, matplotlib's."""
    from matplotlib import colormaps

    return colormaps["viridis"](np.arange(256))[:, :3]


def nearest(inputs: int) -> np.ndarray:
    """For each row or column of the picture its input, with half-pixel centres."""
    return ((np.arange(PICTURE_SIZE) + 0.5) * inputs / PICTURE_SIZE).astype(np.int64)


def picture_cells(frames: int, bands: int) -> np.ndarray:
    """(height, width): each pixel's index into the cells of (frames, bands); highest band on top."""
    return nearest(frames)[None, :] * bands + nearest(bands)[::-1, None]


def tensor_palette() -> tuple[np.ndarray, np.ndarray]:
    """viridis as the `torch` tensor has it, (256, 3), and each entry's step to the next.

    Scaling is affine and may be done to the entries instead of to the pixels."""
    entries = (viridis() - TORCH_MEAN) / TORCH_DEVIATION
    return entries, np.diff(entries, axis=0, append=entries[-1:])


def default_tensor(samples: np.ndarray, numbers: Numbers) -> np.ndarray:
    """(height, width, 3), of dslite's default recipe."""
    values = 10 * np.log10(np.maximum(numbers.amin, mel_power(samples, numbers)))
    at = 255 * (values - values.min()) / (values.max() - values.min())
    entries, steps = tensor_palette()
    below = at.astype(int)
    cells = entries[below] + steps[below] * (at - below)[..., None]
    return cells.reshape(-1, 3)[picture_cells(*values.shape)]
