"""``dslite evaluate``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dslite.cli.base import Command, finish
from dslite.cli.data_options import (
    check_split_options,
    data_options,
    load_by_options,
    split_by_options,
)
from dslite.cli.options import EXISTING_FILE, EXISTING_FOLDER
from dslite.cli.showing import show
from dslite.util.progress import show_progress


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.argument("audio_dir", type=EXISTING_FOLDER)
@data_options
@click.option(
    "--split",
    "column",
    metavar="COLUMN",
    help="Measure on part of the files, chosen by this column of the table.",
)
@click.option("--test", metavar="V[,V]", help="The values of that column to test on.")
@click.option(
    "--test-share",
    type=float,
    help="Test on the share of the files that `dslite train` with this share and seed held out.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of --test-share's draw.")
@click.option(
    "--per",
    type=click.Choice(["file", "chunk"]),
    default="file",
    show_default=True,
    help="What the confusion matrix counts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the measures as JSON.")
def evaluate(
    model: Path,
    audio_dir: Path,
    labels: Path | None,
    file_column: str | None,
    label_column: str | None,
    targets: tuple[str, ...],
    by_prefix: bool,
    column: str | None,
    test: str | None,
    test_share: float | None,
    seed: int,
    per: str,
    as_json: bool,
) -> None:
    """Measure MODEL on the labelled recordings in AUDIO_DIR, all of them or the test part.

    Classes are measured by accuracy, unweighted average recall, macro-F1 and AUC; values, whose columns
    have their names unless --targets gives others, by MAE, RMSE and CCC. Each measure has its 95 %
    interval, by a bootstrap over the files.

    \b
    Example:
      dslite evaluate esc10.tflite esc10/audio --labels esc10/labels.csv --split fold --test 5
    """
    check_split_options(column, test, test_share, by_prefix=by_prefix)

    from dslite.training.metrics.evaluate import evaluate as evaluate_model
    from dslite.training.metrics.evaluate import open_model
    from dslite.training.task import find_task

    opened = open_model(model)
    if find_task(opened.task).in_units and not targets and labels is not None:
        targets = tuple(opened.labels)
    dataset = load_by_options(audio_dir, labels, file_column, label_column, targets)
    part = "Test part"
    if column is None and test_share is None and not by_prefix:
        part = f"All {len(dataset)} files"  # some of which the model may have been trained on
    else:
        dataset = split_by_options(dataset, column, test, test_share or 0.0, seed, by_prefix=by_prefix).test
    with show_progress() as bars:
        evaluation = evaluate_model(opened, dataset, bars)
    if as_json:
        click.echo(json.dumps(evaluation.to_json()))
    else:
        show(evaluation, per, part)
    finish(evaluation.failures, len(dataset))
