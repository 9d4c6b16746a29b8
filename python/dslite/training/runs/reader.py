"""Finished runs, read back from their folders."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dslite import Error, Recipe
from dslite.training.data.split import Split
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.files import CONFIG, HISTORY, METRICS, PREDICTIONS, RECIPE, RUN, SPLIT
from dslite.training.runs.selection import Selection, read_selection
from dslite.training.runs.split_table import read_split
from dslite.training.task import find_task

EpochRow = dict[str, str | int | float]


@dataclass(frozen=True)
class Run:
    """A finished run, read from its folder; ``facts`` is run.json."""

    path: Path
    facts: dict[str, Any]
    config_text: str
    recipe_text: str
    history: list[EpochRow]
    metrics: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as tables and values."""
        return tomllib.loads(self.config_text)

    @property
    def recipe(self) -> Recipe:
        """The front end that the model was trained with."""
        return Recipe.from_toml(self.recipe_text)

    def predictions(self) -> pd.DataFrame:
        """Read predictions.csv, a row per chunk; names stay text, "nan" and "01" among them.

        Raises:
            Error: it is missing or damaged.
        """
        path, text = self.path / PREDICTIONS, dict.fromkeys(("file", "truth", "answer"), str)
        try:
            return pd.read_csv(path, dtype=text, keep_default_na=False)
        except OSError as error:
            raise Error(f"{path}: cannot be read: {error.strerror or error}") from error
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise Error(f"{path}: not a table of predictions: {str(error).strip()}") from error

    def answers(self) -> Answers:
        """The same as arrays.

        Raises:
            Error: the table is missing or damaged.
        """
        try:
            return Answers.of(self.predictions())
        except Error as error:
            text = str(error)
            raise error if text.startswith(str(self.path)) else Error(f"{self.path}: {text}") from error

    def selection(self) -> Selection | None:
        """How its settings were chosen, None where they were given.

        Raises:
            Error: selection.json is damaged.
        """
        return read_selection(self.path)

    @property
    def epochs(self) -> dict[str, int]:
        """How many epochs each stage was to have; in runs of before, how many it had."""
        had = {str(row["stage"]): int(row["epoch"]) for row in self.history}
        return dict(self.facts.get("epochs", had))

    @property
    def has_split(self) -> bool:
        """Whether the run holds a split.csv; those of before do not."""
        return (self.path / SPLIT).exists()

    def parts(self) -> dict[str, dict[str, int]]:
        """How many files of each label each part has, by split.csv or, in runs of before, by run.json.

        Raises:
            Error: split.csv is damaged.
        """
        if not self.has_split:
            return dict(self.facts["parts"])
        root, task = Path(self.facts["audio_dir"]), find_task(self.facts["task"])
        parts = read_split(self.path / SPLIT, root, task).parts()
        return {name: part.counts() for name, part in parts.items()}

    def split(self, audio_dir: Path | None = None) -> Split:
        """Read split.csv; its files are in ``audio_dir``, by default where they were when trained.

        Raises:
            Error: there is none, it is damaged, or the folder of the recordings is gone.
        """
        if not self.has_split:
            raise Error(
                f"{self.path}: no {SPLIT} in it, as an older dslite trained it; nothing says who was tested"
            )
        root = audio_dir or Path(self.facts["audio_dir"])
        if not root.is_dir():
            raise Error(f"{root}: no such folder; the recordings of {self.path} are expected there")
        return read_split(self.path / SPLIT, root, find_task(self.facts["task"]))


def is_run(path: Path) -> bool:
    """Whether the folder holds a run, finished or not."""
    return (path / RUN).is_file()


def read_run(path: Path) -> Run:
    """Read a finished run.

    Raises:
        Error: not a run, an unfinished one, or a file of it that is missing or damaged.
    """
    facts = read_facts(path)
    if facts["status"] != "finished":
        epochs = len(read_history(path / HISTORY))
        raise Error(f"{path}: the run is not finished; it was started {facts['started']}, epochs: {epochs}")
    return read_measured(path)


def read_measured(path: Path) -> Run:
    """Read a run that has its measures, be it marked as finished or about to be.

    Raises:
        Error: not a run, or a file of it that is missing or damaged.
    """
    run = Run(
        path,
        read_facts(path),
        _text(path / CONFIG),
        _text(path / RECIPE),
        read_history(path / HISTORY),
        _json(path / METRICS, ("per_chunk", "per_file")),
    )
    try:
        _ = run.config, run.recipe
    except ValueError as error:
        raise Error(f"{path}: {CONFIG} or {RECIPE} is damaged: {error}") from error
    return run


def read_history(path: Path) -> list[EpochRow]:
    """Read history.csv; empty where no epoch was finished.

    Raises:
        Error: not such a table.
    """
    if not path.exists():
        return []
    rows: list[EpochRow] = []
    for line, cells in enumerate(csv.DictReader(io.StringIO(_text(path))), start=2):
        try:
            row: EpochRow = {"stage": cells["stage"], "epoch": int(cells["epoch"])}
            row |= {name: float(cell) for name, cell in cells.items() if name not in row and cell}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Error(f"{path}: line {line}: not an epoch's row: {error}") from error
        rows.append(row)
    return rows


def read_facts(path: Path) -> dict[str, Any]:
    """Read run.json, of a finished run or not.

    Raises:
        Error: no such folder, not a run, or a damaged file.
    """
    if not path.is_dir():
        raise Error(f"{path}: no such folder, expected one that `dslite train` wrote")
    if not is_run(path):
        raise Error(f"{path}: no {RUN} in it, expected a folder that `dslite train` wrote")
    return _json(path / RUN, ("status", "started", "seconds", "failures", "warnings"))


def _json(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        value = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise Error(f"{path}: line {error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(value, dict) or (missing := [key for key in keys if key not in value]):
        raise Error(
            f"{path}: no '{missing[0]}' in it" if isinstance(value, dict) else f"{path}: no JSON object"
        )
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise Error(f"{path}: cannot be read: {reason}") from error
