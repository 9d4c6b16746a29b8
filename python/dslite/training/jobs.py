"""Experiments as trainings to be done: one, or one for each combination of a grid and each fold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dslite import Error
from dslite.training.bundle.publish import Plan
from dslite.training.data.folds import Fold, cross_validation, hold_out_groups
from dslite.training.data.split import Split, at_random, by_column, by_default, by_prefix
from dslite.training.data.table import Dataset, load
from dslite.training.experiment import Data, Experiment
from dslite.training.runs.files import MODEL
from dslite.training.runs.recorder import RunRecorder, check_split, is_finished
from dslite.training.train import Outcome, train
from dslite.util.atomic import check_writable, replacing
from dslite.util.lock import locked
from dslite.util.progress import Progress

#: The variable by which SLURM tells each task of an array its number.
SLURM_TASK = "SLURM_ARRAY_TASK_ID"
Work = TypeVar("Work")


@dataclass(frozen=True)
class Job:
    """One training. ``name`` tells it from the others; ``folder`` keeps its run, None for none."""

    name: str
    experiment: Experiment
    split: Split
    folder: Path | None
    output: Path
    command: str
    resume: bool = False

    @property
    def paths(self) -> list[Path]:
        """The recordings of all its parts."""
        return [*self.split.train.paths, *self.split.valid.paths, *self.split.test.paths]

    def run(self, progress: Progress) -> Outcome | None:
        """Train; None where the folder holds the finished run already.

        Raises:
            Error: as ``train``; the run so far is in the folder.
        """
        if self.folder is None:
            return train(Plan(self.split, self.experiment, self.output, self.command), progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        check_writable(self.output)
        with locked(self.folder):
            recorder = RunRecorder(self.folder, self.experiment, self.command, self.resume)
            if self.resume and is_finished(self.folder):
                check_split(self.folder, self.split)
                return None
            inside = self.folder / MODEL
            outcome = train(Plan(self.split, self.experiment, inside, self.command), progress, recorder)
        if self.output != inside:
            with replacing(self.output) as file:
                file.write(inside.read_bytes())
        return outcome


def load_data(data: Data) -> Dataset:
    """Read the table, or the folders, of an experiment.

    Raises:
        Error: what is wrong with them.
    """
    if not data.audio:
        raise ValueError("no recordings given; expected AUDIO_DIR, or audio in the experiment's [data]")
    labels = Path(data.labels) if data.labels else None
    columns = (data.file_column or None, data.label_column or None)
    return load(Path(data.audio), labels, *columns, targets=listed(data.targets))


def splits(dataset: Dataset, data: Data, seed: int) -> list[Fold]:
    """The ways in which an experiment splits its data: one, or one for each fold.

    Raises:
        Error: a column, a value or a group that is not there.
    """
    if data.cv:
        return cross_validation(dataset, data.cv, data.groups, seed, data.valid_share)
    if data.by_prefix:
        split = by_prefix(dataset)
    elif data.split:
        split = by_column(dataset, data.split, listed(data.test), listed(data.valid))
    else:
        split = by_default(dataset, data.test_share, seed)
    if data.valid_share and data.split and not len(split.valid):
        # Of a split by speakers, validation files of training speakers would flatter every loss.
        train, valid = hold_out_groups(split.train, data.split, data.valid_share, seed)
        split = Split(train, valid, split.test)
    elif data.valid_share and not len(split.valid):
        held_out = at_random(split.train, data.valid_share, seed)
        split = Split(held_out.train, held_out.test, split.test)
    return [Fold("", split)]


def plan_jobs(
    named: Mapping[str, Experiment], output: Path | None, folder: Path | None, command: str, resume: bool
) -> Iterator[Job]:
    """A job for each experiment and fold; each has a folder of its own where there are several.

    Raises:
        Error, ValueError: the data are at fault, or several trainings have no folder to go to.
    """
    datasets: dict[Data, Dataset] = {}
    folds: list[tuple[str, Experiment, Split]] = []
    taken: set[str] = set()
    for name, experiment in named.items():
        if experiment.data not in datasets:
            datasets[experiment.data] = load_data(experiment.data)
        for fold in splits(datasets[experiment.data], experiment.data, experiment.schedule.seed):
            parts = [name, f"fold-{_file_name(fold.name)}" if fold.name else ""]
            folds.append((_unlike("/".join(filter(None, parts)), taken), experiment, fold.split))
    if len(folds) > 1 and (folder is None or output is not None):
        raise ValueError(f"{len(folds)} trainings: expected --run DIR for their folders, and no -o")
    for name, experiment, split in folds:
        where = folder / name if folder is not None else None
        target = output or (where / MODEL if where is not None else None)
        if target is None:
            raise ValueError("nowhere to write to; expected -o FILE or --run DIR")
        yield Job(name, experiment, split, where, target, command, resume)


def _file_name(text: str) -> str:
    """A group's name as part of a path."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in text)


def _unlike(name: str, taken: set[str]) -> str:
    """A name that no other training has: groups "a b" and "a_b" must not share a folder."""
    number = 2
    unlike = name
    while unlike.casefold() in taken:
        unlike, number = f"{name}-{number}", number + 1
    taken.add(unlike.casefold())
    return unlike


def picked(named: Mapping[str, Work], environment: Mapping[str, str] = os.environ) -> dict[str, Work]:
    """The combination or fold that a task of a SLURM array shall do, by its number from 0; else all.

    Raises:
        Error: no such number.
    """
    task = environment.get(SLURM_TASK)
    if task is None or len(named) == 1:
        return dict(named)
    names = list(named)
    if not task.isdecimal() or int(task) >= len(names):
        raise Error(
            f"{SLURM_TASK} = {task}: expected 0 … {len(names) - 1}, a number of a combination or fold"
        )
    name = names[int(task)]
    return {name: named[name]}


def listed(text: str) -> list[str]:
    """``"5, 6"`` → ["5", "6"]; text, as speaker "03" is not speaker 3."""
    return [value.strip() for value in text.split(",") if value.strip()]


def named_experiments(experiments: Sequence[Experiment], varied: Sequence[str]) -> dict[str, Experiment]:
    """Name each by its number and what sets it apart; a single one has no name."""
    if len(experiments) == 1:
        return {"": experiments[0]}
    return {
        f"{i:03}-{_file_name(v)}"[:80]: e for i, (v, e) in enumerate(zip(varied, experiments, strict=True))
    }
