"""The whole way: recordings, chunks, a trained network, a measured model file."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dslite
from dslite import Error, FrontEnd, Recipe
from dslite.atomic import check_writable
from dslite.audio_files import shorten
from dslite.console import Watcher
from dslite.failures import Failure
from dslite.training import backbones
from dslite.training.bundle import TomlTables, core_entries, today, write_bundle
from dslite.training.card import write_card
from dslite.training.chunks import Chunks, decode
from dslite.training.dataset import Dataset
from dslite.training.evaluation import Evaluation, evaluate, open_model
from dslite.training.golden import golden_entries
from dslite.training.schedule import Schedule
from dslite.training.split import Split, check_trainable


@dataclass(frozen=True)
class Plan:
    """What to train: on which files, which network, how, and where the model file goes."""

    split: Split
    recipe: Recipe
    backbone: str
    weights: str  # "imagenet", "none" or a file
    schedule: Schedule
    output: Path
    command: str = "dslite train"  # for the card


@dataclass(frozen=True)
class Outcome:
    """What came of it: the measures on the test part, and the recordings left out."""

    evaluation: Evaluation
    failures: list[Failure]
    recipe: Recipe  # with the input scaling of the backbone


def train(plan: Plan, watch: Watcher) -> Outcome:
    """Train, write the model file, and measure that very file by the native core.

    Raises:
        Error: the data, the weights, the disk or the inference runtime are at fault.
        ValueError: the recipe does not suit the backbone.
    """
    check_writable(plan.output)
    check_trainable(plan.split)
    backbone = backbones.find(plan.backbone)
    recipe = backbones.fit_recipe(plan.recipe, backbone)
    front = FrontEnd(recipe)
    # Imported late: what is wrong with the data shows before TensorFlow takes its seconds.
    from dslite.training import fit

    fit.seed_everything(plan.schedule.seed)
    network = backbones.build(backbone, recipe, plan.weights)
    with tempfile.TemporaryDirectory(prefix="dslite-") as name:
        folder = Path(name)
        parts, failures = _decode_parts(plan.split, front, folder, watch)
        classes = plan.split.train.classes
        train_part, valid_part = (
            fit.Part(chunks, dataset.class_indices(classes)[chunks.file_of]) for dataset, chunks in parts
        )
        lesson = fit.Lesson(front, train_part, valid_part, len(classes), plan.schedule, watch, folder)
        model = fit.learn(network, lesson)
        evaluation = _finish(plan, recipe, model, folder, watch)
    return Outcome(evaluation, failures + evaluation.failures, recipe)


def _decode_parts(
    split: Split, front: FrontEnd, folder: Path, watch: Watcher
) -> tuple[list[tuple[Dataset, Chunks]], list[Failure]]:
    """Decode the training and the validation part; every class must have survived it."""
    failures: list[Failure] = []
    parts: list[tuple[Dataset, Chunks]] = []
    watch.stage("decoding", len(split.train) + len(split.valid))
    for name, dataset in (("train", split.train), ("valid", split.valid)):
        chunks, failed = decode(dataset.paths, front, folder / f"{name}.f32", watch.advance)
        failures += failed
        parts.append((dataset, chunks))
    dataset, chunks = parts[0]
    read = {dataset.labels[index] for index in np.unique(chunks.file_of)}
    if lost := [label for label in dataset.classes if label not in read]:
        raise Error(f"class {shorten(lost)} has no readable file in the training part; {failures[0].message}")
    return parts, failures


def _finish(plan: Plan, recipe: Recipe, model: Any, folder: Path, watch: Watcher) -> Evaluation:
    """Export ``model``, measure the file it became, and write that file with all its entries."""
    from dslite.training.export import to_tflite

    watch.stage("exporting", 1)
    tflite = to_tflite(model)
    tables: TomlTables = {
        "": {"task": "classes", "backbone": plan.backbone, "created": today()},
        "versions": _versions(),
        "training": {"seed": plan.schedule.seed},
    }
    entries = core_entries(recipe, plan.split.train.classes, tables)
    watch.advance()
    try:
        evaluation, more = _measured(plan, tflite, entries, folder, watch)
    except Error as error:
        # No inference runtime, no readable test file: hours of training are not thrown away for it.
        write_bundle(plan.output, tflite, entries)
        raise Error(f"{error}; the model is in {plan.output}, not measured") from error
    write_bundle(plan.output, tflite, entries | more)
    return evaluation


def _measured(
    plan: Plan, tflite: bytes, entries: dict[str, bytes], folder: Path, watch: Watcher
) -> tuple[Evaluation, dict[str, bytes]]:
    """Measure a draft of the model file; the measures, and the entries that tell of them."""
    draft = folder / plan.output.name
    write_bundle(draft, tflite, entries)
    native = open_model(draft)
    evaluation = evaluate(native, plan.split.test, watch)
    unreadable = {failure.path for failure in evaluation.failures}
    clip = next(path for path in plan.split.test.paths if path not in unreadable)
    title = f"{plan.output.name}: {plan.backbone} on {plan.split.train.root.resolve().name}"
    card = write_card(title, plan.split, plan.schedule, evaluation, _versions(), plan.command)
    told = {
        "card.md": card.encode(),
        "metrics.json": json.dumps(evaluation.to_json(), indent=1).encode(),
    }
    return evaluation, told | golden_entries(native, clip, folder)


def _versions() -> dict[str, str]:
    from dslite.training.quiet_tensorflow import keras, tf

    return {
        "dslite": dslite.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
