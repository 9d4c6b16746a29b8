"""Recordings and what is true of them: a label table (CSV), or one folder per class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.recordings import Paths
from dslite.training.data.folders import scan
from dslite.training.data.label_csv import (
    Values,
    filled_cells,
    find_column,
    find_files,
    names_in,
    numbers_in,
    read_csv,
    strings,
)
from dslite.training.task import CLASSES, LABEL, VALUES, Task
from dslite.util.text import shorten

FILE_COLUMNS = ("filename", "file", "path", "filepath", "file_name", "audio")
LABEL_COLUMNS = ("label", "class", "category", "target")

#: The column that says which part a file is of, where the folders say so.
PART = "part"


@dataclass(frozen=True)
class Dataset:
    """Recordings with a label each, or with numbers, one row a file, in the order of the table.

    ``rows`` has the columns ``file`` (path below ``root``) and, where the task is "classes",
    ``label``. Where it is "values", ``values`` (files, targets) are the numbers, of the columns
    ``target_names``. ``table`` is the whole label table, whose cells stay text: speaker "03" is
    not speaker 3; with ``has_parts`` its column ``part`` says what the
    folders say, train, valid or test. ``notes`` are lines on how the
    data were understood that whoever asked for them should see.
    """

    root: Path
    rows: pd.DataFrame
    table: pd.DataFrame
    target_names: tuple[str, ...] = ()
    values: Values | None = None
    notes: tuple[str, ...] = ()
    has_parts: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def task(self) -> Task:
        """What a model of this data answers with."""
        return CLASSES if self.values is None else VALUES

    @property
    def outputs(self) -> list[str]:
        """The names of what a model of this data answers with: the classes, or the targets."""
        return self.classes if self.task.exclusive else list(self.target_names)

    @property
    def files(self) -> list[str]:
        """The files as the table names them."""
        return list(self.rows["file"])

    @property
    def paths(self) -> Paths:
        """The files with their folder."""
        return Paths(self.root, self.rows["file"])

    @property
    def labels(self) -> list[str]:
        """The label of each file."""
        return list(self.rows[LABEL])

    @property
    def strata(self) -> list[str] | None:
        """The label of each file, of which every part shall have its share; None where there is none."""
        return self.labels if self.task.exclusive else None

    @property
    def numbers(self) -> Values:
        """The numbers (files, targets) of a data set of values."""
        assert self.values is not None, "a data set of classes has no numbers"
        return self.values

    def truth(self, index: int) -> list[str]:
        """What is true of a file as text, a cell for each of ``task.label_columns``; nine digits a number."""
        if self.task.exclusive:
            return [str(self.rows[LABEL].iloc[index])]
        return [f"{value:.9g}" for value in self.numbers[index]]

    def counts(self) -> dict[str, int]:
        """How many files have each label, sorted; where there are no labels all by the name ""."""
        return dict(sorted(Counter(self.strata or [""] * len(self)).items())) if len(self) else {}

    @property
    def classes(self) -> list[str]:
        """The labels that occur, sorted."""
        return sorted(set(self.rows[LABEL]))

    def class_indices(self, classes: Sequence[str]) -> npt.NDArray[np.intp]:
        """The index in ``classes`` of each file's label."""
        index = {label: i for i, label in enumerate(classes)}
        return np.asarray([index[label] for label in self.labels], dtype=np.intp)

    def select(self, wanted: npt.NDArray[np.bool_] | Sequence[bool]) -> Dataset:
        """Keep the rows whose entry in ``wanted`` (one a file) is true."""
        mask = np.asarray(wanted, dtype=bool)
        return replace(
            self,
            rows=self.rows[mask].reset_index(drop=True),
            table=self.table[mask].reset_index(drop=True),
            values=None if self.values is None else self.values[mask],
        )


def load(
    audio_dir: Path,
    labels: Path | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
    targets: Sequence[str] = (),
) -> Dataset:
    """Read the label table, or where there is none take each sub-folder as a class.

    Args:
        targets: columns of numbers to predict, instead of a label.

    Raises:
        Error: what is wrong with the table or the folder, in one line.
    """
    if not audio_dir.is_dir():
        raise Error(f"{audio_dir}: no such folder")
    if labels is not None:
        return read_table(audio_dir, labels, file_column, label_column, targets)
    if targets:
        raise Error(f"target {shorten(targets)}: folders hold no numbers; a label table needs --labels")
    return scan_folders(audio_dir)


def read_table(
    audio_dir: Path,
    labels: Path,
    file_column: str | None = None,
    label_column: str | None = None,
    targets: Sequence[str] = (),
) -> Dataset:
    """Read a label table: a header, then one row a file, its path relative to ``audio_dir``.

    Commas, semicolons or tabs separate. The columns of the file and of its label are found by their
    usual names unless they are given; ``targets`` are columns of numbers instead of a label.

    Raises:
        Error: no such column, no rows, an empty cell, a target that is not a finite number, a file
            listed twice, files that are missing.
        ValueError: a label column and targets, or a target given twice.
    """
    table = read_csv(labels)
    named = filled_cells(labels, table, find_column(labels, table, "file", file_column, FILE_COLUMNS))
    label, values = None, None
    if targets:
        if label_column is not None:
            raise ValueError(f"label column '{label_column}': a table gives a label or targets, not both")
        values = numbers_in(labels, table, targets)
    else:
        name = find_column(labels, table, "label", label_column, LABEL_COLUMNS)
        label = names_in(labels, table, name)
    files = find_files(labels, audio_dir, named)
    rows = pd.DataFrame({"file": files} | ({} if label is None else {LABEL: label}))
    rows, table = rows.reset_index(drop=True), table.reset_index(drop=True)
    return Dataset(audio_dir, rows, table, tuple(targets), values, _respelt(labels, named, files))


def _respelt(labels: Path, named: pd.Series[str], files: pd.Series[str]) -> tuple[str, ...]:
    """A line where files were found under another spelling than the table's."""
    other = [name for name, file in zip(named, files, strict=True) if name != file]
    if not other:
        return ()
    return (f"{labels}: {len(other)} of {len(files)} files are spelt otherwise in the folder: {other[0]!r}",)


def scan_folders(audio_dir: Path) -> Dataset:
    """Take each sub-folder of ``audio_dir`` as a class, or as a part with a folder per class.

    Raises:
        Error: as ``folders.scan``.
    """
    found = scan(audio_dir)
    rows = pd.DataFrame({"file": strings(found.files), LABEL: strings(found.labels)})
    table = rows.assign(**{PART: found.parts}) if found.parts else rows.copy()
    return Dataset(audio_dir, rows, table, notes=tuple(found.notes), has_parts=bool(found.parts))


def named_in(labels: Path) -> list[str]:
    """List the files that a label table names, whether they are there or not.

    Raises:
        Error: no table, or none with a column of files.
    """
    table = read_csv(labels)
    return list(filled_cells(labels, table, find_column(labels, table, "file", None, FILE_COLUMNS)))
