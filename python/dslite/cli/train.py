"""``dslite train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite import Error
from dslite.cli.common.base import Command, finish, say
from dslite.cli.common.data_options import check_data_options
from dslite.cli.common.options import EXISTING_FILE, EXISTING_FOLDER, NEW_FILE, RECIPE_HELP, RECIPE_METAVAR
from dslite.cli.common.showing import show, sizes
from dslite.cli.common.train_options import settings_options
from dslite.cli.common.train_plan import plan, read_settings
from dslite.util.failures import Failure
from dslite.util.progress import results, show_progress

if TYPE_CHECKING:
    from dslite.training.job import Job


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
    "recipes",
    multiple=True,
    metavar=RECIPE_METAVAR,
    help=RECIPE_HELP.replace("  [", " Several make a run for each.  [").replace(
        "the paper's", "chosen by the recordings, which is shown"
    ),
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
    recipes: tuple[str, ...],
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
    settings = read_settings(audio_dir, config, assignments, options)
    planned = plan(settings, recipes, (output, folder, resume), (seeds, (inner_splits or 1) * select))
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


def _run(planned: list[Job], folder: Path | None, cluster: str | None) -> None:
    if cluster is not None or len(planned) > 1:
        _run_all(planned, folder, cluster)
    else:
        _run_one(planned[0])


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
