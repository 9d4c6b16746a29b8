"""Runs side by side: what differs between their configurations, and what it did to the measures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dslite import Error
from dslite.training.metrics.bootstrap import rounded
from dslite.training.metrics.measures import Measure, averages, difference_measures, read_measures
from dslite.training.metrics.paired import Comparison, compare
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.reader import Run, is_run, read_run
from dslite.util.failures import Failure

#: Folders of a cross-validation's runs begin so.
FOLD = "fold-"
#: A setting that is not the same in all folds.
VARIES = "varies"
#: Longer names of runs are cut in tables.
NAME_LENGTH = 24


@dataclass(frozen=True)
class Entry:
    """A line of the comparison: one run, or the folds of a cross-validation.

    Raises, as soon as folds are measured:
        Error: a predictions.csv is missing or damaged, or the folds have not the same labels.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def is_folds(self) -> bool:
        """Whether it stands for a cross-validation."""
        return len(self.runs) > 1

    @property
    def backbone(self) -> str:
        """The network's name."""
        return str(_common([run.facts["backbone"] for run in self.runs]))

    @cached_property
    def measures(self) -> list[Measure]:
        """Per file, with 95 % intervals; of folds their mean, with the standard deviation between them."""
        return self._averages[0]

    @cached_property
    def pooled(self) -> list[Measure]:
        """Of folds the figures of all their answers together; none of a single run."""
        return self._averages[1]

    @cached_property
    def _averages(self) -> tuple[list[Measure], list[Measure]]:
        folds = [read_measures(run.metrics["per_file"]) for run in self.runs]
        return averages(folds, [run.answers() for run in self.runs]) if self.is_folds else (folds[0], [])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Every value of the configuration and of the recipe by a dotted name."""
        folds = [_settings(run) for run in self.runs]
        names = dict.fromkeys(name for fold in folds for name in fold)
        return {name: _common([fold.get(name) for fold in folds]) for name in names}

    def answers(self) -> Answers:
        """The answers of the test part, of a cross-validation those of all folds.

        Raises:
            Error: a predictions.csv is missing or damaged.
        """
        return Answers.joined([run.answers() for run in self.runs])


def find_entries(paths: Iterable[Path]) -> tuple[list[Entry], list[Failure]]:
    """Read runs, and folders of runs; runs in such folders that cannot be read are left out.

    Raises:
        Error: a path that is neither, a run given by itself that cannot be read, or nothing to read.
    """
    entries: list[Entry] = []
    failures: list[Failure] = []
    for path in paths:
        if is_run(path) or not path.is_dir():
            entries.append(Entry(str(path), (read_run(path),)))
            continue
        found, failed = _in_folder(path)
        if not found and not failed:
            raise Error(f"{path}: neither a run nor a folder of runs; expected what `dslite train` wrote")
        entries += found
        failures += failed
    if not entries:
        raise Error(failures[0].message)
    return entries, failures


def _in_folder(folder: Path) -> tuple[list[Entry], list[Failure]]:
    """The entries in the sub-folders: a grid's runs, or one of all folds."""
    entries: list[Entry] = []
    failures: list[Failure] = []
    folds: list[Run] = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not is_run(path):
            found, failed = _in_folder(path)
            entries += found
            failures += failed
            continue
        try:
            run = read_run(path)
        except Error as error:
            failures.append(Failure(path, str(error)))
            continue
        if path.name.startswith(FOLD):
            folds.append(run)
        else:
            entries.append(Entry(str(path), (run,)))
    return ([Entry(str(folder), tuple(folds))] if folds else []) + entries, failures


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names without the folders that all are in, and cut where that leaves them different."""
    common = len(os.path.commonpath([os.path.abspath(Path(name).parent) for name in names]))
    short = {name: os.path.abspath(name)[common:].lstrip("/") for name in names}
    cut = {
        name: text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1] + "…"
        for name, text in short.items()
    }
    return cut if len(set(cut.values())) == len(set(short.values())) else short


def each_fold(entries: Iterable[Entry]) -> list[Entry]:
    """Give the folds of every cross-validation before it."""
    lines: list[Entry] = []
    for entry in entries:
        if entry.is_folds:
            lines += [Entry(str(run.path), (run,)) for run in entry.runs]
        lines.append(entry)
    return lines


def differing(entries: Sequence[Entry]) -> list[str]:
    """The names of the settings that are not the same in all entries, in the order of the files."""
    names = dict.fromkeys(name for entry in entries for name in entry.settings)
    return [name for name in names if _common([entry.settings.get(name) for entry in entries]) == VARIES]


def against_first(entries: Sequence[Entry]) -> tuple[dict[str, Comparison], list[str]]:
    """Compare every further entry with the first, by name; and why some cannot be.

    Raises:
        Error: a predictions.csv is missing or damaged.
    """
    found: dict[str, Comparison] = {}
    reasons: list[str] = []
    if len(entries) < 2:
        return found, reasons
    first = entries[0].answers()
    for entry in entries[1:]:
        answers = entry.answers()
        try:
            found[entry.name] = compare(first, answers)
        except Error as error:
            reasons.append(f"{entry.name} is not compared with {entries[0].name}: {error}")
    return found, reasons


def as_rows(
    lines: Sequence[Entry], names: Sequence[str], against: Mapping[str, Comparison]
) -> list[dict[str, Any]]:
    """The comparison as plain values, for JSON; ``names`` are the settings to list."""
    rows = []
    for line in lines:
        row: dict[str, Any] = {"run": line.name, "backbone": line.backbone, "runs": len(line.runs)}
        row["settings"] = {name: line.settings.get(name) for name in names}
        row["measures"] = _plain(line.measures)
        if line.pooled:
            row["pooled"] = _plain(line.pooled)
        if other := against.get(line.name):
            facts: dict[str, Any] = {"files": other.files, "left_out": other.left_out}
            facts |= {"mcnemar_p": rounded(other.mcnemar.p)} if other.mcnemar else {}
            row["minus_first"] = _plain(difference_measures(other)) | facts
        rows.append(row)
    return rows


def _plain(measures: Iterable[Measure]) -> dict[str, Any]:
    return {f"{one.target} {one.key}".strip(): one.to_json() for one in measures}


def as_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The same flat, for CSV: ``accuracy``, ``accuracy_low``, …, ``minus_first_accuracy``, …."""
    table = pd.json_normalize(list(rows), sep="_")
    names = (str(name).removeprefix("settings_").removeprefix("measures_") for name in table)
    return table.set_axis([name.removesuffix("_value") for name in names], axis=1)


def _settings(run: Run) -> dict[str, Any]:
    # The recipe last: it is complete, and has what the backbone made of it.
    settings = _flat(run.config, "") | _flat(run.recipe.to_dict(), "recipe.")
    return {name: value for name, value in settings.items() if name.split(".")[-1] != "backbone"}


def _flat(table: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return flat


def _common(values: Sequence[Any]) -> Any:
    """The value that all are, else ``VARIES``."""
    return values[0] if all(value == values[0] for value in values) else VARIES
