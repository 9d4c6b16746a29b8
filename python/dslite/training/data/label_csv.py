"""Label tables (CSV): cells, columns, and which recordings the rows name. Every message names the line."""

from __future__ import annotations

import os
import re
import unicodedata
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.util.text import escaped, name_fault, shorten, unescaped

Values = npt.NDArray[np.float32]

#: The first line by which Excel is given the separator.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def read_csv(path: Path) -> pd.DataFrame:
    """Read every cell as stripped text; the index is the line of each row, as an editor counts.

    Rows at the end that are empty, as spreadsheets leave them, are dropped. Bytes that are no UTF-8
    become surrogates, as in file names.

    Raises:
        Error: no table, rows of another width than the header, or nothing below it.
    """
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            first = file.readline()
            given = _SEPARATOR_LINE.fullmatch(first)
            header = file.readline() if given else first
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            separator = given[1] if given else max(",;\t", key=header.count)
            table = _cells(path, separator, skipped=1 if given else 0)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        detail = str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
        raise Error(f"{path}: not a table with one width: {detail}") from error
    except pd.errors.EmptyDataError as error:
        raise Error(f"{path}: empty; expected a header and one row a file") from error
    table.columns = table.columns.str.strip()
    table = table.apply(lambda column: column.str.strip())
    filled = np.flatnonzero((table != "").any(axis=1))
    if not len(filled):
        raise Error(f"{path}: no row below the header; expected one a file")
    table.index = pd.RangeIndex(3 if given else 2, len(table) + (3 if given else 2))
    return table.iloc[: filled[-1] + 1]


def _cells(path: Path, separator: str, skipped: int) -> pd.DataFrame:
    def read(kind: type) -> pd.DataFrame:
        return pd.read_csv(
            path,
            sep=separator,
            skiprows=skipped,
            encoding="utf-8-sig",
            encoding_errors="surrogateescape",
            dtype=kind,
            keep_default_na=False,
            index_col=False,
            skip_blank_lines=False,
        )

    try:
        return read(str)
    except UnicodeEncodeError:  # pandas keeps text as UTF-8
        return read(object)


def strings(values: Sequence[str], index: pd.Index | None = None) -> pd.Series[str]:
    """A column of text, of which 100 000 take little memory unless one of them is no UTF-8."""
    try:
        return pd.Series(values, index, dtype=str)
    except UnicodeEncodeError:
        return pd.Series(values, index, dtype=object)


def find_column(path: Path, table: pd.DataFrame, role: str, given: str | None, usual: Sequence[str]) -> str:
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


def filled_cells(path: Path, table: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column that has text in every row."""
    column = table[name]
    if (empty := np.flatnonzero(column == "")).size:
        raise Error(f"{path}: line {column.index[empty[0]]}: column '{name}' is empty")
    return column


def names_in(path: Path, table: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column of names of classes, each of which a model can carry."""
    column = filled_cells(path, table, name)
    for cell in column.unique():
        if fault := name_fault(cell):
            line = column.index[np.flatnonzero(column == cell)[0]]
            raise Error(f"{path}: line {line}: column '{name}': {cell!r} {fault}")
    return column


def numbers_in(path: Path, table: pd.DataFrame, targets: Sequence[str]) -> Values:
    """The columns ``targets`` as finite numbers, (rows, targets)."""
    if twice := sorted({name for name in targets if targets.count(name) > 1}):
        raise ValueError(f"target {shorten(twice)} is given twice")
    columns = []
    for name in targets:
        cells = table[find_column(path, table, "target", name, ())]
        if fault := name_fault(name):
            raise Error(f"{path}: the name of column {name!r} {fault}")
        # float32 is what a network answers in: 1e39 is no number there.
        with np.errstate(over="ignore"):
            numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64).astype(np.float32)
        if (wrong := np.flatnonzero(~np.isfinite(numbers))).size:
            line, cell = cells.index[wrong[0]], cells.iloc[wrong[0]]
            raise Error(f"{path}: line {line}: column '{name}': {cell!r} given, expected a finite number")
        columns.append(numbers)
    return np.stack(columns, axis=1)


def find_files(path: Path, audio_dir: Path, names: pd.Series[str]) -> pd.Series[str]:
    """The files in ``audio_dir`` that a column means, as they are spelt there.

    A name that is not there may be written as on Windows, with other code points for the same letters
    (NFC against NFD), or with escaped bytes.

    Raises:
        Error: files that are missing, or one that two rows name by whatever spelling.
    """
    found = [name if os.path.isfile(audio_dir / name) else None for name in names]
    if None in found:
        spelt = _Spellings(audio_dir)
        found = [one or spelt.find(name) for one, name in zip(found, names, strict=True)]
    missing = [name for name, one in zip(names, found, strict=True) if one is None]
    if undecodable := next((name for name in missing if escaped(name) != name), None):
        raise Error(f"{path}: not UTF-8 text ({escaped(undecodable)!r}); save the table as CSV UTF-8")
    if missing:
        raise Error(
            f"{path}: {len(missing)} of {len(names)} files are not in {audio_dir}: {shorten(missing)}"
        )
    files = strings([one for one in found if one is not None], names.index)
    _check_duplicates(path, audio_dir, files)
    return files


class _Spellings:
    """The files in a folder by what their names have in common with other spellings of them."""

    def __init__(self, audio_dir: Path) -> None:
        self._audio_dir = audio_dir
        self._names: dict[str, str] | None = None

    def find(self, name: str) -> str | None:
        """The name of the file that is there, or None."""
        for other in (name.replace("\\", "/"), unescaped(name)):
            if other != name and os.path.isfile(self._audio_dir / other):
                return other
        plain = name.replace("\\", "/")
        return None if plain.isascii() else self._composed().get(unicodedata.normalize("NFC", plain))

    def _composed(self) -> dict[str, str]:
        if self._names is None:
            self._names = {}
            for folder, _, files in os.walk(self._audio_dir, followlinks=False):
                for file in files:
                    name = os.path.relpath(os.path.join(folder, file), self._audio_dir)
                    if not name.isascii():
                        self._names[unicodedata.normalize("NFC", name)] = name
        return self._names


def _check_duplicates(path: Path, audio_dir: Path, files: pd.Series[str]) -> None:
    """Refuse a recording that is listed twice: it could be learnt from and tested on."""
    folder_of = lru_cache(maxsize=None)(os.path.realpath)

    def place(file: str) -> str:
        whole = os.path.join(audio_dir, file)
        if os.path.islink(whole):
            return os.path.realpath(whole)
        folder, name = os.path.split(whole)
        return os.path.join(folder_of(folder), name)

    places = strings([place(file) for file in files], files.index)
    if (repeated := np.flatnonzero(places.duplicated())).size:
        row = repeated[0]
        seen = np.flatnonzero(places == places.iloc[row])[0]
        raise Error(
            f"{path}: line {files.index[row]}: '{files.iloc[row]}' is listed already "
            f"in line {files.index[seen]}"
        )
