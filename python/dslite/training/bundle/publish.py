"""A converted network made a model file: measured by the native core, written with its card."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

import dslite
from dslite import Error, FrontEnd, Model
from dslite.training.bundle.card import write_card
from dslite.training.bundle.examples import draw_examples
from dslite.training.bundle.golden import golden_entries
from dslite.training.bundle.parity import CHUNKS, check_parity
from dslite.training.bundle.write import bundle_bytes, core_entries, today, write_bundle
from dslite.training.job import Job
from dslite.training.metrics.evaluate import Evaluation, evaluate, open_model
from dslite.util.progress import Progress
from dslite.util.toml import TomlTables

Result = TypeVar("Result")


class Draft:
    """The model file before it is where it goes: recipe, labels and network, without measures yet."""

    def __init__(
        self, job: Job, names: Sequence[str], tflite: bytes, folder: Path, golden: bool = True
    ) -> None:
        """Write it into ``folder``; ``names`` are the classes or the targets, in the order of the scores.

        ``golden`` says whether the golden clip is to be in it.
        """
        self._job = job
        self._golden = golden
        self._tflite = tflite
        self._entries = core_entries(job.experiment.recipe, names, _about(job))
        self.path = folder / job.output.name
        write_bundle(self.path, tflite, self._entries)

    def check_parity(self, network: Any, native: Model) -> None:
        """Make sure that it answers as the Keras model on real chunks.

        Raises:
            Error: what differs.
        """
        train = self._job.split.train
        front, seed = FrontEnd(self._job.experiment.recipe), self._job.experiment.schedule.seed
        scale = train.numbers.std(axis=0) if train.task.in_units else np.ones(1)
        check_parity(network, native, list(draw_examples(train, front, seed, CHUNKS)), scale)

    def measures(
        self,
        native: Model,
        evaluation: Evaluation,
        sections: Sequence[str] = (),
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, bytes]:
        """The entries with its measures; ``sections`` go into the card, ``more`` into metrics.json."""
        job = self._job
        title = f"{job.experiment.network.backbone}, {job.split.train.task.count(len(native.labels))}"
        settings = job.experiment.learning()
        card = write_card(title, job.split, settings, evaluation, versions(), sections)
        measured = {
            "card.md": card.encode(),
            "metrics.json": json.dumps({**evaluation.to_json(), **more}, indent=1).encode(),
        }
        return measured | self._golden_entries(native)

    def unmeasured(self, native: Model, section: str) -> dict[str, bytes]:
        """The entries of a model that no held-out file can measure: a card that says so."""
        card = f"# {self._job.experiment.network.backbone}\n\n{section}\n"
        return {"card.md": card.encode(), **self._golden_entries(native)}

    def _golden_entries(self, native: Model) -> dict[str, bytes]:
        return golden_entries(native, self.path.parent) if self._golden else {}

    def size(self, more: Mapping[str, bytes]) -> int:
        """The bytes of the file that ``write`` would write."""
        return len(bundle_bytes(self._tflite, {**self._entries, **more}))

    def write(self, more: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Write it where it goes, with more entries.

        Raises:
            Error: it cannot be written.
        """
        write_bundle(self._job.output, self._tflite, {**self._entries, **more})


def publish(
    job: Job, names: Sequence[str], tflite: bytes, folder: Path, progress: Progress, network: Any
) -> Evaluation:
    """Measure the network on the test part, as the file that it becomes, and write that file.

    Args:
        names: the classes or the targets, in the order of the scores.
        folder: for a draft.
        network: the Keras model that ``tflite`` must answer as.

    Raises:
        Error: the file does not answer as ``network``, and nothing is written. Or there is no inference
            runtime or no readable test file, and the model is written without measures: hours of training
            are not thrown away for it. Or the file cannot be written.
    """
    draft = Draft(job, names, tflite, folder)
    native = _or_unmeasured(draft, job, lambda: open_model(draft.path))
    draft.check_parity(network, native)
    evaluation = _or_unmeasured(draft, job, lambda: evaluate(native, job.split.test, progress))
    draft.write(draft.measures(native, evaluation))
    return evaluation


def _or_unmeasured(draft: Draft, job: Job, step: Callable[[], Result]) -> Result:
    """Do a step of measuring; where it fails, write the model all the same, and say so."""
    try:
        return step()
    except Error as error:
        draft.write()
        raise Error(f"{error}; the model is in {job.output}, not measured") from error


def _about(job: Job) -> TomlTables:
    return {
        "": {
            "task": job.split.train.task.name,
            "backbone": job.experiment.network.backbone,
            "created": today(),
        },
        "versions": versions(),
        "training": {"seed": job.experiment.schedule.seed},
    }


def versions() -> Mapping[str, str]:
    """The versions of what the figures depend on."""
    from dslite.training.network.quiet_tensorflow import keras, tf

    return {
        "dslite": dslite.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
