"""A model file measured on labelled recordings, through the native core as on a board."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error, Model
from dslite.training.data.table import Dataset
from dslite.training.metrics.predictions import Answers
from dslite.training.metrics.summary import Metrics
from dslite.training.task import find_task
from dslite.util.failures import Failure
from dslite.util.progress import Progress
from dslite.util.text import shorten


@dataclass(frozen=True)
class Evaluation:
    """Measures per chunk and per file, the answers themselves (per chunk), and what could not be read."""

    per_chunk: Metrics
    per_file: Metrics
    answers: Answers
    failures: list[Failure]

    @classmethod
    def of(cls, answers: Answers, failures: list[Failure]) -> Evaluation:
        """Measure answers per chunk, and per file."""
        return cls(answers.measure(), answers.per_file().measure(), answers, failures)

    @property
    def predictions(self) -> pd.DataFrame:
        """The answers as a table, a row per chunk, see ``dslite.training.metrics.predictions``."""
        return self.answers.table()

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, for ``json.dump``."""
        return {
            "labels": list(self.per_file.labels),
            "per_chunk": self.per_chunk.to_json(),
            "per_file": self.per_file.to_json(),
            "unreadable_files": len(self.failures),
        }


def evaluate(model: Model, part: Dataset, progress: Progress) -> Evaluation:
    """Answer for every recording of ``part`` and compare with its labels or values.

    A file's scores are the mean of its chunks' scores. Unreadable recordings are left out and
    listed.

    Raises:
        Error: the model's task is another, a label that the model does not know, another number of
            targets, or not one readable recording.
    """
    truth = _truth(model, part)
    scored = score(model, part.paths, progress)
    if not len(scored.scores):
        raise Error(f"none of the {len(part)} test files could be read; {scored.failures[0].message}")
    truth_of_chunks = truth[scored.file_of]
    answers = Answers.of_files(
        part.task, model.labels, part.files, scored.file_of, truth_of_chunks, scored.scores, scored.spans_s
    )
    return Evaluation.of(answers, scored.failures)


def _truth(model: Model, part: Dataset) -> npt.NDArray[Any]:
    """What is true of each file, in the model's terms: the class's index, or the values."""
    task = find_task(model.task)
    if task is not part.task:
        hint = "name their columns by --targets" if task.in_units else "expected labels"
        raise Error(f"the model predicts {task.name}, the data has {part.task.name}; {hint}")
    if task.exclusive:
        if unknown := sorted(set(part.labels) - set(model.labels)):
            known = shorten(model.labels, 10)
            raise Error(f"label {shorten(unknown)} is unknown to the model, which has {known}")
        return part.class_indices(model.labels)
    if len(part.target_names) != len(model.labels):
        raise Error(
            f"{len(part.target_names)} targets given, {shorten(part.target_names)}; "
            f"the model predicts {len(model.labels)}, {shorten(model.labels, 10)}"
        )
    if set(part.target_names) == set(model.labels):
        return part.numbers[:, [part.target_names.index(name) for name in model.labels]]
    return part.numbers  # the same under other names, in the model's order


@dataclass(frozen=True)
class Scored:
    """A model's answers: the scores of each chunk, its start and end in seconds, and its file's index."""

    scores: npt.NDArray[np.float32]
    spans_s: npt.NDArray[np.float64]
    file_of: npt.NDArray[np.intp]
    failures: list[Failure]


def score(model: Model, paths: Sequence[Path], progress: Progress) -> Scored:
    """Run ``model`` over recordings, of which a few at a time are in memory."""
    scores, spans_s, file_of = array("f"), array("d"), array("q")
    failures: list[Failure] = []
    progress.stage("testing", len(paths))
    for index, file in enumerate(model.predict_many(paths)):
        progress.advance()
        if file.error is not None:
            failures.append(Failure(file.path, str(file.error)))
            continue
        for answer in file.answers:
            scores.extend(answer.scores)
            spans_s.extend((answer.start_s, answer.end_s))
            file_of.append(index)
    return Scored(
        np.asarray(scores, np.float32).reshape(-1, len(model.labels)),
        np.asarray(spans_s, np.float64).reshape(-1, 2),
        np.asarray(file_of, np.intp),
        failures,
    )


def open_model(path: Path) -> Model:
    """Open a model for ``score``, which opens it once more for each processor."""
    return Model(path)
