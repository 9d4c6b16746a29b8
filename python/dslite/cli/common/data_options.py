"""The options that name labels and splits, the rules they share, and the data set they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite.cli.common.base import say
from dslite.cli.common.options import EXISTING_FILE, file_column_option, label_column_option

if TYPE_CHECKING:
    from dslite.training.data.settings import Data
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
            default=None,
            help=PREFIX_HELP,
        ),
        click.option(
            "--targets",
            metavar="COLUMN[,COLUMN]",
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


def check_data_options(given: Mapping[str, Any]) -> None:
    """Refuse options of labels and splits that do not go together as wrong usage.

    ``given`` are settings of ``Data`` by their names there, which are those of the options.
    """
    from dslite.training.data.settings import check_given

    try:
        check_given({name: str(value) if isinstance(value, Path) else value for name, value in given.items()})
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def data_of(audio_dir: Path, given: Mapping[str, Any]) -> Data:
    """The settings that options make."""
    from dslite.training.data.settings import Data

    settings = {name: value for name, value in given.items() if value is not None}
    texts: dict[str, Any] = {k: str(v) if isinstance(v, Path) else v for k, v in settings.items()}
    return Data(audio=str(audio_dir), **texts)


def load_noted(data: Data) -> Dataset:
    """Load what the settings name, and say how it was understood where that may surprise."""
    from dslite.training.data.splitting import load_data

    dataset = load_data(data)
    for note in dataset.notes:
        say(f"dslite: {note}")
    return dataset
