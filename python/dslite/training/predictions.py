"""Every answer of a test part, chunk by chunk, as a table that people and programs read: predictions.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error
from dslite.atomic import replacing

TIMES = ("file", "start", "end")
CLASSES = ("truth", "answer")
TRUTH, SCORE = "truth:", "score:"


@dataclass(frozen=True)
class Predictions:
    """The answers to n chunks.

    Attributes:
        labels: the classes, or the names of the values.
        files: the file of each chunk, as the label table names it.
        starts: where each chunk starts in its file, in seconds; shape (n,).
        ends: where its sound ends.
        truth: the true labels, text of shape (n,); or the true values, float of shape (n, values).
        scores: shape (n, labels), float32.
    """

    labels: tuple[str, ...]
    files: tuple[str, ...]
    starts: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    truth: npt.NDArray[Any]
    scores: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.files)
        if not self.of_classes and self.truth.shape != self.scores.shape:
            raise ValueError(f"truth: shape {self.truth.shape}, expected that of scores, {self.scores.shape}")
        if any(len(column) != count for column in (self.starts, self.ends, self.truth)):
            raise ValueError(f"starts, ends, truth: expected one a chunk, of which there are {count}")
        if self.scores.shape != (count, len(self.labels)):
            raise ValueError(f"scores: shape {self.scores.shape}, expected {(count, len(self.labels))}")

    def __len__(self) -> int:
        return len(self.files)

    @property
    def of_classes(self) -> bool:
        """Whether the answers are classes; else they are values."""
        return self.truth.ndim == 1

    @property
    def answers(self) -> npt.NDArray[Any]:
        """The label of the highest score of each chunk, text of shape (n,)."""
        best = self.scores.argmax(axis=1)
        return np.array([self.labels[index] for index in best], dtype=object)


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write a row per chunk.

    Of classes: file, start, end, truth, answer, ``score:LABEL`` …; of values: file, start, end,
    ``truth:NAME`` …, ``score:NAME`` …. Nine digits read any float32 back.

    Raises:
        Error: the file cannot be written.
    """
    names = CLASSES if predictions.of_classes else [TRUTH + label for label in predictions.labels]
    header = [*TIMES, *names, *(SCORE + label for label in predictions.labels)]
    with replacing(path) as file:
        # A file name that is not UTF-8 comes from the system as surrogates.
        text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(_rows(predictions))
        text.detach()


def _rows(predictions: Predictions) -> Iterable[list[object]]:
    answers = predictions.answers if predictions.of_classes else None
    for i, file in enumerate(predictions.files):
        times = (f"{predictions.starts[i]:.9g}", f"{predictions.ends[i]:.9g}")
        told = [predictions.truth[i], answers[i]] if answers is not None else map(_nine, predictions.truth[i])
        yield [file, *times, *told, *map(_nine, predictions.scores[i])]


def _nine(value: float) -> str:
    return f"{float(value):.9g}"


def read_predictions(path: Path) -> Predictions:
    """Read what ``write_predictions`` wrote.

    Raises:
        Error: not such a file; the message names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            labels = tuple(name.removeprefix(SCORE) for name in header if name.startswith(SCORE))
            names = CLASSES if tuple(header[3:5]) == CLASSES else [TRUTH + label for label in labels]
            if not labels or header != [*TIMES, *names, *(SCORE + label for label in labels)]:
                raise Error(
                    f"{path}: line 1: not the header of predictions; "
                    "expected file, start, end, truth, answer, score:…"
                )
            return _parse(path, rows, labels, names is CLASSES)
    except OSError as error:
        raise Error(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Error(f"{path}: not a table of predictions: {error}") from error


def _parse(path: Path, rows: Iterable[list[str]], labels: Sequence[str], of_classes: bool) -> Predictions:
    files: list[str] = []
    truth: list[Any] = []
    numbers: list[list[float]] = []
    width = 3 + (2 if of_classes else len(labels)) + len(labels)
    for line, row in enumerate(rows, start=2):
        if len(row) != width:
            raise Error(f"{path}: line {line}: {len(row)} cells, expected {width}")
        try:
            numbers.append([float(cell) for cell in (*row[1:3], *row[-len(labels) :])])
            truth.append(row[3] if of_classes else [float(cell) for cell in row[3 : 3 + len(labels)]])
        except ValueError as error:
            raise Error(f"{path}: line {line}: {error}") from error
        files.append(row[0])
    if not files:
        raise Error(f"{path}: no row below the header; expected one a chunk")
    table = np.asarray(numbers, dtype=np.float64)
    told = np.asarray(truth, dtype=object if of_classes else np.float64)
    scores = table[:, 2:].astype(np.float32)
    return Predictions(tuple(labels), tuple(files), table[:, 0], table[:, 1], told, scores)
