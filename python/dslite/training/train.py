"""The whole way: recordings, chunks, a trained network, a measured model file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dslite import Error, FrontEnd
from dslite.training.augment.signal import SignalAugmenter, read_noise
from dslite.training.bundle.publish import publish, versions
from dslite.training.data.chunks import Chunks, decode
from dslite.training.data.near_duplicates import describe
from dslite.training.data.split import Split, check_trainable
from dslite.training.data.split_pairs import pairs_across_split
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment
from dslite.training.inspection.statistics import empty_bands_warning
from dslite.training.job import Job
from dslite.training.learning.batches import Array
from dslite.training.learning.losses import check_standardised
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.network import backbones
from dslite.training.recorder import Recorder, Unrecorded
from dslite.util.atomic import check_writable
from dslite.util.cache import Cache
from dslite.util.failures import Failure
from dslite.util.progress import Progress
from dslite.util.scratch import scratch_folder
from dslite.util.text import shorten


@dataclass(frozen=True)
class Outcome:
    """What came of it: the measures on the test part, the recordings left out, what else to know."""

    evaluation: Evaluation
    failures: list[Failure]
    warnings: list[str]


@dataclass(frozen=True)
class Targets:
    """What the network is to answer with, from what is true of the training part.

    Values are learnt standardised, by the ``mean`` and ``deviation`` of each over the training files.
    """

    names: list[str]
    mean: Array | None
    deviation: Array | None

    @classmethod
    def of(cls, train: Dataset) -> Targets:
        """Make them from the training part."""
        if not train.task.in_units:
            return cls(train.outputs, None, None)
        deviation = train.numbers.std(axis=0)
        if constant := [name for name, one in zip(train.target_names, deviation, strict=True) if not one > 0]:
            raise Error(f"target {shorten(constant)} is the same for every training file; nothing to learn")
        return cls(train.outputs, train.numbers.mean(axis=0), deviation)

    def of_chunks(self, part: Dataset, chunks: Chunks) -> Array:
        """The network's targets (chunks, outputs): one-hot rows, or standardised values."""
        if self.mean is None or self.deviation is None:
            return np.eye(len(self.names), dtype=np.float32)[part.class_indices(self.names)[chunks.file_of]]
        standardised: Array = ((part.numbers - self.mean) / self.deviation).astype(np.float32)
        return standardised[chunks.file_of]

    def restored(self, outputs: Array) -> Array:
        """What a network learnt to answer, (chunks, outputs), in the units of the targets."""
        if self.mean is None or self.deviation is None:
            return outputs
        whole: Array = (outputs * self.deviation + self.mean).astype(np.float32)
        return whole

    def in_units(self, model: Any) -> Any:
        """The trained network made to answer in the units of the targets."""
        if self.mean is None or self.deviation is None:
            return model
        from dslite.training.learning import fit

        return fit.in_units(model, self.mean, self.deviation)


def train(job: Job, progress: Progress, recorder: Recorder | None = None) -> Outcome:
    """Train, write the model file, and measure that very file by the native core.

    Args:
        recorder: keeps what happens in a run folder, and the checkpoints.

    Raises:
        Error: the data, the weights, the disk or the inference runtime are at fault, or the loss is no
            number.
        ValueError: the recipe does not suit the backbone.
    """
    recorder = recorder or Unrecorded()
    _check(job)
    targets = Targets.of(job.split.train)
    # Imported late: what is wrong with the data shows before TensorFlow takes its seconds.
    from dslite.training.bundle.convert import to_tflite
    from dslite.training.learning import fit

    with scratch_folder() as folder:
        network = build_backbone(job.experiment)
        # Not before the weights are there: what never began needs no other folder to be tried again.
        recorder.begin(versions())
        warnings = _warn(job, progress, recorder)
        inputs, failures = fit_inputs(job.experiment, job.split, targets, folder, progress, recorder)
        recorder.note_failures(failures)
        recorder.note_schedule(inputs.schedule)
        # The card says how many epochs there were, not that they followed from a number of steps.
        job = replace(job, experiment=replace(job.experiment, schedule=inputs.schedule))
        model = targets.in_units(fit.learn(network, inputs))
        recorder.keep_network(model)
        progress.stage("exporting", 1)
        tflite = to_tflite(model)
        progress.advance()
        evaluation = publish(job, targets.names, tflite, folder, progress, model)
    recorder.note_failures(evaluation.failures)
    recorder.finish(evaluation)
    return Outcome(evaluation, failures + evaluation.failures, warnings)


def build_backbone(experiment: Experiment) -> Any:
    """The backbone with its weights; all that is drawn at random from here on follows from the seed."""
    from dslite.training.learning import fit

    fit.seed_everything(experiment.schedule.seed)
    backbone = backbones.find(experiment.network.backbone)
    return backbones.build(backbone, experiment.recipe, experiment.network.weights)


def _check(job: Job) -> None:
    """Refuse an unwritable output, data that cannot be learnt, settings that do not go with them."""
    check_writable(job.output)
    check_trainable(job.split)
    check_settings(job.experiment, job.split)


def check_settings(experiment: Experiment, split: Split) -> None:
    """Refuse settings that do not go with the data."""
    task = split.train.task
    if not task.exclusive and experiment.schedule.balance not in ("auto", "none"):
        raise ValueError(
            f"balance: '{experiment.schedule.balance}' is for classes; the targets are {task.name}"
        )
    if task.in_units:
        check_standardised(experiment.schedule.loss)
    if experiment.schedule.patience and not len(split.valid):
        raise ValueError(
            f"patience: {experiment.schedule.patience} given, but there are no validation files; expected "
            "--valid, --valid-share, or names that begin with devel"
        )


def fit_inputs(
    experiment: Experiment,
    split: Split,
    targets: Targets,
    folder: Path,
    progress: Progress,
    recorder: Recorder,
) -> tuple[Any, list[Failure]]:
    """What ``fit.learn`` is given, the recordings decoded; and those that could not be."""
    from dslite.training.learning import fit
    from dslite.training.learning.part import Part

    front = FrontEnd(experiment.recipe)
    failures: list[Failure] = []
    parts: list[Part] = []
    store = Cache.find()
    progress.stage("decoding", len(split.train) + len(split.valid))
    for name, dataset in (("train", split.train), ("valid", split.valid)):
        chunks, failed = decode(dataset.paths, front, folder / f"{name}.f32", progress.advance, store)
        failures += failed
        parts.append(Part(chunks, targets.of_chunks(dataset, chunks), dataset.files))
    if fault := store.take_fault():
        progress.message(f"dslite: {fault}")
    _check_read(split.train, parts[0].chunks, failures)
    vary, unreadable_noise = _augmenter(experiment, folder)
    train_part, valid_part = parts
    inputs = fit.FitInputs(
        front,
        train_part,
        valid_part,
        experiment.schedule,
        progress,
        folder,
        head=experiment.network.head,
        task=split.train.task,
        augmentation=experiment.augmentation,
        vary=vary,
        checkpoint=recorder.checkpoint,
        on_epoch=recorder.note_epoch,
    )
    return fit.in_epochs(inputs), failures + unreadable_noise


def _warn(job: Job, progress: Progress, recorder: Recorder) -> list[str]:
    """Say what should be known before the long work: idle augmentation, empty bands, near-duplicates."""
    idle = job.experiment.unaugmented()
    empty = empty_bands_warning(job.experiment.recipe)
    found = near_duplicate_warnings(job, progress) if job.experiment.data.near_duplicates else []
    warnings = [*filter(None, [idle, empty]), *found]
    for warning in warnings:
        if warning not in job.said:
            progress.message(f"dslite: {warning}")
        recorder.note_warning(warning)
    return warnings


def near_duplicate_warnings(job: Job, progress: Progress) -> list[str]:
    """A warning where recordings of the test part sound like some that are trained on."""
    pairs = pairs_across_split(job.split, progress)
    return [describe(pairs)] if pairs else []


def _check_read(train: Dataset, chunks: Chunks, failures: list[Failure]) -> None:
    """Make sure that something of every class was read."""
    read = np.unique(chunks.file_of)
    if not len(read):
        raise Error(f"no file of the training part could be read; {failures[0].message}")
    if train.task.exclusive:
        found = {train.labels[index] for index in read}
        if lost := [label for label in train.classes if label not in found]:
            first = failures[0].message
            raise Error(f"class {shorten(lost)} has no readable file in the training part; {first}")


def _augmenter(experiment: Experiment, folder: Path) -> tuple[SignalAugmenter | None, list[Failure]]:
    settings = experiment.augmentation
    if not settings.of_signals:
        return None, []
    if not settings.noise:
        return SignalAugmenter(settings), []
    rate_hz = experiment.recipe.audio.sample_rate_hz
    noise, failures = read_noise(Path(settings.noise), rate_hz, folder / "noise.f32")
    return SignalAugmenter(settings, noise), failures
