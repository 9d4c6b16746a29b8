"""Who trains and who is tested: by a column of the label table, by the files' names, or at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from dslite import Error
from dslite.training.data.table import PART, Dataset
from dslite.util.text import shorten

#: How the files of the training, the validation and the test part begin, by DeepSpectrumLite's custom.
PREFIXES = ("train", "devel", "test")


TRAIN, VALID, TEST = range(3)
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Split:
    """The parts of a data set; ``valid`` may be empty, every file is in one of them.

    ``part_of`` (files,) says which: TRAIN, VALID or TEST. A part is selected anew whenever it is asked for:
    with copies of their own, the folds of a large cross-validation would fill the memory.
    """

    whole: Dataset
    part_of: Codes

    @classmethod
    def of(cls, whole: Dataset, test: Mask, valid: Mask | None = None) -> Split:
        """Make a split whose files train unless they are in ``test`` or ``valid``, (files,) each."""
        part_of = np.full(len(whole), TRAIN, np.int8)
        part_of[test] = TEST
        if valid is not None:
            part_of[valid] = VALID
        return cls(whole, part_of)

    @property
    def train(self) -> Dataset:
        """What the network learns from."""
        return self.whole.select(self.part_of == TRAIN)

    @property
    def valid(self) -> Dataset:
        """What the best weights are chosen by."""
        return self.whole.select(self.part_of == VALID)

    @property
    def test(self) -> Dataset:
        """What the model is measured on."""
        return self.whole.select(self.part_of == TEST)

    def hold_out(self, held: Mask, part: int = VALID) -> Split:
        """Validate (or test) on those of the training files that are in ``held`` (training files,)."""
        part_of = self.part_of.copy()
        part_of[np.flatnonzero(part_of == TRAIN)[held]] = part
        return Split(self.whole, part_of)

    def without_test(self) -> Split:
        """The training and the validation part alone."""
        known = self.part_of != TEST
        return Split(self.whole.select(known), self.part_of[known])

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
    return Split.of(dataset, in_test, in_valid)


def by_prefix(dataset: Dataset) -> Split:
    """Split as the label tables of DeepSpectrumLite do: by the beginning of the path or file name.

    ``train…`` trains, ``devel…`` validates, ``test…`` tests; in "train/test1.wav" the path decides.

    Raises:
        Error: a file that begins otherwise.
    """
    prefixes = [_prefix(file) for file in dataset.files]
    if other := [file for file, prefix in zip(dataset.files, prefixes, strict=True) if prefix is None]:
        raise Error(
            f"{len(other)} of {len(dataset)} files begin with none of {shorten(PREFIXES)}: {shorten(other)}"
        )
    _, valid, test = (np.asarray(prefixes) == wanted for wanted in PREFIXES)
    return Split.of(dataset, test, valid)


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
    valid, test = part == "valid", part == "test"
    return Split.of(dataset, test, valid) if test.any() else Split.of(dataset, valid)


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
    return Split.of(dataset, in_test)


def check_trainable(split: Split) -> None:
    """Refuse what cannot be learnt or measured.

    Raises:
        Error: an empty part, a single class, a class that the training part lacks, or a target that
            is the same number in all of it.
    """
    train, valid, test = split.parts().values()
    for name, part in (("training", train), ("test", test)):
        if not len(part):
            of_every = " of every class" if part.task.exclusive else ""
            raise Error(f"the {name} part is empty; expected at least one file{of_every}")
    if train.task.exclusive:
        _check_classes(train, valid, test)
    if train.task.in_units:
        _check_targets(train)


def _check_targets(train: Dataset) -> None:
    for target, numbers in zip(train.target_names, train.numbers.T, strict=True):
        if np.ptp(numbers) == 0:
            raise Error(
                f"target '{target}' is {numbers[0]:g} in all {len(numbers)} training files; "
                "expected numbers that differ"
            )


def _check_classes(train: Dataset, valid: Dataset, test: Dataset) -> None:
    known = set(train.classes)
    for name, part in (("test", test), ("validation", valid)):
        counts = Counter(label for label in part.labels if label not in known)
        if counts:
            raise Error(
                f"class {shorten(sorted(counts))} is absent from the training part "
                f"({sum(counts.values())} files of it in the {name} part)"
            )
    if len(known) < 2:
        raise Error(f"all files are of one class, {shorten(known)}; expected two or more classes")
