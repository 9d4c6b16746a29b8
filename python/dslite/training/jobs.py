"""Experiments as trainings to be done: one, or one for each combination of a grid and each fold."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from dslite import Error
from dslite.training.choose import chosen
from dslite.training.data.folds import Fold
from dslite.training.data.inner import inner_splits
from dslite.training.data.settings import Data
from dslite.training.data.splitting import load_data, splits
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment, Settings, varying
from dslite.training.job import Candidate, Choice, Job
from dslite.training.recorder import RunRecorder, check_split, is_finished
from dslite.training.runs.compare import FOLD, SEED
from dslite.training.runs.files import MODEL
from dslite.training.train import Outcome, train
from dslite.util.atomic import check_writable, replacing
from dslite.util.lock import locked
from dslite.util.progress import Progress
from dslite.util.text import shorten

#: The variable in which SLURM gives each task of an array its number.
SLURM_TASK = "SLURM_ARRAY_TASK_ID"
Work = TypeVar("Work")


def run(job: Job, progress: Progress) -> Outcome | None:
    """Do a job; None where its folder holds the finished run already.

    Raises:
        Error: as ``train``; the run so far is in the folder.
    """
    if job.folder is None:
        return train(chosen(job, progress), progress)
    folder = job.folder
    folder.mkdir(parents=True, exist_ok=True)
    check_writable(job.output)
    with locked(folder):
        job = chosen(job, progress)
        recorder = RunRecorder(job)
        inside = folder / MODEL
        outcome = None
        if job.resume and is_finished(folder):
            check_split(folder, job.split, job.fold)
        else:
            outcome = train(replace(job, output=inside), progress, recorder)
    # Of a finished run as well: a kill may have come between its end and this copy.
    if job.output != inside and not _same_contents(job.output, inside):
        with replacing(job.output) as file:
            file.write(inside.read_bytes())
    return outcome


def _same_contents(one: Path, other: Path) -> bool:
    return one.exists() and filecmp.cmp(one, other, shallow=False)


@dataclass(frozen=True)
class Destination:
    """Where trainings go, and whether they go on there."""

    output: Path | None
    folder: Path | None
    resume: bool = False


@dataclass(frozen=True)
class Repetition:
    """By how many seeds each is done; by how many inner splits settings are chosen, 0: each is trained."""

    seeds: int = 1
    inner_splits: int = 0


def plan_jobs(
    named: Mapping[str, Candidate], to: Destination, command: str, repeated: Repetition = Repetition()
) -> Iterator[Job]:
    """A job for each experiment, fold and seed; each has a folder of its own where there are several.

    The seeds of an experiment begin with its own; all have one split, which is by ``data.seed``. Where
    settings are chosen, there is a job for each fold and seed.

    Raises:
        Error, ValueError: the data are at fault, or several trainings have no folder to go to, or there is
            nothing to choose among.
    """
    datasets: dict[Data, Dataset] = {}
    jobs: list[Job] = []
    taken: set[str] = set()
    for name, candidates in _contests(named, repeated.inner_splits > 0):
        data = candidates[0].experiment.data
        source = replace(data, seed=0)
        if source not in datasets:
            datasets[source] = load_data(source)
        for fold in splits(datasets[source], data):
            parts = [name, FOLD + _file_name(fold.name) if fold.name else ""]
            unlike = _unlike("/".join(filter(None, parts)), taken)
            choice = _choice(candidates, fold, repeated.inner_splits)
            jobs += _by_seed(
                Job(fold.split, candidates[0].experiment, Path(), command, unlike, fold.name, choice=choice),
                repeated.seeds,
            )
    if len(jobs) > 1 and (to.folder is None or to.output is not None):
        raise ValueError(f"{len(jobs)} trainings: expected --run DIR for their folders, and no -o")
    for job in jobs:
        where = to.folder / job.name if to.folder is not None else None
        target = to.output or (where / MODEL if where is not None else None)
        if target is None:
            raise ValueError("nowhere to write to; expected -o FILE or --run DIR")
        yield replace(job, output=target, folder=where, resume=to.resume)


def _contests(named: Mapping[str, Candidate], select: bool) -> Iterator[tuple[str, tuple[Candidate, ...]]]:
    """The settings that one training chooses among: all of them, or each alone by its name."""
    if not select:
        yield from ((name, (one,)) for name, one in named.items())
        return
    candidates = tuple(named.values())
    if len(candidates) < 2:
        raise ValueError(
            "--select: one setting, nothing to choose among; expected a list, --set training.epochs=[10,20]"
        )
    if varied := [name for name in candidates[0].settings if name.startswith("data.")]:
        raise ValueError(f"{shorten(varied)}: --select chooses among settings of the same data")
    if "training.seed" in candidates[0].settings:
        raise ValueError("training.seed: a seed is not chosen; --seeds N repeats the choice by several")
    yield "", candidates


def _choice(candidates: tuple[Candidate, ...], fold: Fold, count: int) -> Choice | None:
    if not count:
        return None
    data = candidates[0].experiment.data
    column = data.cv or data.split
    try:
        return Choice(candidates, tuple(inner_splits(fold.split, column, count, data.seed)), column)
    except Error as error:
        raise Error(
            f"--select: fold '{fold.name}': {error}" if fold.name else f"--select: {error}"
        ) from error


def _by_seed(job: Job, seeds: int) -> Iterator[Job]:
    """A training by as many seeds, from its own on; the name of each says which."""
    if seeds == 1:
        yield job
        return
    first = job.experiment.schedule.seed
    for seed in range(first, first + seeds):
        choice = job.choice
        if choice is not None:
            candidates = tuple(
                replace(one, experiment=_seeded(one.experiment, seed)) for one in choice.candidates
            )
            choice = replace(choice, candidates=candidates)
        name = f"{job.name}/{SEED}{seed}".lstrip("/")
        yield replace(job, experiment=_seeded(job.experiment, seed), name=name, choice=choice)


def _seeded(experiment: Experiment, seed: int) -> Experiment:
    return replace(experiment, schedule=replace(experiment.schedule, seed=seed))


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


def named_candidates(experiments: Sequence[Experiment], grid: Sequence[Settings]) -> dict[str, Candidate]:
    """Name each by its number and what sets it apart; a single one has no name."""
    if len(experiments) == 1:
        return {"": Candidate("", {}, experiments[0])}
    named = {}
    for number, (one, varied) in enumerate(zip(experiments, varying(grid), strict=True)):
        words = "-".join(f"{name.rpartition('.')[2]}={value}" for name, value in varied.items())
        named[f"{number:03}-{_file_name(words)}"[:80]] = Candidate(words, varied, one)
    return named
