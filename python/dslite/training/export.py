"""A finished run converted again: smaller weights, or eight bits throughout, measured like the first."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dslite import Error, FrontEnd, Model
from dslite.training.bundle.convert import QUANTIZATIONS, to_tflite
from dslite.training.bundle.examples import Example, draw_examples, save_examples
from dslite.training.bundle.publish import publish
from dslite.training.data.split import Split
from dslite.training.data.splitting import load_data
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment, experiment, flat
from dslite.training.job import Job
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.network.saved import load_network
from dslite.training.runs.files import CALIBRATION, MODEL
from dslite.training.runs.reader import Run, read_run
from dslite.training.task import Task
from dslite.util.atomic import check_writable
from dslite.util.progress import Progress

#: Chunks that show the ranges of values between layers.
EXAMPLES = 200
#: The head's layers, as operators of TensorFlow Lite.
DENSE = ("FULLY_CONNECTED",)


def export(
    path: Path, output: Path, quantize: str, command: str, progress: Progress, explain: bool = False
) -> tuple[Run, Evaluation]:
    """Convert the network of the run in ``path``, measure it on the run's test part, write ``output``.

    Args:
        explain: add the class maps that explain each answer, as a second output.

    Raises:
        Error: not a finished run, its recordings or its network are gone, or a file cannot be written.
        ValueError: no such quantization.
    """
    if quantize not in QUANTIZATIONS:
        raise ValueError(f"quantize: '{quantize}' given, expected one of {', '.join(QUANTIZATIONS)}")
    check_writable(output)
    run = read_run(path)
    names = Model(path / MODEL).labels
    made = replace(experiment(flat(run.config)), recipe=run.recipe)
    split = _split(run, made)
    network = load_network(path)
    progress.stage("exporting", 1)
    tflite = _converted(
        network, quantize, explain, lambda: _calibration(split, run, made, progress), split.train.task
    )
    progress.advance()
    with tempfile.TemporaryDirectory(prefix="dslite-") as folder:
        same = network if quantize == "float32" else None
        return run, publish(Job(split, made, output, command), names, tflite, Path(folder), progress, same)


def _converted(
    network: Any, quantize: str, explain: bool, calibration: Callable[[], list[Example]], task: Task
) -> bytes:
    """The network as TensorFlow Lite's, with class maps if they are to ``explain``."""
    if explain:
        from dslite.training.network.class_maps import with_class_maps

        network = with_class_maps(network)
    pictures = [one.tensor for one in calibration()] if quantize == "int8" else []
    # One scale for all outputs of a network in int8 loses the values that are small beside others.
    return to_tflite(network, quantize, pictures, DENSE if task.in_units else ())


def _split(run: Run, made: Experiment) -> Split:
    """The parts as the run saved them, whatever has become of its label table.

    Runs of before have no split.csv: the files that they answered for are the test part, and all
    others count as training.
    """
    if not run.has_split:
        return _by_answers(load_data(made.data), run)
    return run.split()


def _by_answers(dataset: Dataset, run: Run) -> Split:
    tested = set(run.predictions()["file"])
    in_test = np.asarray([file in tested for file in dataset.files])
    if in_test.sum() != len(tested):
        raise Error(
            f"{run.path}: {len(tested) - in_test.sum()} files of its test part are gone from the data"
        )
    nothing = dataset.select(np.zeros_like(in_test))
    return Split(dataset.select(~in_test), nothing, dataset.select(in_test))


def _calibration(split: Split, run: Run, made: Experiment, progress: Progress) -> list[Example]:
    """The chunks of the training part that show the ranges of values between layers.

    They are noted in the run's calibration.csv; where that cannot be written, this is said.
    """
    part = split.train
    examples = list(draw_examples(part, FrontEnd(run.recipe), made.schedule.seed, EXAMPLES))
    if (files := len({one.path for one in examples})) < 2:
        raise Error(
            f"{run.path}: {files} of {len(part)} recordings of the training part can be read, "
            "expected 2 or more to calibrate int8 with"
        )
    try:
        save_examples(examples, part.root, run.path / CALIBRATION)
    except Error as error:
        progress.message(f"dslite: {error}")
    return examples
