"""Experiments as trainings to be done: one, or one for each combination of a grid and each fold."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from dslite import Error
from dslite.training.data.folds import Fold
from dslite.training.data.settings import Data
from dslite.training.data.splitting import load_data, splits
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment
from dslite.training.job import Job
from dslite.training.recorder import RunRecorder, check_split, is_finished
from dslite.training.runs.compare import FOLD, SEED
from dslite.training.runs.files import MODEL
from dslite.training.train import Outcome, train
from dslite.util.atomic import check_writable, replacing
from dslite.util.lock import locked
from dslite.util.progress import Progress

#: The variable in which SLURM gives each task of an array its number.
SLURM_TASK = "SLURM_ARRAY_TASK_ID"
Work = TypeVar("Work")


def run(job: Job, progress: Progress) -> Outcome | None:
    """Do a job; None where its folder holds the finished run already.

    Raises:
        Error: as ``train``; the run so far is in the folder.
    """
    if job.folder is None:
        return train(job, progress)
    job.folder.mkdir(parents=True, exist_ok=True)
    check_writable(job.output)
    with locked(job.folder):
        recorder = RunRecorder(job)
        inside = job.folder / MODEL
        outcome = None
        if job.resume and is_finished(job.folder):
            check_split(job.folder, job.split)
        else:
            outcome = train(replace(job, output=inside), progress, recorder)
    # Of a finished run as well: a kill may have come between its end and this copy.
    if job.output != inside and not _same_contents(job.output, inside):
        with replacing(job.output) as file:
            file.write(inside.read_bytes())
    return outcome


def _same_contents(one: Path, other: Path) -> bool:
    return one.exists() and filecmp.cmp(one, other, shallow=False)


def plan_jobs(
    named: Mapping[str, Experiment],
    output: Path | None,
    folder: Path | None,
    command: str,
    resume: bool,
    seeds: int = 1,
) -> Iterator[Job]:
    """A job for each experiment, fold and seed; each has a folder of its own where there are several.

    The seeds of an experiment begin with its own; all have one split, which is by ``data.seed``.

    Raises:
        Error, ValueError: the data are at fault, or several trainings have no folder to go to.
    """
    datasets: dict[Data, Dataset] = {}
    folds: list[tuple[str, Experiment, Fold]] = []
    taken: set[str] = set()
    for name, experiment in named.items():
        source = replace(experiment.data, seed=0)
        if source not in datasets:
            datasets[source] = load_data(source)
        for fold in splits(datasets[source], experiment.data):
            parts = [name, FOLD + _file_name(fold.name) if fold.name else ""]
            unlike = _unlike("/".join(filter(None, parts)), taken)
            folds += [(label, one, fold) for label, one in _by_seed(unlike, experiment, seeds)]
    if len(folds) > 1 and (folder is None or output is not None):
        raise ValueError(f"{len(folds)} trainings: expected --run DIR for their folders, and no -o")
    for name, experiment, fold in folds:
        where = folder / name if folder is not None else None
        target = output or (where / MODEL if where is not None else None)
        if target is None:
            raise ValueError("nowhere to write to; expected -o FILE or --run DIR")
        yield Job(fold.split, experiment, target, command, name, fold.name, where, resume)


def _by_seed(name: str, experiment: Experiment, seeds: int) -> Iterator[tuple[str, Experiment]]:
    """An experiment by as many seeds, from its own on, with their names."""
    if seeds == 1:
        yield name, experiment
        return
    for seed in range(experiment.schedule.seed, experiment.schedule.seed + seeds):
        schedule = replace(experiment.schedule, seed=seed)
        yield f"{name}/{SEED}{seed}".lstrip("/"), replace(experiment, schedule=schedule)


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


def named_experiments(experiments: Sequence[Experiment], varied: Sequence[str]) -> dict[str, Experiment]:
    """Name each by its number and what sets it apart; a single one has no name."""
    if len(experiments) == 1:
        return {"": experiments[0]}
    return {
        f"{i:03}-{_file_name(v)}"[:80]: e for i, (v, e) in enumerate(zip(varied, experiments, strict=True))
    }
