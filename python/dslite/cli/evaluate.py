"""``dslite evaluate``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite.cli.common.base import Command, finish, say, write_line
from dslite.cli.common.data_options import check_data_options, data_of, data_options, load_noted
from dslite.cli.common.options import EXISTING_FILE, EXISTING_FOLDER
from dslite.cli.common.showing import show
from dslite.util.progress import results, show_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dslite.training.data.settings import Data
    from dslite.training.data.table import Dataset
    from dslite.training.metrics.evaluate import Evaluation
    from dslite.training.runs.compare import Entry


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE, required=False)
@click.argument("audio_dir", type=EXISTING_FOLDER, required=False)
@click.option(
    "--run",
    "folder",
    type=EXISTING_FOLDER,
    help="Measure the model of this run, or cross-validation, on the test part that it has saved.",
)
@click.option(
    "--audio-dir",
    "moved",
    type=EXISTING_FOLDER,
    help="The folder of the recordings of --run.  [default: the one that the run was trained on]",
)
@data_options
@click.option(
    "--split", metavar="COLUMN", help="Measure on part of the files, chosen by this column of the table."
)
@click.option("--test", metavar="V[,V]", help="The values of that column to test on.")
@click.option(
    "--test-share",
    type=float,
    help="Test on the share of the files that `dslite train` with this share and seed held out.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="The seed of --test-share's draw: --split-seed of `dslite train`.",
)
@click.option(
    "--per",
    type=click.Choice(["file", "chunk"]),
    default="file",
    show_default=True,
    help="What the confusion matrix counts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the measures as JSON.")
def evaluate(
    model: Path | None,
    audio_dir: Path | None,
    folder: Path | None,
    moved: Path | None,
    seed: int,
    per: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Measure MODEL on the labelled recordings in AUDIO_DIR or on part of them, or a run on its test part.

    Classes are measured by accuracy, unweighted average recall, macro-F1 and AUC; values, whose columns
    have their names unless --targets gives others, by MAE, RMSE and CCC. Each measure has its 95 %
    interval, by a bootstrap over the files. Where MODEL is in its run folder, the recordings that it was
    trained on are counted.

    \b
    Example:
      dslite evaluate esc10.tflite esc10/audio --labels esc10/labels.csv --split fold --test 5
      dslite evaluate --run runs/esc10
    """
    if folder is not None:
        if model is not None or any(options.values()):
            raise click.UsageError(
                "--run takes labels and split from the run: expected no MODEL or other option"
            )
        _evaluate_run(folder, moved, per, as_json)
        return
    if model is None or audio_dir is None or moved is not None:
        raise click.UsageError("expected MODEL and AUDIO_DIR, or --run RUN with or without --audio-dir")
    check_data_options(options)
    chooses = any(options[name] for name in ("split", "by_prefix", "test_share"))
    _evaluate_model(model, replace(data_of(audio_dir, options), seed=seed), chooses, per, as_json)


def _evaluate_model(path: Path, data: Data, chooses: bool, per: str, as_json: bool) -> None:
    """Measure a model file on the recordings that the options name, or on the part that they choose."""
    from dslite.training.data.splitting import splits
    from dslite.training.metrics.evaluate import evaluate as evaluate_model
    from dslite.training.metrics.evaluate import open_model
    from dslite.training.runs.remeasure import learnt_among
    from dslite.training.task import find_task

    model = open_model(path)
    if find_task(model.task).in_units and data.labels and not data.targets:
        data = replace(data, targets=",".join(model.labels))
    whole = part = load_noted(data)
    if chooses:
        part = splits(whole, data)[0].split.test
    with show_progress() as bars:
        evaluation = evaluate_model(model, part, bars)
    learnt = learnt_among(path, part.paths)
    if as_json:
        write_line(json.dumps(evaluation.to_json() | ({} if learnt is None else {"learnt_files": learnt})))
    else:
        show(evaluation, per, _title(part, whole, learnt))
    if learnt:
        say(f"dslite: {learnt} of {len(part)} files were trained or validated on; the model is flattered")
    finish(evaluation.failures, len(part))


def _title(part: Dataset, whole: Dataset, learnt: int | None) -> str:
    """What was measured. It is a test part only where it is known that nothing of it was learnt."""
    if learnt == 0:
        return "Test part"
    return f"All {len(whole)} files" if len(part) == len(whole) else f"{len(part)} of {len(whole)} files"


def _evaluate_run(folder: Path, moved: Path | None, per: str, as_json: bool) -> None:
    """Measure every run in a folder on its own test part; the folds of a cross-validation also together."""
    from dslite.training.runs.compare import find_entries
    from dslite.training.runs.remeasure import measure_entry

    entries, failures = find_entries([folder])
    found: dict[str, Any] = {}
    count = len(failures)
    for entry in entries:
        with show_progress() as bars:
            folds, pooled, failed = measure_entry(entry, moved, bars)
        failures += [*failed, *pooled.failures]
        count += len(failed) + len(pooled.answers.files) + len(pooled.failures)
        found[entry.name] = pooled.to_json()
        if entry.is_several:
            found[entry.name]["folds"] = {name: one.to_json() for name, one in folds.items()}
        if not as_json:
            _show_entry(entry, folds, pooled, per)
    if as_json:
        write_line(json.dumps(found[entries[0].name] if len(entries) == 1 else found))
    finish(failures, count)


def _show_entry(entry: Entry, folds: Mapping[str, Evaluation], pooled: Evaluation, per: str) -> None:
    if not entry.is_several:
        show(pooled, per)
        return
    from dslite.cli.common.comparing import runs_table

    results().print(runs_table(folds))
    count = entry.what if len(folds) == len(entry.runs) else f"{len(folds)} of {len(entry.runs)} runs"
    show(pooled, per, f"Test parts of {count}, pooled")
    if entry.gap:
        say(f"dslite: {entry.gap}")
