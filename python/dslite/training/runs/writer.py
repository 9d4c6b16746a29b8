"""A run folder: all there is to know of one training, written as it happens.

::

    config.toml      the one complete configuration
    recipe.toml      the front end, with the input scaling of the backbone
    run.json         command, seed, versions, commit, files of each part, failures, warnings
    history.csv      a row per epoch, there after every one of them
    metrics.json     the measures of the test part
    predictions.csv  every answer of the test part, per chunk
    curves.png, confusion.png or scatter.png, report.html
    model.tflite
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from dslite import Error, Recipe
from dslite.training.runs.files import CONFIG, FILES, HISTORY, METRICS, MODEL, PREDICTIONS, RECIPE, RUN, SPLIT
from dslite.training.runs.reader import EpochRow, read_facts, read_history
from dslite.util.atomic import replacing
from dslite.util.failures import Failure

#: The first columns of history.csv; the others come as the training names them.
EPOCH_COLUMNS = ("stage", "epoch", "seconds")
GIT_SECONDS = 10.0


@dataclass(frozen=True)
class About:
    """What is known of a run before it begins.

    ``task`` is the task's name; ``parts`` gives for "train", "valid" and "test" the labels and
    how many files have each; of values it is one entry, ``{"": files}``. ``audio_dir`` is where the
    files are that predictions.csv names.
    """

    command: str
    seed: int
    task: str
    backbone: str
    audio_dir: Path
    versions: Mapping[str, str]
    parts: Mapping[str, Mapping[str, int]]


class RunFolder:
    """A run that is being written; every file appears whole or not at all."""

    def __init__(self, path: Path, facts: dict[str, Any], history: list[EpochRow]) -> None:
        """Take up a folder as it stands; ``create`` and ``resume`` are the ways to get one."""
        self.path = path
        self._facts = facts
        self._history = history
        self._began = time.monotonic() - facts["seconds"]

    @classmethod
    def create(cls, path: Path, config: str, recipe: Recipe, split: str, about: About) -> RunFolder:
        """Make the folder, and its parents, and write what is known already; run.json last.

        ``split`` is the text of split.csv.

        Raises:
            Error: it cannot be written, or one of a run's files is in it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Error(f"{path}: the run folder cannot be made: {error.strerror}") from error
        if taken := [name for name in FILES if (path / name).exists()]:
            raise Error(f"{path}: has a {taken[0]} already; expected a new folder for a new run, or --resume")
        facts = {
            "status": "running",
            "command": about.command,
            "seed": about.seed,
            "task": about.task,
            "backbone": about.backbone,
            "audio_dir": str(about.audio_dir.absolute()),
            "versions": dict(about.versions),
            "git": git_state(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": 0.0,
            "parts": {name: dict(labels) for name, labels in about.parts.items()},
            "failures": [],
            "warnings": [],
        }
        run = cls(path, facts, [])
        run._write(CONFIG, config)
        run._write(RECIPE, recipe.to_toml())
        run._write(SPLIT, split)
        run._write_facts()
        return run

    @classmethod
    def resume(cls, path: Path) -> RunFolder:
        """Go on with a run that was killed, with its history and failures.

        Raises:
            Error: not a run, or one that is finished.
        """
        facts = read_facts(path)
        if facts["status"] == "finished":
            raise Error(f"{path}: the run is finished; there is nothing to resume")
        history = read_history(path / HISTORY)
        facts["seconds"] = max(facts["seconds"], sum(float(row["seconds"]) for row in history))
        return cls(path, facts, history)

    @property
    def model(self) -> Path:
        """Where the model file goes."""
        return self.path / MODEL

    def add_epoch(self, stage: str, epoch: int, seconds: float, logs: Mapping[str, float]) -> None:
        """Append what an epoch (from 1, in its stage) came to, and write history.csv.

        An epoch that is there already, and those after it, are forgotten: a resumed run repeats
        what it had not saved the weights of.
        """
        for index, row in enumerate(self._history):
            if (row["stage"], row["epoch"]) == (stage, epoch):
                del self._history[index:]
                break
        measured = {name: float(value) for name, value in logs.items()}
        self._history.append({"stage": stage, "epoch": epoch, "seconds": round(seconds, 3), **measured})
        self._write(HISTORY, _history_text(self._history))

    def set_epochs(self, epochs: Mapping[str, int]) -> None:
        """Note how many epochs each stage shall have; the configuration may count steps."""
        self._facts["epochs"] = dict(epochs)
        self._write_facts()

    def add_failures(self, failures: Iterable[Failure]) -> None:
        """Note recordings that were left out; one that is noted already is not noted again."""
        known = [entry["file"] for entry in self._facts["failures"]]
        news = [failure for failure in failures if str(failure.path) not in known]
        self._facts["failures"] += [{"file": str(one.path), "message": one.message} for one in news]
        self._write_facts()

    def add_warning(self, message: str) -> None:
        """Note what a reader of the figures should know; once, however often it is said."""
        if message not in self._facts["warnings"]:
            self._facts["warnings"].append(message)
            self._write_facts()

    def write_measures(self, metrics: Mapping[str, Any], predictions: pd.DataFrame) -> None:
        """Write metrics.json (``Evaluation.to_json()``) and predictions.csv, a row per chunk.

        The columns of ``predictions`` are file, start and end (seconds); of classes truth, answer
        and ``score:LABEL`` of every label, of values ``truth:NAME`` and ``score:NAME`` of each.
        """
        self._write(METRICS, json.dumps(metrics, indent=1, ensure_ascii=False) + "\n")
        with replacing(self.path / PREDICTIONS) as file:
            # Nine digits read any float32 back.
            predictions.to_csv(
                file, index=False, lineterminator="\n", float_format="%.9g", errors="backslashreplace"
            )
        self._write_facts()

    def finish(self) -> None:
        """Mark the run as finished: from now on ``read_run`` takes it."""
        self._facts["status"] = "finished"
        self._write_facts()

    def _write_facts(self) -> None:
        self._facts["seconds"] = round(time.monotonic() - self._began, 3)
        self._write(RUN, json.dumps(self._facts, indent=1, ensure_ascii=False) + "\n")

    def _write(self, name: str, text: str) -> None:
        with replacing(self.path / name) as file:
            # A file's name that is not UTF-8 comes from the system as surrogates.
            file.write(text.encode("utf-8", "backslashreplace"))


def _history_text(history: Sequence[EpochRow]) -> str:
    columns = dict.fromkeys((*EPOCH_COLUMNS, *(name for row in history for name in row)))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue()


def git_state(folder: Path | None = None) -> dict[str, Any] | None:
    """The commit that ``folder`` (by default the current one) is at, and whether it is changed.

    Files that git does not track do not count as a change: runs are written among them. None
    outside a repository, before its first commit, and where there is no git.
    """
    try:
        commit = _git(folder, "rev-parse", "--verify", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "dirty": bool(changed)}


def _git(folder: Path | None, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=GIT_SECONDS
    )
    return done.stdout.strip()
