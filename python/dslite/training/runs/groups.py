"""Results per group of files: which speaker, room or machine does a model fail on?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dslite import Error
from dslite.training.data.table import load
from dslite.training.metrics.predictions import Answers
from dslite.training.metrics.summary import Metrics
from dslite.training.runs.reader import Run

#: More groups than these are no groups.
MOST_GROUPS = 500


@dataclass(frozen=True)
class Groups:
    """The ``column`` of the label table that groups files, and the group of each file by name."""

    column: str
    group_of: Mapping[str, str]


def groups_of(run: Run, column: str | None = None) -> Groups | None:
    """Find the groups of a run's files in its label table.

    Args:
        column: of the table. [default: the one that the run was split or cross-validated by, if any]

    Raises:
        Error, OSError, ValueError: ``column`` is given, and there is no such column or no table any more.
    """
    data = run.config.get("data", {})
    wanted = column or data.get("cv") or data.get("split")
    if not wanted:
        return None
    try:
        if not data.get("labels"):
            raise Error(f"{run.path}: trained without a label table; there is no column '{wanted}'")
        targets = [name.strip() for name in data.get("targets", "").split(",") if name.strip()]
        columns = (data.get("file_column") or None, data.get("label_column") or None)
        dataset = load(Path(data["audio"]), Path(data["labels"]), *columns, targets=targets)
        if wanted not in dataset.table:
            raise Error(f"{data['labels']}: no column '{wanted}' to group files by")
    except (Error, OSError, ValueError):
        if column is None:
            return None  # the table has moved: the report does without
        raise
    return Groups(wanted, dict(zip(dataset.files, dataset.table[wanted], strict=True)))


def per_group(answers: Answers, groups: Groups) -> list[tuple[str, Metrics]]:
    """Measure the files of each group, ``answers`` being per file; the worst group comes first.

    Files without a group, or in one of more than MOST_GROUPS, are not measured.
    """
    names = np.asarray([groups.group_of.get(file, "") for file in answers.files])
    found = [name for name in np.unique(names) if name]
    if len(found) > MOST_GROUPS:
        return []
    measured = [(str(name), _only(answers, names == name).measure()) for name in found]
    kind = measured[0][1].kinds[0] if measured else None

    def badness(one: tuple[str, Metrics]) -> float:
        value = float(np.nanmean([estimates[0].value for _, estimates in one[1].rows()]))
        return value if kind is None or kind.higher_is_better else -value

    return sorted(measured, key=badness)


def _only(answers: Answers, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Answers:
    """The answers, one a file, of some files."""
    files = tuple(file for file, is_in in zip(answers.files, chosen, strict=True) if is_in)
    rows = np.flatnonzero(chosen)
    return replace(
        answers,
        files=files,
        file_of=np.arange(len(files), dtype=np.intp),
        truth=answers.truth[rows],
        scores=answers.scores[rows],
        spans_s=answers.spans_s[rows],
    )
