"""Recordings and what is true of them: a label table (CSV), or one folder per class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.recordings import Paths, audio_in, is_audio, suffixes_text
from dslite.util.text import shorten

FILE_COLUMNS = ("filename", "file", "path", "filepath", "file_name", "audio")
LABEL_COLUMNS = ("label", "class", "category", "target")


Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """Recordings with a label each, or with numbers, one row a file, in the order of the table.

    ``rows`` has the columns ``file`` (path below ``root``) and, where the task is "classes",
    ``label``. Where it is "values", ``values`` (files, targets) are the numbers, of the columns
    ``target_names``. ``table`` is the whole label table, whose cells stay text: speaker "03" is
    not speaker 3.
    """

    root: Path
    rows: pd.DataFrame
    table: pd.DataFrame
    target_names: tuple[str, ...] = ()
    values: Values | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def task(self) -> str:
        """ "classes" or "values", as a model's."""
        return "classes" if self.values is None else "values"

    @property
    def outputs(self) -> list[str]:
        """What a model of this data answers with: a score per class, or the targets by name."""
        return self.classes if self.values is None else list(self.target_names)

    @property
    def files(self) -> list[str]:
        """The files as the table names them."""
        return list(self.rows["file"])

    @property
    def paths(self) -> Paths:
        """The files where they lie."""
        return Paths(self.root, self.rows["file"])

    @property
    def labels(self) -> list[str]:
        """The label of each file."""
        return list(self.rows["label"])

    @property
    def classes(self) -> list[str]:
        """The labels that occur, sorted."""
        return sorted(set(self.rows["label"]))

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
    table = _read_csv(labels)
    files = _texts(labels, table, _column(labels, table, "file", file_column, FILE_COLUMNS))
    rows, values = pd.DataFrame({"file": files}), None
    if targets:
        if label_column is not None:
            raise ValueError(f"label column '{label_column}': a table gives a label or targets, not both")
        values = _numbers(labels, table, targets)
    else:
        name = _column(labels, table, "label", label_column, LABEL_COLUMNS)
        rows["label"] = _texts(labels, table, name)
    _check_duplicates(labels, files)
    missing = [file for file in files if not (audio_dir / file).is_file()]
    if missing:
        raise Error(
            f"{labels}: {len(missing)} of {len(files)} files are not in {audio_dir}: {shorten(missing)}"
        )
    return Dataset(audio_dir, rows, table, tuple(targets), values)


def scan_folders(audio_dir: Path) -> Dataset:
    """Take each sub-folder of ``audio_dir`` as a class of the audio files in it and below.

    Raises:
        Error: no sub-folder, one without audio, or audio that lies beside them.
    """
    folders = sorted(p for p in audio_dir.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise Error(f"{audio_dir}: no sub-folder to take as a class; a label table needs --labels")
    outside = sorted(p.name for p in audio_dir.iterdir() if p.is_file() and is_audio(p))
    if outside:
        raise Error(f"{audio_dir}: outside the class folders lie {shorten(outside)}")
    files: list[str] = []
    labels: list[str] = []
    for folder in folders:
        found = audio_in(folder)
        if not found:
            raise Error(f"{folder}: no audio file in this class folder ({suffixes_text()})")
        files += [path.relative_to(audio_dir).as_posix() for path in found]
        labels += [folder.name] * len(found)
    rows = pd.DataFrame({"file": files, "label": labels})
    return Dataset(audio_dir, rows, rows.copy())


def named_in(labels: Path) -> list[str]:
    """List the files that a label table names, whether they are there or not.

    Raises:
        Error: no table, or none with a column of files.
    """
    table = _read_csv(labels)
    return list(_texts(labels, table, _column(labels, table, "file", None, FILE_COLUMNS)))


def _read_csv(path: Path) -> pd.DataFrame:
    """Read every cell as stripped text; rows of another width than the header are errors."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            header = file.readline()
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path,
                sep=max(",;\t", key=header.count),
                encoding="utf-8-sig",
                dtype=str,
                keep_default_na=False,
                index_col=False,
                skip_blank_lines=False,
            )
    except UnicodeDecodeError as error:
        raise Error(f"{path}: not UTF-8 text (byte {error.start})") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        detail = str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
        raise Error(f"{path}: not a table with one width: {detail}") from error
    except pd.errors.EmptyDataError as error:
        raise Error(f"{path}: empty; expected a header and one row a file") from error
    if table.empty:
        raise Error(f"{path}: no row below the header; expected one a file")
    table = table.apply(lambda column: column.str.strip())
    table.columns = table.columns.str.strip()
    return table


def _column(path: Path, table: pd.DataFrame, role: str, given: str | None, usual: Sequence[str]) -> str:
    """Find the column of ``role``: the one given, else the first with a usual name."""
    if given is not None:
        if given not in table.columns:
            raise Error(f"{path}: no column '{given}'; there are {shorten(table.columns, 10)}")
        return given
    lowered = {str(name).lower(): str(name) for name in table.columns}
    for name in usual:
        if name in lowered:
            return lowered[name]
    raise Error(
        f"{path}: no {role} column among {shorten(table.columns, 10)}; "
        f"name it by --{role}-column (expected {' or '.join(usual[:3])})"
    )


def _texts(path: Path, table: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column whose cells all hold one line of text."""
    column = table[name]
    if (empty := np.flatnonzero(column == "")).size:
        raise Error(f"{path}: line {_line(empty[0])}: column '{name}' is empty")
    if broken := [cell for cell in column if not cell.isprintable()]:
        raise Error(f"{path}: column '{name}': {broken[0]!r} is not one line of text")
    return column


def _numbers(path: Path, table: pd.DataFrame, targets: Sequence[str]) -> Values:
    """The columns ``targets`` as finite numbers, (rows, targets)."""
    if twice := sorted({name for name in targets if targets.count(name) > 1}):
        raise ValueError(f"target {shorten(twice)} is given twice")
    columns = []
    for name in targets:
        cells = table[_column(path, table, "target", name, ())]
        # float32 is what a network answers in: 1e39 is no number there.
        with np.errstate(over="ignore"):
            numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64).astype(np.float32)
        if (wrong := np.flatnonzero(~np.isfinite(numbers))).size:
            line, cell = _line(wrong[0]), cells.iloc[wrong[0]]
            raise Error(f"{path}: line {line}: column '{name}': {cell!r} given, expected a finite number")
        columns.append(numbers)
    return np.stack(columns, axis=1)


def _check_duplicates(path: Path, files: pd.Series[str]) -> None:
    # "a/../b.wav" and "b.wav" are one recording. Few names need it, and all of them are many.
    odd = [row for row, file in enumerate(files) if os.path.normpath(file) != file]
    plain = files.copy() if odd else files
    plain.iloc[odd] = [os.path.normpath(files.iloc[row]) for row in odd]
    if (repeated := np.flatnonzero(plain.duplicated())).size:
        row = repeated[0]
        seen = np.flatnonzero(plain == plain.iloc[row])[0]
        raise Error(f"{path}: line {_line(row)}: '{files.iloc[row]}' is listed already in line {_line(seen)}")


def _line(row: int) -> int:
    """Line of a row in the file, the header being line 1."""
    return int(row) + 2
