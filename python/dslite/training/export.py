"""A finished run converted again: smaller weights, or eight bits throughout, measured like the first."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, Model, read_audio
from dslite.training.bundle.convert import QUANTIZATIONS, to_tflite
from dslite.training.bundle.publish import Plan, publish
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment, experiment, flat
from dslite.training.jobs import load_data
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.network.saved import load_network
from dslite.training.runs.files import MODEL, SPLIT
from dslite.training.runs.reader import Run, read_run
from dslite.training.runs.split_table import read_split
from dslite.training.task import find_task
from dslite.util.atomic import check_writable
from dslite.util.progress import Progress

#: Recordings that show the ranges of values between layers.
EXAMPLES = 200


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
    if explain:
        from dslite.training.network.class_maps import with_class_maps

        network = with_class_maps(network)
    progress.stage("exporting", 1)
    tflite = to_tflite(network, quantize, _pictures(split.train, FrontEnd(run.recipe), made.schedule.seed))
    progress.advance()
    with tempfile.TemporaryDirectory(prefix="dslite-") as folder:
        plan = Plan(split, made, output, command)
        return run, publish(plan, names, tflite, Path(folder), progress)


def _split(run: Run, made: Experiment) -> Split:
    """The parts as the run saved them, whatever has become of its label table.

    Runs of before have no split.csv: the files that they answered for are the test part, and all
    others count as training.
    """
    if not (run.path / SPLIT).exists():
        return _by_answers(load_data(made.data), run)
    root = Path(run.facts["audio_dir"])
    if not root.is_dir():
        raise Error(f"{root}: no such folder; the recordings of {run.path} are expected there")
    return read_split(run.path / SPLIT, root, find_task(run.facts["task"]))


def _by_answers(dataset: Dataset, run: Run) -> Split:
    tested = set(run.predictions()["file"])
    in_test = np.asarray([file in tested for file in dataset.files])
    if in_test.sum() != len(tested):
        raise Error(
            f"{run.path}: {len(tested) - in_test.sum()} files of its test part are gone from the data"
        )
    nothing = dataset.select(np.zeros_like(in_test))
    return Split(dataset.select(~in_test), nothing, dataset.select(in_test))


def _pictures(part: Dataset, front: FrontEnd, seed: int) -> Iterator[npt.NDArray[np.float32]]:
    """The network's inputs for about ``EXAMPLES`` chunks of the part, unreadable recordings left out.

    Any chunk of a recording may be drawn: its first is often silence, and ranges taken from silence cost
    int8 its answers. Classes take turns.
    """
    audio, draw = front.recipe.audio, np.random.default_rng(seed)
    each = max(1, math.ceil(EXAMPLES / max(len(part), 1)))
    for index in _in_turns(part, draw)[:EXAMPLES]:
        try:
            samples = read_audio(part.paths[index], audio.sample_rate_hz, audio.channel)
            for chunk in draw.permutation(len(front.spans(len(samples))))[:each]:
                yield front.tensor(front.chunk(samples, int(chunk)))
        except (Error, ValueError, IndexError):
            continue  # training has told of it


def _in_turns(part: Dataset, draw: np.random.Generator) -> list[int]:
    """The part's files in random order, of classes one of each after the other."""
    order = draw.permutation(len(part))
    if (strata := part.strata) is None:
        return [int(index) for index in order]
    turns: Counter[str] = Counter()
    ranked = []
    for index in order:
        label = strata[int(index)]
        ranked.append((turns[label], int(index)))
        turns[label] += 1
    return [index for _, index in sorted(ranked, key=lambda pair: pair[0])]
