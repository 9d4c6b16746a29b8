"""split.csv: a row per file, with its part, its fold, its content's hash, and its label or values."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from dslite import Error
from dslite.training.data.label_csv import strings
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset
from dslite.training.task import LABEL, Task
from dslite.util.content import digests
from dslite.util.text import escaped, unescaped

FILE, PART, FOLD, SHA256 = "file", "part", "fold", "sha256"
#: The columns before those of the label or the targets, and those of runs of before.
COLUMNS, FORMER_COLUMNS = (FILE, PART, FOLD, SHA256), (FILE, PART)
PARTS = ("train", "valid", "test")
#: The parts that a network has learnt or was chosen by.
LEARNT = ("train", "valid")


def split_text(split: Split, fold: str = "", contents: bool = False) -> str:
    """Write the parts as CSV: ``COLUMNS``, then ``label`` or the targets.

    Files are named below the folder of recordings; a name that is not UTF-8 is written as everywhere, with
    ``\\udcff`` for its bytes.

    Args:
        contents: read every file for the hash of its content, which is empty without.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *split.train.task.label_columns(split.train.outputs)])
    for name, part in split.parts().items():
        hashes = digests(part.paths) if contents else iter([""] * len(part))
        for i, (path, content) in enumerate(zip(part.paths, hashes, strict=True)):
            file = path.relative_to(part.root) if path.is_relative_to(part.root) else path
            writer.writerow([escaped(str(file)), name, escaped(fold), content, *map(escaped, part.truth(i))])
    return text.getvalue()


def read_split(path: Path, root: Path, task: Task) -> Split:
    """Read a split.csv again; its files are below ``root``.

    Raises:
        Error: it cannot be read, or is no such table.
    """
    try:
        header, rows = _read(path)
        fixed = len(_fixed_columns(header))
        columns = [strings([unescaped(cell) for cell in column]) for column in zip(*rows, strict=True)]
        parts = np.asarray([row[1] for row in rows])
        if other := sorted(set(parts.tolist()) - set(PARTS)):
            raise ValueError(f"part '{other[0]}', expected one of {', '.join(PARTS)}")
        table = pd.DataFrame(dict(zip(header, columns, strict=True)))
        files = pd.DataFrame({FILE: columns[0]})
        if task.exclusive:
            whole = Dataset(root, files.assign(**{LABEL: columns[header.index(LABEL, fixed)]}), table)
        else:
            numbers = np.stack([column.to_numpy(np.float64) for column in columns[fixed:]], axis=1)
            whole = Dataset(root, files, table, tuple(header[fixed:]), numbers)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise Error(f"{path}: not a table of files and their parts: {error}") from error
    return Split.of(whole, parts == "test", parts == "valid")


def learnt_contents(path: Path) -> set[str]:
    """The hashes of the files that were trained or validated on; none in a table of before.

    Raises:
        Error: it cannot be read, or is no such table.
    """
    try:
        header, rows = _read(path)
        if SHA256 not in _fixed_columns(header):
            return set()
        place = COLUMNS.index(SHA256)
        return {row[place] for row in rows if row[1] in LEARNT and row[place]}
    except (OSError, ValueError, csv.Error) as error:
        raise Error(f"{path}: not a table of files and their parts: {error}") from error


def first_difference(before: str, now: str) -> str:
    """Say in a line where two splits part; empty where they are the same in all that both texts hold."""
    then, today = (list(csv.reader(io.StringIO(text, newline=""))) for text in (before, now))
    missing = _missing_columns(then) | _missing_columns(today)
    rows = [_without(missing, table) for table in (then, today)]
    if rows[0] == rows[1]:
        return ""
    sizes = f"{len(then) - 1} files then, {len(today) - 1} now"
    for old, new in zip_longest(*rows, fillvalue=[]):
        if old != new:
            return f"{sizes}; first: {', '.join(old) or 'nothing'} then, {', '.join(new) or 'nothing'} now"
    return sizes


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows; pandas would take the labels "NA" and "01" for something else."""
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    if not _fixed_columns(header) or any(len(row) != len(header) for row in rows):
        raise ValueError(f"columns {', '.join(header)}, expected {', '.join(COLUMNS)} first")
    return header, rows


def _fixed_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The columns before those of the label or the targets."""
    known = (columns for columns in (COLUMNS, FORMER_COLUMNS) if tuple(header[: len(columns)]) == columns)
    return next(known, ())


def _missing_columns(table: Sequence[Sequence[str]]) -> set[str]:
    """Those of ``COLUMNS`` that a table lacks, or has empty."""
    fixed = _fixed_columns(table[0]) if table else ()
    empty = {name for i, name in enumerate(fixed) if not any(row[i] for row in table[1:])}
    return set(COLUMNS) - set(fixed) | empty & {SHA256}


def _without(missing: set[str], table: Sequence[Sequence[str]]) -> list[list[str]]:
    fixed = _fixed_columns(table[0]) if table else ()
    dropped = {i for i, name in enumerate(fixed) if name in missing}
    return [[cell for i, cell in enumerate(row) if i not in dropped] for row in table]
