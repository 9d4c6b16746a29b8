"""A model file measured on labelled recordings, through the native core as on a board."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error, Model, read_audio
from dslite.audio_files import shorten
from dslite.console import Watcher
from dslite.failures import Failure
from dslite.parallel import in_parallel
from dslite.training.dataset import Dataset
from dslite.training.metrics import Metrics, mean_per_file, measure


@dataclass(frozen=True)
class Evaluation:
    """Measures per chunk and per file, and the recordings that could not be read."""

    per_chunk: Metrics
    per_file: Metrics
    failures: list[Failure]

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, for ``json.dump``."""
        return {
            "labels": list(self.per_file.labels),
            "per_chunk": self.per_chunk.to_json(),
            "per_file": self.per_file.to_json(),
            "unreadable_files": len(self.failures),
        }


def evaluate(model: Model, part: Dataset, watch: Watcher) -> Evaluation:
    """Answer for every recording of ``part`` and compare with its labels.

    A file's scores are the mean of its chunks' scores. Unreadable recordings are left out and
    listed.

    Raises:
        Error: a label that the model does not know, or not one readable recording.
    """
    if model.task != "classes":
        raise Error(f"the model predicts {model.task}, expected one that predicts classes")
    unknown = sorted(set(part.labels) - set(model.labels))
    if unknown:
        raise Error(
            f"label {shorten(unknown)} is unknown to the model, which has {shorten(model.labels, 10)}"
        )
    truth = part.class_indices(model.labels)
    scores, file_of, failures = score(model, part.paths, watch)
    if not len(scores):
        raise Error(f"none of the {len(part)} test files could be read; {failures[0].message}")
    files, file_scores = mean_per_file(scores, file_of)
    return Evaluation(
        measure(truth[file_of], scores, model.labels),
        measure(truth[files], file_scores, model.labels),
        failures,
    )


def score(
    model: Model, paths: Sequence[Path], watch: Watcher
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp], list[Failure]]:
    """Run ``model`` over recordings: (chunks, labels) scores, each chunk's file, the failures."""
    audio = model.recipe.audio

    def read(path: Path) -> npt.NDArray[np.float32] | Failure:
        try:
            return read_audio(path, audio.sample_rate_hz, audio.channel)
        except Error as error:
            return Failure(path, str(error))

    scores: list[npt.NDArray[np.float32]] = []
    file_of: list[int] = []
    failures: list[Failure] = []
    watch.stage("testing", len(paths))
    for index, (path, samples) in enumerate(zip(paths, in_parallel(read, paths), strict=True)):
        watch.advance()
        if isinstance(samples, Failure):
            failures.append(samples)
            continue
        try:
            answers = [answer.scores for answer in model.predict(samples)]
        except Error as error:
            failures.append(Failure(path, f"{path}: {str(error).removeprefix('samples: ')}"))
            continue
        scores += answers
        file_of += [index] * len(answers)
    shape = (-1, len(model.labels))
    return np.asarray(scores, np.float32).reshape(shape), np.asarray(file_of, np.intp), failures


def open_model(path: Path, runtime: str | None = None) -> Model:
    """Open a model to answer as fast as this machine can."""
    return Model(path, threads=os.cpu_count() or 1, runtime=runtime)
