"""A converted network made a model file: measured by the native core, written with its card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import dslite
from dslite import Error, FrontEnd, Model
from dslite.training.bundle.card import write_card
from dslite.training.bundle.examples import draw_examples
from dslite.training.bundle.golden import golden_entries
from dslite.training.bundle.parity import CHUNKS, check_parity
from dslite.training.bundle.write import core_entries, today, write_bundle
from dslite.training.job import Job
from dslite.training.metrics.evaluate import Evaluation, evaluate, open_model
from dslite.util.progress import Progress
from dslite.util.toml import TomlTables


def publish(
    job: Job, names: Sequence[str], tflite: bytes, folder: Path, progress: Progress, network: Any = None
) -> Evaluation:
    """Measure the network on the test part, as the file that it becomes, and write that file.

    Args:
        names: the classes or the targets, in the order of the scores.
        folder: for a draft.
        network: the Keras model that ``tflite`` must answer as, if any.

    Raises:
        Error: the file does not answer as ``network``, and nothing is written. Or there is no inference
            runtime or no readable test file, and the model is written without measures: hours of training
            are not thrown away for it. Or the file cannot be written.
    """
    entries = core_entries(job.experiment.recipe, names, _about(job))
    draft = folder / job.output.name
    write_bundle(draft, tflite, entries)
    try:
        native = open_model(draft)
    except Error as error:
        raise _unmeasured(error, job, tflite, entries) from error
    if network is not None:
        train = job.split.train
        seed = job.experiment.schedule.seed
        examples = draw_examples(train, FrontEnd(job.experiment.recipe), seed, CHUNKS)
        scale = train.numbers.std(axis=0) if train.task.in_units else np.ones(1)
        check_parity(network, native, list(examples), scale)
    try:
        evaluation, more = _measured(job, native, folder, progress)
    except Error as error:
        raise _unmeasured(error, job, tflite, entries) from error
    write_bundle(job.output, tflite, entries | more)
    return evaluation


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


def _unmeasured(error: Error, job: Job, tflite: bytes, entries: dict[str, bytes]) -> Error:
    """Write the model all the same, and say so."""
    write_bundle(job.output, tflite, entries)
    return Error(f"{error}; the model is in {job.output}, not measured")


def _measured(
    job: Job, native: Model, folder: Path, progress: Progress
) -> tuple[Evaluation, dict[str, bytes]]:
    """The measures of a draft, and the entries that hold them."""
    evaluation = evaluate(native, job.split.test, progress)
    backbone = job.experiment.network.backbone
    title = f"{job.output.name}: {backbone} on {job.split.train.root.resolve().name}"
    settings = job.experiment.learning()
    card = write_card(title, job.split, settings, evaluation, versions(), job.command)
    measured = {
        "card.md": card.encode(),
        "metrics.json": json.dumps(evaluation.to_json(), indent=1).encode(),
    }
    return evaluation, measured | golden_entries(native, folder)


def versions() -> Mapping[str, str]:
    """The versions of what the figures depend on."""
    from dslite.training.network.quiet_tensorflow import keras, tf

    return {
        "dslite": dslite.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
