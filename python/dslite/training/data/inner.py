"""Inner splits of a training part, by which settings are chosen: the test part takes no part in it."""

from __future__ import annotations

import numpy as np

from dslite import Error
from dslite.training.data.folds import deal, groups_of_files, hold_out_groups, most_parts
from dslite.training.data.split import TEST, Mask, Split, at_random, check_trainable
from dslite.training.data.table import Dataset

#: The share of the training files that a single inner split holds out.
HELD_SHARE = 0.25


def inner_splits(split: Split, column: str, count: int, seed: int) -> list[Split]:
    """Split the training part again, ``count`` times: what is held out is the test part of each.

    One split holds out about a quarter of the files; of several each holds out another part, so that every
    file is held out once. The validation part stays what it is.

    Args:
        column: of the label table; whole groups of it are held out. "": files of each class at random.
        seed: of the dealing.

    Raises:
        Error: one group, too few of them, or parts that cannot be learnt.
    """
    known = split.without_test()
    inner = [known.hold_out(held, TEST) for held in _held(split.train, column, count, seed)]
    for number, one in enumerate(inner, start=1):
        try:
            check_trainable(one)
        except Error as error:
            raise Error(f"inner split {number}: {error}") from error
    return inner


def _held(train: Dataset, column: str, count: int, seed: int) -> list[Mask]:
    """The training files that are held out, (files,) of each inner split."""
    groups = groups_of_files(train, column) if column else np.arange(len(train)).astype(str)
    least = max(2, count)
    if (found := len(set(groups))) < least or most_parts(train, groups) < least:
        of = f"{found} group{'s' * (found != 1)} of column '{column}'" if column else f"{found} files"
        raise Error(
            f"the training part has {of}: too few to choose by; expected {least} or more of each class"
        )
    if count > 1:
        return list(deal(train, groups, count, seed))
    if column:
        return [hold_out_groups(train, column, HELD_SHARE, seed)]
    return [at_random(train, HELD_SHARE, seed).part_of == TEST]
