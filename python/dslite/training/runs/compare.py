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
from dslite.util.text import shorten

#: Folders of a cross-validation's folds begin so, and folders of the seeds of one training.
FOLD, SEED = "fold-", "seed-"
#: A setting that is not the same in all folds.
VARIES = "varies"
#: Longer names of runs are cut in tables.
NAME_LENGTH = 24


@dataclass(frozen=True)
class Entry:
    """A line of the comparison: one run, or the folds of a cross-validation, or several seeds, or both.

    Raises, as soon as several runs are measured:
        Error: a predictions.csv is missing or damaged, the folds have not the same labels, or no seed has
            all folds.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def is_several(self) -> bool:
        """Whether it stands for several runs."""
        return len(self.runs) > 1

    @property
    def what(self) -> str:
        """Of what it is: ``5 folds``, ``3 seeds`` or ``5 folds × 3 seeds``."""
        counts = (len(self._folds), "fold"), (len({seed_of(run) for run in self.runs}), "seed")
        return " × ".join(f"{count} {name}s" for count, name in counts if count > 1) or "1 run"

    @property
    def _folds(self) -> list[str]:
        return list(dict.fromkeys(fold_of(run) for run in self.runs))

    @cached_property
    def by_seed(self) -> list[list[Run]]:
        """The runs of each seed, in one order of the folds; a seed that lacks a fold is left out."""
        found: dict[str, dict[str, Run]] = {}
        for run in self.runs:
            found.setdefault(seed_of(run), {})[fold_of(run)] = run
        complete = [
            [runs[fold] for fold in self._folds] for runs in found.values() if len(runs) == len(self._folds)
        ]
        if not complete:
            raise Error(f"{self.name}: no seed has all of the {len(self._folds)} folds")
        return complete

    @cached_property
    def gap(self) -> str:
        """What is missing of a cross-validation or of its seeds, in a line; or nothing."""
        if not self.is_several:
            return ""
        texts = []
        if missing := self._missing():
            texts.append(f"without {shorten(missing)}")
        if self._folds != [""]:
            parts = [run.parts() for run in self.by_seed[0]]
            files = sum(sum(part.values()) for part in parts[0].values())
            tested = sum(sum(one["test"].values()) for one in parts)
            if tested < files:
                texts.append(f"{files - tested} of {files} files are tested in no fold")
        return f"{self.name}: {'; '.join(texts)}" if texts else ""

    def _missing(self) -> list[str]:
        """The folders of folds and seeds that hold no finished run."""
        folder, here = Path(self.name), {run.path for run in self.runs}
        begun = [path for path in folder.glob(f"{FOLD}*") if not list(path.glob(f"{SEED}*"))]
        begun += [path for seeds in (f"{SEED}*", f"{FOLD}*/{SEED}*") for path in folder.glob(seeds)]
        return sorted(str(path.relative_to(folder)) for path in begun if path not in here)

    @property
    def backbone(self) -> str:
        """The network's name."""
        return str(_common([run.facts["backbone"] for run in self.runs]))

    @cached_property
    def measures(self) -> list[Measure]:
        """Per file, with 95 % intervals; of several runs their mean, with the deviations between them."""
        return self._averages[0]

    @cached_property
    def pooled(self) -> list[Measure]:
        """Of several runs the figures of all folds' answers together; none of a single run."""
        return self._averages[1]

    @cached_property
    def _averages(self) -> tuple[list[Measure], list[Measure]]:
        if not self.is_several:
            return read_measures(self.runs[0].metrics["per_file"]), []
        measures = [[read_measures(run.metrics["per_file"]) for run in runs] for runs in self.by_seed]
        return averages(measures, [[run.answers() for run in runs] for runs in self.by_seed])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Every value of the configuration and of the recipe by a dotted name."""
        folds = [_settings(run) for run in self.runs]
        names = dict.fromkeys(name for fold in folds for name in fold)
        return {name: _common([fold.get(name) for fold in folds]) for name in names}

    def answers_by_seed(self) -> list[Answers]:
        """The answers of the test part, of a cross-validation those of all folds, for each seed.

        Raises:
            Error: a predictions.csv is missing or damaged.
        """
        return [Answers.joined([run.answers() for run in runs]) for runs in self.by_seed]

    def answers(self) -> Answers:
        """The same of all seeds together, each on its own."""
        return Answers.stacked(self.answers_by_seed())


def fold_of(run: Run) -> str:
    """The name of the folder of a run's fold; "" outside a cross-validation."""
    folder = run.path.parent if run.path.name.startswith(SEED) else run.path
    return folder.name if folder.name.startswith(FOLD) else ""


def seed_of(run: Run) -> str:
    """The name of the folder of a run's seed; "" where there is but one seed."""
    return run.path.name if run.path.name.startswith(SEED) else ""


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
    """The entries in the sub-folders: a grid's runs, or one of all folds and seeds."""
    entries: list[Entry] = []
    failures: list[Failure] = []
    together: list[Run] = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        belongs = path.name.startswith((FOLD, SEED))
        if is_run(path):
            try:
                found, failed = [Entry(str(path), (read_run(path),))], []
            except Error as error:
                found, failed = [], [Failure(path, str(error))]
        else:
            found, failed = _in_folder(path)
        together += [run for entry in found for run in entry.runs] if belongs else []
        entries += [] if belongs else found
        failures += failed
    return ([Entry(str(folder), tuple(together))] if together else []) + entries, failures


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
    """Give the folds and seeds of every entry before it."""
    lines: list[Entry] = []
    for entry in entries:
        if entry.is_several:
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
    first = entries[0].answers_by_seed()
    for entry in entries[1:]:
        answers = entry.answers_by_seed()
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
