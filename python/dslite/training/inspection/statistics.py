"""A whole data set in figures, and how a recipe meets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, Recipe, _dslite
from dslite.training.inspection.recording import Recording, measure
from dslite.util.failures import Failure
from dslite.util.parallel import in_parallel


@dataclass(frozen=True)
class Statistics:
    """The figures of every recording that could be read, and those that could not."""

    recordings: list[Recording]
    failures: list[Failure] = field(default_factory=list)

    def of(self, name: str) -> npt.NDArray[np.float64]:
        """One figure of every recording, such as ``seconds``."""
        return np.array([getattr(one, name) for one in self.recordings], dtype=np.float64)

    @property
    def classes(self) -> Counter[str]:
        """How many recordings have each label; "" where there are no labels."""
        return Counter(one.label for one in self.recordings)

    @property
    def rates_hz(self) -> Counter[int]:
        """How many recordings have each rate."""
        return Counter(one.rate_hz for one in self.recordings)

    @property
    def channels(self) -> Counter[int]:
        """How many recordings have each number of channels."""
        return Counter(one.channels for one in self.recordings)


def gather(
    paths: Sequence[Path], labels: Sequence[str] | None = None, advance: Callable[[], None] = lambda: None
) -> Statistics:
    """Take the figures of recordings by all cores, a few of them in memory at a time.

    Raises:
        Error: none of them can be read; the message is that of the first.
    """

    def one(index: int) -> Recording | Failure:
        try:
            return measure(paths[index], labels[index] if labels is not None else "")
        except Error as error:
            return Failure(paths[index], str(error))

    statistics = Statistics([])
    for result in in_parallel(one, range(len(paths))):
        advance()
        if isinstance(result, Failure):
            statistics.failures.append(result)
        else:
            statistics.recordings.append(result)
    if not statistics.recordings:
        raise Error(f"no recording could be read: {statistics.failures[0].message}")
    return statistics


def empty_bands(recipe: Recipe) -> list[int]:
    """The mel bands, from 0, that no bin of the spectrum falls into: lines of the picture without sound."""
    if not recipe.mel.bands:
        return []
    weights = _dslite.mel_matrix(recipe)  # (bands, bins)
    return [int(band) for band in np.flatnonzero(~weights.any(axis=1))]


def empty_bands_warning(recipe: Recipe) -> str:
    """One line where a recipe has empty bands, with what to do, or ""."""
    bands = empty_bands(recipe)
    if not bands:
        return ""
    named = ", ".join(map(str, bands[:5])) + (" …" if len(bands) > 5 else "")
    return (
        f"{len(bands)} of {recipe.mel.bands} mel bands are empty ({named}): no bin of the spectrum falls "
        "into them; a longer stft.fft_seconds, fewer mel.bands or a higher mel.low_hz fills them"
    )


def padded_share(statistics: Statistics, recipe: Recipe) -> float:
    """The share of all chunks' samples, 0 … 1, that no sound of the recordings is in."""
    front = FrontEnd(recipe)
    rate_hz = recipe.audio.sample_rate_hz
    padded = total = 0
    for one in statistics.recordings:
        spans = front.spans(round(one.seconds * rate_hz))
        length = front.chunk_samples or (spans[0][1] - spans[0][0] if spans else 0)
        total += length * len(spans)
        padded += sum(length - (stop - start) for start, stop in spans)
    return padded / total if total else 0.0


def dropped(statistics: Statistics, recipe: Recipe) -> int:
    """How many recordings are too short for one chunk of the recipe."""
    front = FrontEnd(recipe)
    rate_hz = recipe.audio.sample_rate_hz
    return sum(not front.spans(round(one.seconds * rate_hz)) for one in statistics.recordings)
