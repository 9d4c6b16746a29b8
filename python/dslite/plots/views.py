"""A clip through a recipe: its chunks, their pictures, and what the axes of these stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd, Recipe
from dslite._dslite import mel_matrix

Samples = npt.NDArray[np.float32]
#: Round frequencies in kHz, of which an axis shows those that have room.
ROUND_KHZ = (0, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 24, 32, 48, 96)
#: The least distance of two ticks, as a share of the axis.
TICK_GAP = 0.07


@dataclass(frozen=True)
class View:
    """A recording through one recipe; ``samples`` are mono, at the recipe's rate."""

    name: str
    front: FrontEnd
    samples: Samples

    @property
    def recipe(self) -> Recipe:
        """The recipe."""
        return self.front.recipe

    @property
    def rate_hz(self) -> int:
        """The rate of the samples."""
        return int(self.recipe.audio.sample_rate_hz)

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.samples) / self.rate_hz

    @cached_property
    def spans_s(self) -> list[tuple[float, float]]:
        """Start and end of the sound in each chunk, in seconds."""
        spans = self.front.spans(len(self.samples))
        return [(start / self.rate_hz, stop / self.rate_hz) for start, stop in spans]

    def extent_s(self, chunk: int) -> tuple[float, float]:
        """Start and end of a chunk's picture in seconds, what fills up a short one included."""
        start = self.spans_s[chunk][0]
        return start, start + len(self.front.chunk(self.samples, chunk)) / self.rate_hz

    def picture(self, chunk: int) -> Samples:
        """The core's picture of a chunk, (height, width, channels)."""
        return self.front.picture(self.front.chunk(self.samples, chunk))

    def values(self, chunk: int) -> tuple[float, float]:
        """The values that the picture's darkest and brightest colour stand for."""
        spectrum = self.front.log_mel(self.front.chunk(self.samples, chunk))
        return float(spectrum.min()), float(spectrum.max())


def value_name(recipe: Recipe) -> str:
    """What the colours of a picture stand for."""
    if recipe.mfcc.count:
        return "coefficient's value"
    return {"db": "level in dB", "log": "natural logarithm", "pcen": "PCEN"}.get(recipe.scale.kind, "power")


def frequency_axis(recipe: Recipe) -> tuple[list[float], list[str], str]:
    """Heights in 0…1 of round frequencies, their texts, and the name of the axis."""
    if recipe.mfcc.count:
        count = int(recipe.mfcc.count)
        shown = range(0, count, max(1, count // 8))
        return [(i + 0.5) / count for i in shown], [str(i) for i in shown], "MFCC"
    hertz, heights = _heights(recipe)
    places: list[float] = []
    texts: list[str] = []
    for khz in ROUND_KHZ:
        if not hertz[0] <= 1000 * khz <= hertz[-1] + 1:
            continue
        place = float(np.interp(1000 * khz, hertz, heights))
        if not places or place - places[-1] >= TICK_GAP:
            places.append(place)
            texts.append(f"{khz:g}")
    return places, texts, "frequency in kHz"


def _heights(recipe: Recipe) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Rising frequencies in Hz, and their heights in a picture whose rows span 0…1."""
    nyquist = recipe.audio.sample_rate_hz / 2
    if not recipe.mel.bands:
        return np.array([0.0, nyquist]), np.array([0.0, 1.0])
    centres = band_centres(recipe)
    rows = np.flatnonzero(np.isfinite(centres))
    hertz = np.concatenate([[recipe.mel.low_hz], centres[rows], [recipe.mel.high_hz]])
    heights = np.concatenate([[0.0], (rows + 0.5) / len(centres), [1.0]])
    return np.maximum.accumulate(hertz), heights


def band_centres(recipe: Recipe) -> npt.NDArray[np.float64]:
    """The centre of mass of each of the core's mel filters in Hz; NaN where one holds no FFT bin."""
    matrix = mel_matrix(recipe).astype(np.float64)
    bins_hz = np.linspace(0, recipe.audio.sample_rate_hz / 2, matrix.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        centres: npt.NDArray[np.float64] = matrix @ bins_hz / matrix.sum(axis=1)
    return centres


def empty_bands(recipe: Recipe) -> int:
    """How many mel bands hold no FFT bin, and so are black lines in every picture."""
    return int(np.isnan(band_centres(recipe)).sum()) if recipe.mel.bands else 0


def chunk_rows(views: Sequence[View], chunk: int | None, most: int) -> list[int]:
    """The chunks to draw, one below the other: all up to ``most``, or the one that was asked for."""
    count = max(len(view.spans_s) for view in views)
    return list(range(min(count, most))) if chunk is None else [chunk]
