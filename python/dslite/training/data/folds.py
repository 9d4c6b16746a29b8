"""Cross-validation by groups: no network is tested on a group that it was trained on.

A group is whatever files have in common beside their label: a speaker, a recording session, a machine.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from dslite import Error
from dslite.training.data.split import Mask, Split, check_trainable
from dslite.training.data.table import Dataset
from dslite.util.text import shorten


@dataclass(frozen=True)
class Fold:
    """One turn of a cross-validation; named after the group it tests on, or by its number."""

    name: str
    split: Split


def cross_validation(
    dataset: Dataset, column: str, k: int = 0, seed: int = 0, valid_share: float = 0.0
) -> list[Fold]:
    """Let every file be tested once, in a fold whose training part has no file of its group.

    Args:
        column: of the label table; files with the same value are a group.
        k: how many folds the groups are dealt to, 2 or more, classes spread evenly; 0: each group is a fold.
        seed: of the dealing.
        valid_share: about this share of the training files, whole groups of them, is validated on
            instead of trained on; 0 up to below 1.

    Raises:
        Error: no such column, an empty cell in it, too few groups, or a fold that cannot be learnt.
    """
    groups = groups_of_files(dataset, column)
    if (most := most_parts(dataset, groups)) < max(k, 2):
        raise Error(
            f"column '{column}': {len(set(groups))} groups, {shorten(sorted(set(groups)))}, "
            f"can be dealt to {most} folds, expected {max(k, 2)}"
        )
    if k:
        parts = ((str(number), test) for number, test in enumerate(deal(dataset, groups, k, seed), start=1))
    else:
        parts = ((str(group), groups == group) for group in sorted(set(groups)))
    return [_fold(dataset, column, name, test, valid_share, seed) for name, test in parts]


def hold_out_groups(dataset: Dataset, column: str, share: float, seed: int) -> Mask:
    """Choose about ``share`` of the files, whole groups of ``column``, to validate on: (files,).

    Every class keeps files in the rest.

    Raises:
        Error: no such column, an empty cell in it, or no groups that can be spared.
    """
    groups = groups_of_files(dataset, column)
    # 0.4 is two of five equal parts, where one of two would be half of the files.
    parts = Fraction(min(share, 0.9)).limit_denominator(10).denominator if share >= 0.1 else round(1 / share)
    count = min(parts, most_parts(dataset, groups))
    dealt = list(deal(dataset, groups, count, seed)) if count > 1 else []
    taken = min(max(1, round(share * count)), count - 1)
    for first in range(len(dealt)):
        held: Mask = np.any([dealt[(first + i) % count] for i in range(taken)], axis=0)
        rest = dataset.select(~held)
        if set(rest.strata or ()) == set(dataset.strata or ()):
            return held
    raise Error(
        f"column '{column}': no group of the {len(set(groups))} in the training part can be held out; "
        "each has all files of some class"
    )


def check_groups(split: Split, column: str) -> None:
    """Make sure that no group has files in two parts.

    Raises:
        Error: one has; it is named with the parts.
    """
    parts = {"training": split.train, "validation": split.valid, "test": split.test}
    values = {name: set(part.table[column]) for name, part in parts.items()}
    for one, other in combinations(parts, 2):
        if both := sorted(values[one] & values[other]):
            raise Error(f"{column} {shorten(both)} is in the {one} and in the {other} part")


def _fold(dataset: Dataset, column: str, name: str, test: Mask, valid_share: float, seed: int) -> Fold:
    split = Split.of(dataset, test)
    try:
        if valid_share:
            split = split.hold_out(hold_out_groups(split.train, column, valid_share, seed))
        check_trainable(split)
    except Error as error:
        raise Error(f"fold '{name}': {error}") from error
    check_groups(split, column)
    return Fold(name, split)


def groups_of_files(dataset: Dataset, column: str) -> npt.NDArray[np.str_]:
    """The group of each file."""
    if column not in dataset.table:
        names = shorten(map(str, dataset.table.columns), 10)
        raise Error(f"no column '{column}' in the label table to group files by; there are {names}")
    groups: npt.NDArray[np.str_] = dataset.table[column].to_numpy(str)
    if nameless := [file for file, group in zip(dataset.files, groups, strict=True) if not group]:
        raise Error(f"column '{column}': empty for {shorten(nameless)}; expected the group of every file")
    return groups


def most_parts(dataset: Dataset, groups: npt.NDArray[np.str_]) -> int:
    """To how many parts the groups can be dealt: one each, and files of some class in each."""
    most = len(set(groups))
    strata = dataset.strata
    return most if strata is None else min(most, max(Counter(strata).values()))


def deal(dataset: Dataset, groups: npt.NDArray[np.str_], k: int, seed: int) -> Iterator[Mask]:
    """Deal the groups to ``k`` parts of about the same size, and of classes the same mixture."""
    _, numbers = np.unique(groups, return_inverse=True)
    # GroupKFold has no seed of its own in older scikit-learns; it breaks ties by the group's number.
    numbers = np.random.default_rng(seed).permutation(numbers.max() + 1)[numbers]
    if dataset.strata is not None:
        folds = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            # "The least populated class has few members": it need not be in every part.
            warnings.simplefilter("ignore", UserWarning)
            deals = list(folds.split(np.zeros(len(dataset)), dataset.strata, numbers))
    else:
        deals = list(GroupKFold(k).split(np.zeros(len(dataset)), groups=numbers))
    for _, chosen in deals:
        yield np.isin(np.arange(len(dataset)), chosen)
