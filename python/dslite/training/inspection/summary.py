"""What ``dslite inspect`` shows: rows of text, the same for the terminal and for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dslite import Recipe
from dslite.training.data.near_duplicates import Pair
from dslite.training.inspection.recording import Recording
from dslite.training.inspection.statistics import (
    Statistics,
    dropped,
    empty_bands_warning,
    padded_share,
)
from dslite.util.progress import duration

#: Rows of a table of classes or of files.
MOST = 20
#: Recordings with more than this are named.
CLIPPED, SILENT = 0.001, 0.5
PERCENTILES = (0, 5, 50, 95, 100)


@dataclass(frozen=True)
class Table:
    """A table of text; the first column is to the left, the others to the right."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def overview(statistics: Statistics) -> list[str]:
    """Lines on the data set as a whole."""
    recordings = statistics.recordings
    lines = [f"{len(recordings)} recordings, {duration(float(statistics.of('seconds').sum()))} of sound"]
    if statistics.failures:
        lines.append(f"{len(statistics.failures)} cannot be read")
    lines.append(f"rates: {_counts(f'{rate} Hz' for rate in _each(recordings, 'rate_hz'))}")
    lines.append(f"channels: {_counts(_each(recordings, 'channels'))}")
    return lines


def figures(statistics: Statistics) -> Table:
    """Percentiles over the recordings of what was measured of each."""
    kinds = (
        ("duration, s", "seconds", 1, 2),
        ("level, dB", "level_db", 1, 1),
        ("peak, of full scale", "peak", 1, 3),
        ("loud to quiet parts, dB", "", 1, 1),
        ("digital silence, %", "silent_share", 100, 1),
        ("silence at the start, s", "leading_silence_s", 1, 2),
        ("clipped samples, %", "clipped_share", 100, 3),
        ("bandwidth, Hz", "bandwidth_hz", 1, 0),
    )
    rows = []
    for title, name, factor, digits in kinds:
        values = statistics.of(name) if name else statistics.of("loud_db") - statistics.of("noise_db")
        found = np.percentile(values * factor, PERCENTILES)
        rows.append((title, *(f"{value:.{digits}f}" for value in found)))
    return Table("Figures", ("", "least", "5 %", "median", "95 %", "most"), rows)


def classes(statistics: Statistics) -> Table | None:
    """The recordings and the seconds of each class, the largest first; None without labels."""
    counts = statistics.classes
    if set(counts) == {""}:
        return None
    seconds: Counter[str] = Counter()
    for one in statistics.recordings:
        seconds[one.label] += one.seconds  # type: ignore[assignment]
    rows = [(label, str(count), duration(seconds[label])) for label, count in counts.most_common(MOST)]
    if len(counts) > MOST:
        rows.append((f"and {len(counts) - MOST} more", str(sum(counts.values()) - _total(rows)), ""))
    return Table(f"{len(counts)} classes", ("class", "recordings", "sound"), rows)


def under_recipe(statistics: Statistics, recipe: Recipe) -> list[str]:
    """Lines on how a recipe meets the data."""
    lines = [
        f"chunks of {recipe.chunk.seconds:g} s: {padded_share(statistics, recipe):.1%} of them is filled up "
        f'(tail = "{recipe.chunk.tail}")',
    ]
    if short := dropped(statistics, recipe):
        lines.append(f"{short} of {len(statistics.recordings)} recordings are too short for one chunk")
    higher = sum(one.bandwidth_hz > recipe.audio.sample_rate_hz / 2 for one in statistics.recordings)
    if higher:
        lines.append(
            f"{higher} recordings have sound above {recipe.audio.sample_rate_hz / 2:g} Hz, which goes"
        )
    lines.append(empty_bands_warning(recipe) or "no mel band is empty")
    return lines


def conspicuous(statistics: Statistics, root: Path) -> Table | None:
    """The recordings that are clipped or mostly digital silence, the worst first."""
    found = [
        one
        for one in statistics.recordings
        if one.clipped_share > CLIPPED or one.silent_share > SILENT or one.peak == 0
    ]
    if not found:
        return None
    found.sort(key=lambda one: -(one.clipped_share / CLIPPED + one.silent_share / SILENT))
    rows = [
        (_below(root, one.path), f"{one.clipped_share:.2%}", f"{one.silent_share:.0%}")
        for one in found[:MOST]
    ]
    title = f"{len(found)} recordings are clipped or mostly digital silence"
    return Table(title, ("file", "clipped", "digital silence"), rows)


def pairs(found: Sequence[Pair], root: Path) -> Table | None:
    """The pairs of recordings that share a sound, the most similar first."""
    if not found:
        return None
    rows = [
        (_below(root, pair.first), _below(root, pair.second), f"{pair.similarity:.2f}")
        for pair in found[:MOST]
    ]
    return Table(f"{len(found)} pairs share a sound", ("file", "file", "similarity"), rows)


def _counts(values: Iterable[object]) -> str:
    return ", ".join(f"{value} ({count})" for value, count in Counter(values).most_common(6))


def _each(recordings: Sequence[Recording], name: str) -> list[int]:
    return [getattr(one, name) for one in recordings]


def _total(rows: Sequence[tuple[str, ...]]) -> int:
    return sum(int(row[1]) for row in rows)


def _below(root: Path, path: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
