"""``dslite train``."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite.cli.base import Command, finish, say
from dslite.cli.data_options import (
    EXISTING_FILE,
    EXISTING_FOLDER,
    check_split_options,
    data_options,
    load_by_options,
    split_by_options,
)
from dslite.cli.recipe_file import read_recipe
from dslite.console import progress, results
from dslite.training.backbones import BACKBONES
from dslite.training.schedule import Schedule

if TYPE_CHECKING:
    from dslite.training.evaluation import Evaluation
    from dslite.training.split import Split
    from dslite.training.train import Plan

TEST_SHARE = 0.2
TUNED, SCRATCH = Schedule(), Schedule.from_scratch()


def _both(name: str) -> str:
    """The default of a setting, of random weights too where it differs."""
    tuned, scratch = getattr(TUNED, name), getattr(SCRATCH, name)
    return f"[default: {tuned}]" if tuned == scratch else f"[default: {tuned}; none: {scratch}]"


@click.command(cls=Command)
@click.argument("audio_dir", type=EXISTING_FOLDER)
@data_options
@click.option("--split", "column", metavar="COLUMN", help="Split by this column of the table.")
@click.option("--test", metavar="V[,V]", help="Values of the split's column to test on.")
@click.option("--valid", metavar="V[,V]", help="Values of it to watch while training.")
@click.option(
    "--test-share",
    type=float,
    help=f"Without --split: share of the files, of every class, to test on. [default: {TEST_SHARE}]",
)
@click.option("--recipe", type=EXISTING_FILE, help="The front end (TOML). [default: the paper's]")
@click.option("--backbone", type=click.Choice(list(BACKBONES)), default="mobilenet_v2", show_default=True)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|FILE",
    help="What the backbone knows at the start: Keras's download, nothing, or a file.",
)
@click.option("--epochs", type=int, help=f"Of the head alone. {_both('epochs')}")
@click.option(
    "--fine-tune-epochs",
    type=int,
    help=f"Of head and last part of the backbone. {_both('fine_tune_epochs')}",
)
@click.option(
    "--fine-tune-share",
    type=float,
    help=f"The last part, as a share of the layers. {_both('fine_tune_share')}",
)
@click.option("--learning-rate", type=float, help=f"Of the head. {_both('learning_rate')}")
@click.option("--fine-learning-rate", type=float, help=f"Of the last part. {_both('fine_learning_rate')}")
@click.option("--batch-size", type=int, help=f"Chunks per step. {_both('batch_size')}")
@click.option("--seed", type=int, help=f"Of split, order and weights. {_both('seed')}")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The model file to write.",
)
def train(
    audio_dir: Path,
    labels: Path | None,
    file_column: str | None,
    label_column: str | None,
    targets: tuple[str, ...],
    by_prefix: bool,
    column: str | None,
    test: str | None,
    valid: str | None,
    test_share: float | None,
    recipe: Path | None,
    backbone: str,
    weights: str,
    output: Path,
    **settings: Any,
) -> None:
    """Train a model on the recordings in AUDIO_DIR and write it as one file.

    First a new head learns on the frozen backbone, then the backbone's last part with it. The test
    part is measured by the native core on the very file that was written.

    \b
    Example:
      dslite train esc10/audio --labels esc10/labels.csv --split fold --test 5 \\
          --backbone mobilenet_v2 --weights mobilenet_v2.weights.h5 -o esc10.tflite
    """
    check_split_options(column, test, test_share, valid, by_prefix)
    base = SCRATCH if weights == "none" else TUNED
    schedule = replace(base, **{k: v for k, v in settings.items() if v is not None})
    front_end = read_recipe(recipe)

    from dslite.training.train import Plan

    dataset = load_by_options(audio_dir, labels, file_column, label_column, targets)
    share = TEST_SHARE if test_share is None else test_share
    split = split_by_options(dataset, column, test, share, schedule.seed, valid, by_prefix)
    command = shlex.join(["dslite", *sys.argv[1:]])
    _run(Plan(split, front_end, backbone, weights, schedule, output, command))


def _run(plan: Plan) -> None:
    from dslite.training.train import train as train_plan

    split = plan.split
    say(_sizes(split))
    with progress() as bars:
        outcome = train_plan(plan, bars)
    show(outcome.evaluation)
    say(f"wrote {plan.output} ({plan.output.stat().st_size / 1e6:.1f} MB)")
    finish(outcome.failures, len(split.train) + len(split.valid) + len(split.test))


def _sizes(split: Split) -> str:
    return (
        f"{len(split.train)} files to train on, {len(split.valid)} to validate, "
        f"{len(split.test)} to test; {len(split.train.classes)} classes"
    )


def show(evaluation: Evaluation) -> None:
    """Print the measures, and of classes the confusion matrices, on stdout."""
    from dslite.training.class_metrics import ClassMetrics
    from dslite.training.metrics import confusion_table, summary_table

    console = results()
    console.print(summary_table(evaluation.per_chunk, evaluation.per_file))
    for unit, metrics in (("chunk", evaluation.per_chunk), ("file", evaluation.per_file)):
        if isinstance(metrics, ClassMetrics):
            console.print(confusion_table(metrics, f"Confusion, per {unit}"))
