"""An explanation: the relevance of every part of a chunk's picture for one label."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite._dslite import Recipe, strongest_regions


@dataclass(frozen=True)
class Region:
    """A part of a chunk's picture that speaks for the label.

    Attributes:
        start_s, end_s: in the chunk, in seconds.
        low_hz, high_hz: its frequencies; None where the picture's rows are coefficients (MFCC).
        share: of all that speaks for the label, 0 … 1.
    """

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    share: float


@dataclass(frozen=True)
class Explanation:
    """Why a model gave ``label`` the ``score`` it gave it, for one chunk.

    Attributes:
        label: the class or value that is explained.
        score: what the model answered for it.
        method: "cam", "occlusion" or "shap".
        relevance: (rows, columns) float32 over the picture, row 0 the highest frequency, column 0 the
            earliest. Above 0 a place speaks for the label, below 0 against it. Its unit is the logit's (of
            values the value's own), as a mean over places for "cam", per patch for the others.
        seconds: length of the chunk.
        recipe: whose picture it is.
    """

    label: str
    score: float
    method: str
    relevance: npt.NDArray[np.float32]
    seconds: float
    recipe: Recipe = field(repr=False)

    @property
    def regions(self) -> list[Region]:
        """The three strongest regions at most, by the core; none where nothing speaks for the label."""
        found = strongest_regions(self.recipe, self.seconds, self.relevance)
        return [
            Region(start, end, None if low < 0 else low, None if high < 0 else high, share)
            for start, end, low, high, share in found
        ]

    def words(self, start_s: float = 0.0) -> str:
        """One line: ``dog 0.97: 2.1–2.6 s, 800–2500 Hz give 81 % of it``.

        Args:
            start_s: where the chunk starts in its recording.
        """
        regions = self.regions
        if not regions:
            return f"{self.label} {self.score:.2f}: nothing in the picture speaks for it"
        first = regions[0]
        where = f"{start_s + first.start_s:.1f}–{start_s + first.end_s:.1f} s"
        if first.low_hz is not None and first.high_hz is not None:
            where += f", {_round_hz(first.low_hz)}–{_round_hz(first.high_hz)} Hz"
        return f"{self.label} {self.score:.2f}: {where} give {100 * first.share:.0f} % of it"

    def as_dict(self) -> dict[str, Any]:
        """What JSON can hold: all of it but the recipe, with the regions."""
        return {
            "label": self.label,
            "score": round(self.score, 6),
            "method": self.method,
            "regions": [
                {
                    "start": round(region.start_s, 4),
                    "end": round(region.end_s, 4),
                    "low_hz": None if region.low_hz is None else round(region.low_hz, 1),
                    "high_hz": None if region.high_hz is None else round(region.high_hz, 1),
                    "share": round(region.share, 4),
                }
                for region in self.regions
            ],
            "relevance": [[round(float(place), 6) for place in row] for row in self.relevance],
        }


def _round_hz(hz: float) -> str:
    """Two digits that count, as an ear would: 2487 → 2500."""
    return f"{float(f'{hz:.2g}'):.0f}"
