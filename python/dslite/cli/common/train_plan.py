"""From what ``dslite train`` was asked to the trainings that are to be done."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dslite.cli.common.base import say
from dslite.util.progress import show_progress
from dslite.util.recipe_file import read_recipe

if TYPE_CHECKING:
    from dslite import Recipe
    from dslite.training.data.settings import Data
    from dslite.training.experiment import Experiment, Settings
    from dslite.training.job import Job

#: Of larger sets so many recordings at most, evenly spread, choose the recipe.
MEASURED = 2000
#: The setting by which combinations of several recipes are named apart.
RECIPE_NAME = ("recipe", "name")


def read_settings(
    audio_dir: Path | None, config: Path | None, assignments: tuple[str, ...], options: dict[str, Any]
) -> Settings:
    """The experiment file, overridden by the command's options, overridden by --set."""
    from dslite.training import experiment

    settings = experiment.read_settings(config) if config is not None else {}
    if audio_dir is not None:
        settings["data", "audio"] = str(audio_dir)
    for name, value in options.items():
        if value is not None:
            table, _, key = name.partition("__")
            settings[table, key] = str(value) if isinstance(value, Path) else value
    for assignment in assignments:
        settings |= experiment.parse_assignment(assignment)
    return settings


def plan(
    settings: Settings,
    recipes: Sequence[str],
    to: tuple[Path | None, Path | None, bool],
    repeated: tuple[int, int],
) -> list[Job]:
    """The trainings that the settings ask for, of which a task of a SLURM array does one.

    Several recipes make a grid, too. ``to`` and ``repeated`` are what ``jobs.Destination`` and
    ``jobs.Repetition`` are made of.
    """
    from dslite.training import experiment, jobs

    grid = experiment.combinations(settings)
    front_ends = {source: read_recipe(source) for source in recipes or (None,)}
    experiments = [experiment.experiment(one, front) for front in front_ends.values() for one in grid]
    if not recipes and not any(table.startswith("recipe.") for table, _ in settings):
        experiments = _with_proposals(experiments)
    grid = [one | {RECIPE_NAME: source} for source in front_ends for one in grid]
    named = jobs.named_candidates(experiments, grid)
    command = shlex.join(["dslite", *sys.argv[1:]])
    destination, repetition = jobs.Destination(*to), jobs.Repetition(*repeated)
    is_one = len(named) == 1 or repetition.inner_splits > 0
    wanted = named if is_one else jobs.picked(named)
    planned = list(jobs.plan_jobs(wanted, destination, command, repetition))
    if is_one:  # the tasks of a SLURM array do a fold and seed each
        planned = list(jobs.picked({job.name: job for job in planned}).values())
    for note in dict.fromkeys(note for job in planned for note in job.split.whole.notes):
        say(f"dslite: {note}")
    return planned


def _with_proposals(experiments: list[Experiment]) -> list[Experiment]:
    """Give each the recipe that the figures of its recordings choose, and say which and why."""
    from dslite.training.data.splitting import load_data
    from dslite.training.inspection.propose import proposal_toml, propose
    from dslite.training.inspection.statistics import gather

    recipes: dict[tuple[str, ...], Recipe] = {}
    for data in (one.data for one in experiments):
        if (key := _recordings_of(data)) not in recipes:
            with show_progress() as bars:
                paths = load_data(data).paths
                paths = paths[:: math.ceil(len(paths) / MEASURED)]
                bars.stage("measuring", len(paths))
                recipes[key], reasons = propose(gather(paths, advance=bars.advance))
            say("the recipe, chosen by the recordings (--recipe NAME takes another):\n")
            say(proposal_toml(recipes[key], reasons))
    return [replace(one, recipe=recipes[_recordings_of(one.data)]) for one in experiments]


def _recordings_of(data: Data) -> tuple[str, ...]:
    """The settings that decide which recordings there are."""
    return data.audio, data.labels, data.file_column, data.label_column, data.targets
