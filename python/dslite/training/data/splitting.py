"""From the settings of the data to its files, and to the parts that they are split into."""

from __future__ import annotations

from pathlib import Path

from dslite.training.data.folds import Fold, cross_validation, hold_out_groups
from dslite.training.data.settings import Data, listed
from dslite.training.data.split import TEST, at_random, by_column, by_default, by_prefix
from dslite.training.data.table import Dataset, load


def load_data(data: Data) -> Dataset:
    """Read the table, or the folders, that the settings name.

    Raises:
        Error: what is wrong with them.
        ValueError: they name no folder.
    """
    if not data.audio:
        raise ValueError("no recordings given; expected AUDIO_DIR, or audio in the experiment's [data]")
    labels = Path(data.labels) if data.labels else None
    columns = (data.file_column or None, data.label_column or None)
    return load(Path(data.audio), labels, *columns, targets=listed(data.targets))


def splits(dataset: Dataset, data: Data) -> list[Fold]:
    """The ways in which the settings split the data: one without a name, or one for each fold.

    Raises:
        Error: a column, a value or a group that is not there.
    """
    seed = data.seed
    if data.cv:
        return cross_validation(dataset, data.cv, data.groups, seed, data.valid_share)
    if data.by_prefix:
        split = by_prefix(dataset)
    elif data.split:
        split = by_column(dataset, data.split, listed(data.test), listed(data.valid))
    else:
        split = by_default(dataset, data.test_share, seed)
    if data.valid_share and data.split and not len(split.valid):
        # Of a split by speakers, validation files of training speakers would flatter every loss.
        split = split.hold_out(hold_out_groups(split.train, data.split, data.valid_share, seed))
    elif data.valid_share and not len(split.valid):
        split = split.hold_out(at_random(split.train, data.valid_share, seed).part_of == TEST)
    return [Fold("", split)]
