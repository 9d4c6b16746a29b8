"""What a training reports while it runs, and the run folder that records it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dslite import Error
from dslite.training.data.split import Split
from dslite.training.experiment import Experiment, recorded
from dslite.training.job import Job
from dslite.training.learning.checkpoint import Checkpoint
from dslite.training.learning.schedule import FINE_TUNING, HEAD, Schedule
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.network.saved import save_network
from dslite.training.reports.examples import Recordings
from dslite.training.reports.maps import Maps, make_maps, save_maps
from dslite.training.reports.report import write_report
from dslite.training.runs.files import CONFIG, RECIPE, SPLIT
from dslite.training.runs.reader import Run, is_run, read_facts, read_measured
from dslite.training.runs.split_table import first_difference, split_text
from dslite.training.runs.tensorboard import TensorBoardRun
from dslite.training.runs.writer import About, RunFolder
from dslite.training.task import find_task
from dslite.util.failures import Failure

CHECKPOINT = "checkpoint.npz"
TENSORBOARD = "tensorboard"


class Recorder:
    """What ``train`` calls; this one records nothing."""

    checkpoint: Checkpoint | None = None

    def begin(self, versions: Mapping[str, str]) -> None:
        """The training begins, or goes on."""

    def note_schedule(self, schedule: Schedule) -> None:
        """The epochs that the steps of the settings come to."""

    def note_epoch(self, stage: str, epoch: int, seconds: float, logs: Mapping[str, float]) -> None:
        """Epoch ``epoch``, from 1, of a stage is done."""

    def note_failures(self, failures: Iterable[Failure]) -> None:
        """Recordings were left out."""

    def note_warning(self, message: str) -> None:
        """Something that a reader of the figures should know."""

    def keep_network(self, model: Any) -> None:
        """The network has learnt all it will."""

    def finish(self, evaluation: Evaluation) -> None:
        """The model file is written and measured."""


Unrecorded = Recorder


class RunRecorder(Recorder):
    """Records a run folder, its checkpoint, TensorBoard's events, and at the end the report.

    Raises:
        Error: the folder holds a run already and ``resume`` is not given, or one of other settings.
    """

    def __init__(self, job: Job) -> None:
        assert job.folder is not None, "a job without a folder is not recorded"
        self._path = path = job.folder
        self._job = job
        self._run: RunFolder | None = None
        self._network: Any = None
        self._board: TensorBoardRun | None = None
        self._resumes = job.resume and is_run(path)
        if self._resumes:
            _check_settings(path, job.experiment)
        elif job.resume:
            _clear_unfinished_start(path)
        elif (path / CHECKPOINT).exists():
            raise Error(f"{path}: has a {CHECKPOINT} of another training; expected a new folder, or --resume")
        self.checkpoint = Checkpoint(path / CHECKPOINT)

    def begin(self, versions: Mapping[str, str]) -> None:
        """Make the folder, or take it up."""
        job, experiment = self._job, self._job.experiment
        split = split_text(job.split, job.fold, contents=True)
        if self._resumes:
            _check_same(self._path, split)
            self._run = RunFolder.resume(self._path)
        else:
            about = self._about(versions)
            self._run = RunFolder.create(self._path, experiment.to_toml(), experiment.recipe, split, about)
        self._board = TensorBoardRun(self._path / TENSORBOARD, _flat(experiment.tables()))

    def _about(self, versions: Mapping[str, str]) -> About:
        split, experiment = self._job.split, self._job.experiment
        counts = {name: part.counts() for name, part in split.parts().items()}
        seed, backbone = experiment.schedule.seed, experiment.network.backbone
        task, root = split.train.task.name, split.train.root
        return About(self._job.command, seed, task, backbone, root, versions, counts)

    def note_schedule(self, schedule: Schedule) -> None:
        """Add the epochs of each stage to run.json."""
        if self._run is not None:
            self._run.set_epochs({HEAD: schedule.epochs, FINE_TUNING: schedule.fine_tune_epochs})

    def note_epoch(self, stage: str, epoch: int, seconds: float, logs: Mapping[str, float]) -> None:
        """Add the epoch's row."""
        if self._run is not None and self._board is not None:
            self._run.add_epoch(stage, epoch, seconds, logs)
            self._board.epoch(stage, epoch, logs)

    def note_failures(self, failures: Iterable[Failure]) -> None:
        """Add them to run.json."""
        if self._run is not None:
            self._run.add_failures(failures)

    def note_warning(self, message: str) -> None:
        """Add it to run.json."""
        if self._run is not None:
            self._run.add_warning(message)

    def keep_network(self, model: Any) -> None:
        """Save the Keras model, for `dslite export` to convert otherwise."""
        save_network(model, self._path)
        self._network = model

    def finish(self, evaluation: Evaluation) -> None:
        """Write the measures and the report, and delete the checkpoint."""
        if self._run is None or self._board is None:
            return
        self._run.write_measures(evaluation.to_json(), evaluation.predictions)
        self._board.finish(evaluation.to_json()["per_file"])
        # Before it counts as finished: a run whose report cannot be drawn can still be resumed.
        run = read_measured(self._path)
        save_maps(self._path, self._maps(run))
        write_report(run)
        self._run.finish()
        if self.checkpoint is not None:
            self.checkpoint.remove()

    def _maps(self, run: Run) -> Maps:
        recordings = Recordings(Path(run.facts["audio_dir"]), run.recipe)
        return make_maps(self._network, find_task(run.facts["task"]), run.predictions(), recordings)


def _check_settings(path: Path, wanted: Experiment) -> None:
    """Raise Error, naming the keys that differ, unless the run in ``path`` has these settings."""
    try:
        config = tomllib.loads((path / CONFIG).read_text(encoding="utf-8"))
        before = _flat(recorded(config).tables())
    except (OSError, ValueError) as error:
        raise Error(f"{path}: {CONFIG} cannot be read: {error}") from error
    now = _flat(wanted.tables())
    if keys := [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]:
        said = ", ".join(f"{key} = {before.get(key)!r}, now {now.get(key)!r}" for key in keys)
        raise Error(
            f"{path}: a run of other settings ({said}); expected the same to resume it, or another folder"
        )


def _flat(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Tables as ``{"recipe.mel.bands": 64}``."""
    return {f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()}


def check_split(path: Path, split: Split, fold: str = "") -> None:
    """Raise Error, with the first difference, unless the run in ``path`` was begun on this split.

    The contents of the files are not read.
    """
    _check_same(path, split_text(split, fold))


def _check_same(path: Path, split: str) -> None:
    """As ``check_split``, of the text of a split.csv. Runs of before have none, and are believed."""
    if not (path / SPLIT).exists():
        return
    before = (path / SPLIT).read_text(encoding="utf-8")
    if difference := first_difference(before, split):
        raise Error(
            f"{path}: files or labels have changed since the run was begun ({difference}); "
            "expected the same to resume it, or another folder"
        )


def _clear_unfinished_start(path: Path) -> None:
    """Remove what a training left that was killed before it had a run.json."""
    for name in (CONFIG, RECIPE, SPLIT, CHECKPOINT):
        (path / name).unlink(missing_ok=True)


def is_finished(path: Path) -> bool:
    """Whether the folder holds a run that has come to its end."""
    return is_run(path) and read_facts(path)["status"] == "finished"
