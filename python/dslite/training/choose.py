"""Settings chosen by inner splits of the training part, so that no test file took part in the choice.

Varma & Simon (2006), "Bias in error estimation when using cross-validation for model selection".
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from dslite import Error
from dslite.training.data.chunks import decode
from dslite.training.data.split import Split
from dslite.training.experiment import Experiment
from dslite.training.job import Choice, Job
from dslite.training.metrics.kinds import KINDS
from dslite.training.metrics.predictions import Answers
from dslite.training.recorder import Unrecorded
from dslite.training.runs.files import SELECTION
from dslite.training.runs.reader import is_run
from dslite.training.runs.selection import Selection, read_selection
from dslite.training.train import Targets, build_backbone, check_settings, fit_inputs, near_duplicate_warnings
from dslite.util.cache import Cache
from dslite.util.progress import Progress, Step
from dslite.util.scratch import scratch_folder


def chosen(job: Job, progress: Progress) -> Job:
    """Settle the experiment of a job that has a choice; others are returned as they are.

    Every candidate learns from the rest of each inner split and is measured on what it holds out, by UAR per
    file or, of values, the mean CCC. A candidate that cannot be trained is passed over. What was tried is
    kept in the job's folder, and not tried again when the job is resumed.

    Raises:
        Error: no candidate could be trained, or the folder holds another choice.
    """
    choice = job.choice
    if choice is None:
        return job
    selection, said = _begun(job, choice), job.said
    if selection.chosen < 0:
        # Before the long work, not after it.
        said += tuple(near_duplicate_warnings(job, progress) if job.experiment.data.near_duplicates else ())
        for warning in said:
            progress.message(f"dslite: {warning}")
        _try_all(job, choice, selection, progress)
        best, measure = selection.best, selection.measure
        progress.message(f"chosen: {best.name} (inner {measure.name} {measure.write(best.mean)})")
    settled = choice.candidates[selection.chosen].experiment
    return replace(job, experiment=settled, choice=None, said=said)


def _begun(job: Job, choice: Choice) -> Selection:
    """The choice as it stands in the job's folder."""
    new = Selection.of(choice)
    found = read_selection(job.folder) if job.folder is not None else None
    if found is None:
        if job.folder is not None and job.resume and is_run(job.folder):
            raise Error(f"{job.folder}: its settings were not chosen; expected no --select to resume it")
        return new
    path = f"{job.folder}/{SELECTION}"
    if not job.resume:
        raise Error(f"{path}: settings are being chosen there already; expected a new folder, or --resume")
    if found.digest != new.digest:
        raise Error(
            f"{path}: the settings or files to choose by have changed; expected the same, or a new folder"
        )
    return found


def _try_all(job: Job, choice: Choice, selection: Selection, progress: Progress) -> None:
    progress.stage("choosing", len(choice.candidates) * len(choice.splits), "trainings")
    backbones = Backbones()
    for candidate, tried in zip(choice.candidates, selection.tried, strict=True):
        progress.advance(len(choice.splits) if tried.error else len(tried.scores))
        for split in choice.splits[len(tried.scores) :]:
            if tried.error:
                break
            began = time.monotonic()
            try:
                answers = answer_held_out(candidate.experiment, split, backbones, Step(progress))
                tried.scores.append(_score(answers, selection.kind))
            except (Error, ValueError) as error:
                tried.error = " ".join(str(error).split())
            tried.seconds += round(time.monotonic() - began, 3)
            progress.advance(note=candidate.name)
            if job.folder is not None:
                selection.write(job.folder)
        text = tried.error or f"inner {selection.measure.name} {selection.measure.write(tried.mean)}"
        progress.message(f"{candidate.name}: {text}")
    selection.settle()
    if job.folder is not None:
        selection.write(job.folder)


class Backbones:
    """Backbones that stay frozen, each built once for all settings of a choice."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def build(self, experiment: Experiment) -> Any:
        """The backbone of an experiment, a new one where it will learn."""
        if experiment.schedule.fine_tune_epochs:
            return build_backbone(experiment)
        picture = experiment.recipe.picture
        network = experiment.network
        key = f"{network.backbone} {network.weights} {picture.width} {picture.height} {picture.colormap}"
        if key not in self._built:
            self._built[key] = build_backbone(experiment)
        return self._built[key]


def answer_held_out(
    experiment: Experiment, split: Split, backbones: Backbones, progress: Progress
) -> Answers:
    """Train on a split's training part as ``train`` does, and answer for its test part in Keras.

    Nothing is converted or written. The features of a backbone that stays frozen come from the cache.

    Raises:
        Error, ValueError: as ``train``.
    """
    from dslite.training.learning import fit
    from dslite.training.learning.part import Part

    check_settings(experiment, split)
    targets, held = Targets.of(split.train), split.test
    with scratch_folder() as folder:
        network = backbones.build(experiment)
        inputs, _ = fit_inputs(experiment, split, targets, folder, progress, Unrecorded())
        fit.seed_everything(experiment.schedule.seed)  # whether the backbone is new or not
        learnt = fit.learn_in_parts(network, inputs)
        chunks, failures = decode(held.paths, inputs.front, folder / "held.f32", store=Cache.find())
        if not len(chunks):
            raise Error(f"none of the {len(held)} files held out could be read; {failures[0].message}")
        part = Part(chunks, targets.of_chunks(held, chunks), held.files)
        scores = targets.restored(fit.answers(learnt, part, inputs))
    truth = held.class_indices(targets.names) if held.task.exclusive else held.numbers
    nowhere = np.zeros((len(chunks), 2))
    return Answers.of_files(
        held.task, targets.names, held.files, chunks.file_of, truth[chunks.file_of], scores, nowhere
    )


def _score(answers: Answers, kind: str) -> float:
    """The measure per file; of several targets the mean."""
    per_file = answers.per_file()
    score = float(per_file.function()(np.ones((1, len(per_file.files)), np.float32))[kind][0])
    if not math.isfinite(score):
        raise Error(f"{KINDS[kind].name} is not defined on the files held out")
    return score
