"""Chunks drawn from recordings as the network sees them: to calibrate int8, and to check conversions."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, read_audio
from dslite.training.data.table import Dataset
from dslite.util.atomic import replacing
from dslite.util.text import escaped


@dataclass(frozen=True)
class Example:
    """A chunk of a recording and what the front end makes of it, (height, width, channels)."""

    path: Path
    label: str  # "" where the files have none
    start_s: float
    end_s: float
    tensor: npt.NDArray[np.float32]


def draw_examples(part: Dataset, front: FrontEnd, seed: int, count: int) -> Iterator[Example]:
    """Draw ``count`` chunks of the part at random, or all where there are fewer.

    Classes take turns, and so do the files of a class: each class gives the same number of chunks for
    as long as it has any. Every chunk of a recording may be drawn: its first is often silence, and
    ranges taken from silence cost int8 its answers. Unreadable recordings are left out.
    """
    drawing = _Drawing(part, front, seed)
    queues = drawing.queues()
    drawn = 0
    while queues:
        for queue in queues:
            if drawn == count:
                return
            if (example := drawing.next(queue)) is not None:
                drawn += 1
                yield example
        queues = [queue for queue in queues if queue]


class _Drawing:
    """The random choice of chunks, and which chunks of each file are left."""

    def __init__(self, part: Dataset, front: FrontEnd, seed: int) -> None:
        self._paths = part.paths
        self._labels = part.strata or [""] * len(part)
        self._front = front
        self._draw = np.random.default_rng(seed)
        self._left: dict[int, list[int]] = {}

    def queues(self) -> list[deque[int]]:
        """The files in random order, in one queue for each class."""
        queues: dict[str, deque[int]] = {}
        for index in self._draw.permutation(len(self._labels)):
            queues.setdefault(self._labels[index], deque()).append(int(index))
        return [queue for _, queue in sorted(queues.items())]

    def next(self, queue: deque[int]) -> Example | None:
        """A chunk of the queue's first readable file, which then waits at its end if it has more."""
        while queue:
            index = queue.popleft()
            try:
                example = self._of(index)
            except (Error, ValueError):
                continue  # training has told of it
            if self._left[index]:
                queue.append(index)
            if example is not None:
                return example
        return None

    def _of(self, index: int) -> Example | None:
        """The next chunk of a file, None where it holds none."""
        path, audio = self._paths[index], self._front.recipe.audio
        samples = read_audio(path, audio.sample_rate_hz, audio.channel)
        spans = self._front.spans(len(samples))
        left = self._left.setdefault(index, [int(one) for one in self._draw.permutation(len(spans))])
        if not left:
            return None
        chunk = left.pop()
        tensor = self._front.tensor(self._front.chunk(samples, chunk))
        start_s, end_s = (sample / audio.sample_rate_hz for sample in spans[chunk])
        return Example(path, self._labels[index], start_s, end_s, tensor)


def save_examples(examples: list[Example], root: Path, path: Path) -> None:
    """Write which chunks were drawn as CSV: file (below ``root``), label, start and end in seconds.

    Raises:
        Error: it cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "label", "start", "end"])
    for one in examples:
        name = one.path.relative_to(root) if one.path.is_relative_to(root) else one.path
        writer.writerow([escaped(str(name)), escaped(one.label), f"{one.start_s:.9g}", f"{one.end_s:.9g}"])
    with replacing(path) as file:
        file.write(text.getvalue().encode())
