"""A converted network made a model file: measured by the native core, written with all that tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from dslite.training.data.split import Split
from dslite.training.experiment import Experiment
from dslite.training.metrics.evaluate import Evaluation, evaluate, open_model
from dslite.util.progress import Progress
from dslite.util.toml import TomlTables


@dataclass(frozen=True)
class Plan:
    """What to train, on which files, and where the model file goes."""

    split: Split
    experiment: Experiment
    output: Path
    command: str = "dslite train"  # for the card


def publish(
    plan: Plan, names: Sequence[str], tflite: bytes, folder: Path, progress: Progress, network: Any = None
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
    entries = core_entries(plan.experiment.recipe, names, _about(plan))
    draft = folder / plan.output.name
    write_bundle(draft, tflite, entries)
    try:
        native = open_model(draft)
    except Error as error:
        raise _unmeasured(error, plan, tflite, entries) from error
    if network is not None:
        train = plan.split.train
        seed = plan.experiment.schedule.seed
        examples = draw_examples(train, FrontEnd(plan.experiment.recipe), seed, CHUNKS)
        scale = np.ones(1) if train.values is None else train.values.std(axis=0)
        check_parity(network, native, list(examples), scale)
    try:
        evaluation, more = _measured(plan, native, folder, progress)
    except Error as error:
        raise _unmeasured(error, plan, tflite, entries) from error
    write_bundle(plan.output, tflite, entries | more)
    return evaluation


def _about(plan: Plan) -> TomlTables:
    return {
        "": {
            "task": plan.split.train.task.name,
            "backbone": plan.experiment.network.backbone,
            "created": today(),
        },
        "versions": versions(),
        "training": {"seed": plan.experiment.schedule.seed},
    }


def _unmeasured(error: Error, plan: Plan, tflite: bytes, entries: dict[str, bytes]) -> Error:
    """Write the model all the same, and say so."""
    write_bundle(plan.output, tflite, entries)
    return Error(f"{error}; the model is in {plan.output}, not measured")


def _measured(
    plan: Plan, native: Model, folder: Path, progress: Progress
) -> tuple[Evaluation, dict[str, bytes]]:
    """The measures of a draft, and the entries that tell of them."""
    evaluation = evaluate(native, plan.split.test, progress)
    backbone = plan.experiment.network.backbone
    title = f"{plan.output.name}: {backbone} on {plan.split.train.root.resolve().name}"
    settings = plan.experiment.learning()
    card = write_card(title, plan.split, settings, evaluation, versions(), plan.command)
    told = {
        "card.md": card.encode(),
        "metrics.json": json.dumps(evaluation.to_json(), indent=1).encode(),
    }
    return evaluation, told | golden_entries(native, folder)


def versions() -> Mapping[str, str]:
    """The versions of what the figures depend on."""
    from dslite.training.network.quiet_tensorflow import keras, tf

    return {
        "dslite": dslite.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
