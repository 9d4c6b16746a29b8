"""Who trains and who is tested: by a column of the label table, by the files' names, or at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from sklearn.model_selection import train_test_split

from dslite import Error
from dslite.training.data.table import PART, Dataset
from dslite.util.text import shorten

#: How the files of the training, the validation and the test part begin, by DeepSpectrumLite's custom.
PREFIXES = ("train", "devel", "test")


@dataclass(frozen=True)
class Split:
    """The parts of a data set; ``valid`` may be empty, no file is in two of them."""

    train: Dataset
    valid: Dataset
    test: Dataset

    def parts(self) -> dict[str, Dataset]:
        """The parts by the names that tables give them."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


def by_column(dataset: Dataset, column: str, test: Sequence[str], valid: Sequence[str] = ()) -> Split:
    """Test on the files whose ``column`` is one of ``test``, validate on those of ``valid``.

    Raises:
        Error: no such column, or a value that no file has.
        ValueError: a value that is in both parts.
    """
    if column not in dataset.table:
        names = shorten(map(str, dataset.table.columns), 10)
        raise Error(f"--split: no column '{column}' in the label table; there are {names}")
    values = dataset.table[column]
    for option, wanted in (("--test", test), ("--valid", valid)):
        if unknown := sorted(set(wanted) - set(values)):
            raise Error(
                f"{option}: no file has {column} {shorten(unknown)}; "
                f"there are {shorten(sorted(set(values)), 10)}"
            )
    if both := sorted(set(test) & set(valid)):
        raise ValueError(f"--valid: {column} {shorten(both)} is in the test part already")
    in_test = values.isin(list(test)).to_numpy()
    in_valid = values.isin(list(valid)).to_numpy()
    return Split(dataset.select(~in_test & ~in_valid), dataset.select(in_valid), dataset.select(in_test))


def by_prefix(dataset: Dataset) -> Split:
    """Split as the label tables of DeepSpectrumLite do: by the beginning of the path or file name.

    ``train…`` trains, ``devel…`` validates, ``test…`` tests; in "train/test1.wav" the path decides.

    Raises:
        Error: a file that begins otherwise.
    """
    parts = [_prefix(file) for file in dataset.files]
    if other := [file for file, part in zip(dataset.files, parts, strict=True) if part is None]:
        raise Error(
            f"{len(other)} of {len(dataset)} files begin with none of {shorten(PREFIXES)}: {shorten(other)}"
        )
    train, valid, test = (dataset.select([part == wanted for part in parts]) for wanted in PREFIXES)
    return Split(train, valid, test)


def all_have_prefixes(files: Sequence[str]) -> bool:
    """Whether ``by_prefix`` can split these files."""
    return all(_prefix(file) is not None for file in files)


def _prefix(file: str) -> str | None:
    path = PurePosixPath(file)
    starts = (p for name in (str(path), path.name) for p in PREFIXES if name.startswith(p))
    return next(starts, None)


def by_default(dataset: Dataset, test_share: float, seed: int) -> Split:
    """Split as the folders say where they are parts, or else at random.

    Without a test part the validation part is tested.

    Raises:
        As ``at_random``.
    """
    if not dataset.has_parts:
        return at_random(dataset, test_share, seed)
    part = dataset.table[PART].to_numpy(str)
    train, valid, test = (dataset.select(part == name) for name in ("train", "valid", "test"))
    return Split(train, valid, test) if len(test) else Split(train, test, valid)


def at_random(dataset: Dataset, test_share: float, seed: int) -> Split:
    """Draw ``test_share`` (in 0…1) of the files, of every class alike (stratified), by ``seed`` alone.

    Raises:
        Error: a class with too few files to be on both sides, or one file of numbers.
    """
    strata = dataset.strata
    counts = Counter(strata or ["every file"])
    if lonely := sorted(label for label, count in counts.items() if strata and count < 2):
        raise Error(f"class {shorten(lonely)} has one file; a random split needs two of each class")
    if len(dataset) < 2:
        raise Error(f"{shorten(dataset.files)} is the only file; a random split needs two")
    # scikit-learn wants room for every class on both sides.
    size = round(test_share * len(dataset))
    size = min(max(size, len(counts)), len(dataset) - len(counts))
    _, chosen = train_test_split(np.arange(len(dataset)), test_size=size, stratify=strata, random_state=seed)
    in_test = np.isin(np.arange(len(dataset)), chosen)
    return Split(dataset.select(~in_test), dataset.select(np.zeros_like(in_test)), dataset.select(in_test))


def check_trainable(split: Split) -> None:
    """Refuse what cannot be learnt or measured.

    Raises:
        Error: an empty part, a single class, a class that the training part lacks, or a target that
            is the same number in all of it.
    """
    for name, part in (("training", split.train), ("test", split.test)):
        if not len(part):
            of_every = " of every class" if part.task.exclusive else ""
            raise Error(f"the {name} part is empty; expected at least one file{of_every}")
    if split.train.task.exclusive:
        _check_classes(split)
    if split.train.task.in_units:
        _check_targets(split.train)


def _check_targets(train: Dataset) -> None:
    for target, numbers in zip(train.target_names, train.numbers.T, strict=True):
        if np.ptp(numbers) == 0:
            raise Error(
                f"target '{target}' is {numbers[0]:g} in all {len(numbers)} training files; "
                "expected numbers that differ"
            )


def _check_classes(split: Split) -> None:
    known = set(split.train.classes)
    for name, part in (("test", split.test), ("validation", split.valid)):
        counts = Counter(label for label in part.labels if label not in known)
        if counts:
            raise Error(
                f"class {shorten(sorted(counts))} is absent from the training part "
                f"({sum(counts.values())} files of it in the {name} part)"
            )
    if len(known) < 2:
        raise Error(f"all files are of one class, {shorten(known)}; expected two or more classes")
