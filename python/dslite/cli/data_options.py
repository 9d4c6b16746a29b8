"""The options that name the data of ``train`` and ``evaluate``, and the data set they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite.cli.base import say
from dslite.cli.options import EXISTING_FILE, file_column_option, label_column_option

if TYPE_CHECKING:
    from dslite.training.data.split import Split
    from dslite.training.data.table import Dataset


LABELS_HELP = "The label table (CSV), a row per file.  [default: none, each sub-folder is a class]"
TARGETS_HELP = "Columns of numbers to predict, instead of a label."
PREFIX_HELP = (
    "Split by the files' names: train… for training, devel… for validation, test… for the test part."
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the label table."""
    for option in (
        click.option(
            "--split-by-prefix",
            "by_prefix",
            is_flag=True,
            help=PREFIX_HELP,
        ),
        click.option(
            "--targets",
            metavar="COLUMN[,COLUMN]",
            callback=lambda _context, _option, text: tuple(_values(text)),
            help=TARGETS_HELP,
        ),
        label_column_option,
        file_column_option,
        click.option(
            "--labels",
            type=EXISTING_FILE,
            help=LABELS_HELP,
        ),
    ):
        command = option(command)
    return command


def load_by_options(
    audio_dir: Path,
    labels: Path | None,
    file_column: str | None,
    label_column: str | None,
    targets: Sequence[str],
) -> Dataset:
    """Load what the options of the label table name."""
    if targets and label_column is not None:
        raise click.UsageError("--targets and --label-column exclude each other")
    if targets and labels is None:
        raise click.UsageError("--targets needs --labels: the table whose columns they are")
    from dslite.training.data.table import load

    dataset = load(audio_dir, labels, file_column, label_column, targets)
    for note in dataset.notes:
        say(f"dslite: {note}")
    return dataset


def check_split_options(
    column: str | None,
    test: str | None,
    test_share: float | None,
    valid: str | None = None,
    by_prefix: bool = False,
    cv: str | None = None,
) -> None:
    """Refuse half a split, or two, as wrong usage."""
    if cv is not None and (by_prefix or column is not None or test_share is not None):
        raise click.UsageError("--cv excludes --split, --split-by-prefix and --test-share")
    if by_prefix and (column is not None or test_share is not None):
        raise click.UsageError("--split-by-prefix excludes --split and --test-share")
    if column is not None and not _values(test):
        raise click.UsageError("--split COLUMN needs --test V[,V]: which of its values to test on")
    if column is not None and test_share is not None:
        raise click.UsageError("--split and --test-share exclude each other")
    if column is None and (test is not None or valid is not None):
        raise click.UsageError("--test and --valid need --split COLUMN: the column they are of")


def split_by_options(
    dataset: Dataset,
    column: str | None,
    test: str | None,
    test_share: float,
    seed: int,
    valid: str | None = None,
    by_prefix: bool = False,
) -> Split:
    """Split by ``--split COLUMN --test V[,V] [--valid V[,V]]``, by prefix, or by ``--test-share``."""
    from dslite.training.data import split

    if by_prefix:
        return split.by_prefix(dataset)
    if column is None:
        return split.by_default(dataset, test_share, seed)
    return split.by_column(dataset, column, _values(test), _values(valid))


def _values(text: str | None) -> list[str]:
    """``"5, 6"`` → ["5", "6"]; text, as speaker "03" is not speaker 3."""
    return [value.strip() for value in (text or "").split(",") if value.strip()]
