"""``dslite train``."""

from __future__ import annotations

import math
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite import Error
from dslite.cli.common.base import Command, finish, say
from dslite.cli.common.data_options import check_data_options
from dslite.cli.common.options import EXISTING_FILE, EXISTING_FOLDER, NEW_FILE, RECIPE_HELP, RECIPE_METAVAR
from dslite.cli.common.showing import show, sizes
from dslite.cli.common.train_options import settings_options
from dslite.util.failures import Failure
from dslite.util.progress import results, show_progress
from dslite.util.recipe_file import read_recipe

if TYPE_CHECKING:
    from dslite import Recipe
    from dslite.training.data.settings import Data
    from dslite.training.experiment import Experiment, Settings
    from dslite.training.job import Job

#: Of larger sets so many recordings at most, evenly spread, choose the recipe.
MEASURED = 2000


@click.command(cls=Command)
@click.argument("audio_dir", type=EXISTING_FOLDER, required=False)
@click.option(
    "--config",
    type=EXISTING_FILE,
    help="An experiment file (TOML), which can hold the options below and more.",
)
@settings_options
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="TABLE.KEY=VALUE",
    help="Set any key of the experiment, such as augmentation.mixup=0.4; a list [A,B] makes a run for each.",
)
@click.option(
    "--recipe",
    metavar=RECIPE_METAVAR,
    help=RECIPE_HELP.replace("the paper's", "chosen by the recordings, which is shown"),
)
@click.option("-o", "--output", type=NEW_FILE, help="The model file to write.")
@click.option(
    "--run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for all there is to know of the training: model, report, curves, checkpoints.",
)
@click.option("--resume", is_flag=True, help="Go on with the training that was begun in --run.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Train every fold by this many seeds, from --seed on, all with the same split.",
)
@click.option(
    "--select",
    is_flag=True,
    help="Choose among the settings of a grid, in each fold anew, by a split of its training part alone.",
)
@click.option(
    "--inner-splits",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many splits --select chooses by, each of which holds out other groups.  "
    "[default: 1, a quarter held out]",
)
@click.option(
    "--cluster",
    metavar="ADDRESS|N|slurm",
    help="Run grid and folds on a Dask cluster, or on N processes of this machine.",
)
def train(
    audio_dir: Path | None,
    config: Path | None,
    assignments: tuple[str, ...],
    recipe: str | None,
    output: Path | None,
    folder: Path | None,
    resume: bool,
    seeds: int,
    select: bool,
    inner_splits: int | None,
    cluster: str | None,
    **options: Any,
) -> None:
    """Train on the recordings in AUDIO_DIR and write the model as one file.

    First a new head learns on the frozen backbone, then the backbone's last part with it. The test
    part is measured by the native core on the very file that was written.

    Lists in --config or --set make a grid, --cv a fold for each group, --seeds repetitions: each is a
    training of its own, in a folder of its own below --run. Within a SLURM array each task does one
    combination, and one fold and seed where there is one combination. With --select the grid is no
    longer trained as a whole: each fold trains by the combination that did best on its inner splits.

    \b
    Example:
      dslite train esc10/audio --labels esc10/labels.csv --split fold --test 5 \\
          --weights mobilenet_v2.weights.h5 -o esc10.tflite
      dslite train esc10/audio --labels esc10/labels.csv --cv fold \\
          --weights mobilenet_v2.weights.h5 --set augmentation.mixup=0.4 --run runs/esc10
      dslite train --config grid.toml --run runs/grid --cluster 2
    """
    _check_usage(audio_dir or config, output, folder, resume, cluster)
    if inner_splits is not None and not select:
        raise click.UsageError("--inner-splits needs --select, which chooses by them")
    prefix = "data__"
    check_data_options({k.removeprefix(prefix): v for k, v in options.items() if k.startswith(prefix)})
    settings = _settings(audio_dir, config, assignments, options)
    planned = _plan(settings, recipe, (output, folder, resume), (seeds, (inner_splits or 1) * select))
    try:
        _run(planned, folder, cluster)
    except KeyboardInterrupt:
        if folder is not None:
            say(f"dslite: {folder}: the same command with --resume goes on with it")
        raise


def _check_usage(
    source: Path | None, output: Path | None, folder: Path | None, resume: bool, cluster: str | None
) -> None:
    """Refuse options that need another; ``source`` is the folder of recordings, or the file that names it."""
    if output is None and folder is None:
        raise click.UsageError("expected -o FILE for the model, or --run DIR for it and all about it")
    if resume and folder is None:
        raise click.UsageError("--resume needs --run DIR: where it was begun")
    if cluster is not None and folder is None:
        raise click.UsageError("--cluster needs --run DIR: where the workers leave what they train")
    if source is None:
        raise click.UsageError("expected AUDIO_DIR, or --config FILE that names it")


def _plan(
    settings: Settings,
    recipe: str | None,
    to: tuple[Path | None, Path | None, bool],
    repeated: tuple[int, int],
) -> list[Job]:
    """The trainings that the settings ask for, of which a task of a SLURM array does one.

    ``to`` and ``repeated`` are what ``jobs.Destination`` and ``jobs.Repetition`` are made of.
    """
    from dslite.training import experiment, jobs

    front_end = read_recipe(recipe)
    grid = experiment.combinations(settings)
    experiments = [experiment.experiment(one, front_end) for one in grid]
    if recipe is None and not any(table.startswith("recipe.") for table, _ in settings):
        experiments = _with_proposals(experiments)
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


def _run(planned: list[Job], folder: Path | None, cluster: str | None) -> None:
    if cluster is not None or len(planned) > 1:
        _run_all(planned, folder, cluster)
    else:
        _run_one(planned[0])


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


def _settings(
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


def _run_one(job: Job) -> None:
    say(sizes(job.split))
    from dslite.training.jobs import run

    with show_progress() as bars:
        outcome = run(job, bars)
    if outcome is None:
        say(f"{job.folder}: finished already")
        return
    show(outcome.evaluation)
    _show_choices([job])
    say(f"wrote {job.output} ({job.output.stat().st_size / 1e6:.1f} MB)")
    if job.folder is not None:
        say(f"wrote {job.folder / 'report.html'}")
    finish(outcome.failures, len(job.paths))


def _run_all(planned: list[Job], folder: Path | None, cluster: str | None) -> None:
    """Do every training, whatever becomes of the others, and compare them."""
    from dslite.training.cluster.run_all import run_all

    failed: list[Failure] = []
    for job, error in run_all(planned, cluster):
        if error is not None:
            failed.append(Failure(job.folder or job.output, f"{job.name or job.output}: {error}"))
    if folder is not None and len(failed) < len(planned):
        from dslite.cli.compare import show_runs

        show_runs((folder,))
        _show_choices(planned)
        _report_folds(folder)
    left_out = _noted(planned)
    if failed:
        for failure in left_out + failed:
            say(f"dslite: {failure.message}")
        raise Error(f"{len(failed)} of {len(planned)} trainings failed; --resume does those again")
    datasets = {id(job.split.whole): job.split.whole for job in planned}
    finish(left_out, len({path for one in datasets.values() for path in one.paths}))


def _show_choices(planned: list[Job]) -> None:
    """Print what was chosen in each training, and what the choice cost."""
    from dslite.cli.common.showing import choices_table
    from dslite.training.recorder import is_finished
    from dslite.training.runs.reader import read_run

    folders = {job.name: job.folder for job in planned if job.folder and job.choice}
    runs = {name: read_run(folder) for name, folder in folders.items() if is_finished(folder)}
    if runs:
        results().print(choices_table(runs))


def _report_folds(folder: Path) -> None:
    """Write the report of every cross-validation in the folder."""
    from dslite.training.reports.report import write_report
    from dslite.training.runs.compare import find_entries
    from dslite.training.runs.cross_validation import pooled

    entries, _ = find_entries((folder,))
    for entry in entries:
        if entry.is_several:
            say(f"wrote {write_report(pooled(entry))}")


def _noted(planned: list[Job]) -> list[Failure]:
    """Say what each run was warned of; the recordings left out, each once, however many runs missed it."""
    from dslite.training.runs.reader import is_run, read_facts

    left_out: dict[str, Failure] = {}
    for job in planned:
        if job.folder is None or not is_run(job.folder):
            continue
        facts = read_facts(job.folder)
        for warning in facts["warnings"]:
            say(f"dslite: {job.name}: {warning}")
        for entry in facts["failures"]:
            left_out.setdefault(entry["file"], Failure(Path(entry["file"]), entry["message"]))
    return list(left_out.values())
