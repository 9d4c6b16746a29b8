"""split.csv: a row per file, with its part and its label or values."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from dslite import Error
from dslite.training.data.label_csv import strings
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset
from dslite.training.task import LABEL, Task
from dslite.util.text import escaped, unescaped

PARTS = ("train", "valid", "test")


def split_text(split: Split) -> str:
    """Write the parts as CSV: ``file``, below the folder of recordings, ``part``, and ``label`` or targets.

    A name that is not UTF-8 is written as everywhere, with ``\\udcff`` for its bytes.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "part", *split.train.task.label_columns(split.train.outputs)])
    for name in PARTS:
        part = getattr(split, name)
        for i, path in enumerate(part.paths):
            file = path.relative_to(part.root) if path.is_relative_to(part.root) else path
            writer.writerow([escaped(str(file)), name, *map(escaped, part.truth(i))])
    return text.getvalue()


def read_split(path: Path, root: Path, task: Task) -> Split:
    """Read a split.csv again; its files are below ``root``.

    Raises:
        Error: it cannot be read, or is no such table.
    """
    try:
        # The csv module, as pandas would take the labels "NA" and "01" for something else.
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        cells = ([unescaped(cell) for cell in column] for column in zip(*rows, strict=True))
        table = pd.DataFrame({name: strings(column) for name, column in zip(header, cells, strict=True)})
        files, parts, answers = table["file"], table["part"], table.drop(columns=["file", "part"])
        if other := sorted(set(parts) - set(PARTS)):
            raise ValueError(f"part '{other[0]}', expected one of {', '.join(PARTS)}")
        if task.exclusive:
            whole = Dataset(root, pd.DataFrame({"file": files, LABEL: answers[LABEL]}), table)
        else:
            numbers = answers.to_numpy(np.float64)
            whole = Dataset(root, pd.DataFrame({"file": files}), table, tuple(answers), numbers)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise Error(f"{path}: not a table of files and their parts: {error}") from error
    return Split(*(whole.select(parts.to_numpy() == name) for name in PARTS))


def first_difference(before: str, now: str) -> str:
    """Say in a line where two splits part; empty where they are the same."""
    rows = [list(csv.reader(io.StringIO(text))) for text in (before, now)]
    if rows[0] == rows[1]:
        return ""
    sizes = f"{len(rows[0]) - 1} files then, {len(rows[1]) - 1} now"
    for old, new in zip_longest(*rows, fillvalue=[]):
        if old != new:
            return f"{sizes}; first: {', '.join(old) or 'nothing'} then, {', '.join(new) or 'nothing'} now"
    return sizes
