"""split.csv: a row per file, with its part and its label or values."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest

from dslite.training.data.split import Split
from dslite.util.text import escaped


def split_text(split: Split) -> str:
    """Write the parts as CSV: ``file``, below the folder of recordings, ``part``, and ``label`` or targets.

    A name that is not UTF-8 is written as everywhere, with ``\\udcff`` for its bytes.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    of_classes = split.train.task == "classes"
    writer.writerow(["file", "part", *(["label"] if of_classes else split.train.outputs)])
    for name in ("train", "valid", "test"):
        part = getattr(split, name)
        for i, path in enumerate(part.paths):
            answers = [part.labels[i]] if of_classes else [f"{value:.9g}" for value in part.values[i]]
            file = path.relative_to(part.root) if path.is_relative_to(part.root) else path
            writer.writerow([escaped(str(file)), name, *map(escaped, answers)])
    return text.getvalue()


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
