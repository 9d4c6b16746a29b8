"""The options of ``dslite train`` that set one key of the experiment each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dslite.cli.common.data_options import LABELS_HELP, PREFIX_HELP, TARGETS_HELP
from dslite.cli.common.options import EXISTING_FILE
from dslite.training.data.settings import Data
from dslite.training.experiment import Network
from dslite.training.learning.optimizers import OPTIMIZERS
from dslite.training.learning.schedule import BALANCES, Schedule
from dslite.training.network.backbones import BACKBONES
from dslite.training.network.head import Head

TUNED, SCRATCH = Schedule(), Schedule.from_scratch()


def _default(name: str) -> str:
    """The default of the schedule, of random weights too where it differs."""
    tuned, scratch = getattr(TUNED, name), getattr(SCRATCH, name)
    return f"[default: {tuned}]" if tuned == scratch else f"[default: {tuned}; random weights: {scratch}]"


def _epochs(name: str, steps: str) -> str:
    """The default number of epochs of a stage, which follows from a number of steps."""
    scratch = getattr(SCRATCH, steps) if getattr(SCRATCH, name) else 0
    return f"[default: those of {getattr(TUNED, steps)} steps; random weights: {scratch}]"


def _setting(
    table: str, option: str, kind: Any, text: str, metavar: str | None = None, key: str | None = None
) -> Any:
    """An option that sets a key of the experiment; its name in the command is ``table__key``."""
    key = key or option.lstrip("-").replace("-", "_")
    is_flag = kind is bool
    return click.option(
        option,
        f"{table}__{key}",
        type=None if is_flag else kind,
        is_flag=is_flag,
        default=None,
        help=text,
        metavar=metavar,
    )


#: Options that set one key each; --set reaches every key there is.
SETTINGS = (
    _setting("data", "--labels", EXISTING_FILE, LABELS_HELP),
    _setting(
        "data",
        "--file-column",
        str,
        "The column that names the file, below AUDIO_DIR.  [default: filename, file or the like]",
        "COLUMN",
    ),
    _setting(
        "data",
        "--label-column",
        str,
        "The column that holds the label.  [default: label, class or the like]",
        "COLUMN",
    ),
    _setting("data", "--targets", str, TARGETS_HELP, "COLUMN[,COLUMN]"),
    _setting("data", "--split", str, "Split the files by this column of the table.", "COLUMN"),
    _setting("data", "--test", str, "The values of the split's column to test on.", "V[,V]"),
    _setting("data", "--valid", str, "The values of the split's column to validate on.", "V[,V]"),
    _setting("data", "--split-by-prefix", bool, PREFIX_HELP, key="by_prefix"),
    _setting("data", "--cv", str, "Cross-validate: test each value of this column once.", "COLUMN"),
    _setting(
        "data",
        "--groups",
        int,
        "Deal the values of --cv to this many groups, and test each group once.  [default: 0, no dealing]",
    ),
    _setting(
        "data",
        "--test-share",
        float,
        f"The share of the files to test on, where no other split is given.  [default: {Data.test_share}]",
    ),
    _setting(
        "data",
        "--valid-share",
        float,
        f"The share of the training files to validate on.  [default: {Data.valid_share:g}]",
    ),
    _setting(
        "data",
        "--split-seed",
        int,
        f"The seed by which groups are dealt and shares drawn.  [default: {Data.seed}]",
        key="seed",
    ),
    _setting(
        "model",
        "--backbone",
        click.Choice(list(BACKBONES)),
        f"The network that is fine-tuned: {', '.join(BACKBONES)}.  [default: {Network.backbone}]",
        "NAME",
    ),
    _setting(
        "model",
        "--weights",
        str,
        "The weights that the backbone starts from: Keras's download, random ones, or a file. "
        f" [default: {Network.weights}]",
        "imagenet|none|FILE",
    ),
    _setting(
        "model",
        "--units",
        int,
        f"The units of a dense layer before the output.  [default: {Head.units}, no such layer]",
    ),
    _setting(
        "model",
        "--activation",
        str,
        f"The activation of that dense layer: any of Keras's, or arelu.  [default: {Head.activation}]",
    ),
    _setting(
        "model",
        "--dropout",
        float,
        f"The share of values dropped before the output while training.  [default: {Head.dropout}]",
    ),
    _setting(
        "training",
        "--epochs",
        int,
        f"Epochs of the head on the frozen backbone.  {_epochs('epochs', 'steps')}",
    ),
    _setting(
        "training",
        "--fine-tune-epochs",
        int,
        "Epochs of the head and the last layers of the backbone.  "
        + _epochs("fine_tune_epochs", "fine_tune_steps"),
    ),
    _setting(
        "training",
        "--fine-tune-share",
        float,
        f"The share of the backbone's layers that fine-tuning changes.  {_default('fine_tune_share')}",
    ),
    _setting(
        "training",
        "--learning-rate",
        float,
        f"Learning rate while the backbone is frozen.  {_default('learning_rate')}",
    ),
    _setting(
        "training",
        "--fine-learning-rate",
        float,
        f"Learning rate while the backbone is fine-tuned.  {_default('fine_learning_rate')}",
    ),
    _setting("training", "--batch-size", int, f"Chunks per step.  {_default('batch_size')}"),
    _setting(
        "training",
        "--optimizer",
        click.Choice(list(OPTIMIZERS)),
        f"The optimizer: {', '.join(OPTIMIZERS)}.  {_default('optimizer')}",
        "NAME",
    ),
    _setting(
        "training",
        "--loss",
        str,
        "The loss, any of Keras's.  [default: cross-entropy for classes, squared error for values]",
    ),
    _setting(
        "training",
        "--balance",
        click.Choice(BALANCES),
        f"How to even out classes of unequal size.  {_default('balance')}",
    ),
    _setting(
        "training",
        "--patience",
        int,
        "Stop a stage after this many epochs without a lower validation loss.  [default: 0, never]",
    ),
    _setting(
        "training", "--seed", int, f"The seed of the weights, the order and augmentation.  {_default('seed')}"
    ),
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each of ``SETTINGS``."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command
