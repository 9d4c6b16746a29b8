"""A clip as a network sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dslite import FrontEnd, Recipe
from dslite._dslite import mel_matrix
from dslite.plots.saving import plain, save

TICKS = 7


def save_picture(
    path: Path, front: FrontEnd, samples: npt.NDArray[np.float32], start_s: float, title: str = ""
) -> None:
    """Draw the core's picture of one chunk, its axes in seconds and in Hz, as PNG.

    Args:
        samples: mono, at the recipe's rate; ``start_s`` is where they begin in the recording.

    Raises:
        Error: the file cannot be written.
    """
    recipe = front.recipe
    picture = front.picture(samples)
    end_s = start_s + len(samples) / recipe.audio.sample_rate_hz
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    image = picture / 255 if picture.shape[2] == 3 else picture[:, :, 0]
    # Row 0 is the highest band; the rows span 0…1 so that ticks do not depend on the picture's size.
    axes.imshow(image, aspect="auto", interpolation="nearest", extent=(start_s, end_s, 0, 1))
    axes.set_xlabel("time in s")
    positions, texts, name = _frequency_ticks(recipe)
    axes.set_yticks(positions, texts)
    axes.set_ylabel(name)
    axes.set_title(plain(title))
    save(figure, path)


def _frequency_ticks(recipe: Recipe) -> tuple[list[float], list[str], str]:
    """Heights in 0…1 of the middles of some rows, what they stand for, and the axis' name."""
    if recipe.mfcc.count:
        hertz, name = np.arange(recipe.mfcc.count, dtype=float), "MFCC"
    elif recipe.mel.bands:
        hertz, name = _band_centres(recipe), "mel band centre in Hz"
    else:
        bins = int(recipe.stft.fft_seconds * recipe.audio.sample_rate_hz) // 2 + 1
        hertz, name = np.linspace(0, recipe.audio.sample_rate_hz / 2, bins), "frequency in Hz"
    rows = np.linspace(0, len(hertz) - 1, min(TICKS, len(hertz))).round().astype(int)
    rows = rows[np.isfinite(hertz[rows])]
    return list((rows + 0.5) / len(hertz)), [f"{value:.0f}" for value in hertz[rows]], name


def _band_centres(recipe: Recipe) -> npt.NDArray[np.float64]:
    """The centre of mass of each of the core's mel filters in Hz; NaN where one holds no FFT bin."""
    matrix = mel_matrix(recipe).astype(np.float64)
    bins_hz = np.linspace(0, recipe.audio.sample_rate_hz / 2, matrix.shape[1])
    with np.errstate(invalid="ignore"):
        centres: npt.NDArray[np.float64] = matrix @ bins_hz / matrix.sum(axis=1)
    return centres
