"""A training that is killed at any write can be resumed, to the predictions that it would have had.

What a kill leaves is the run folder as it is at that moment. One training is therefore copied whenever it is
about to open, rename or remove a file of its folder, and every copy is resumed. ``test_resume`` kills
processes.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sound_folders import write_sounds

from dslite import Recipe
from dslite.training.data.settings import Data
from dslite.training.data.splitting import load_data, splits
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Job
from dslite.training.jobs import run
from dslite.training.learning import checkpoint
from dslite.training.learning.schedule import Schedule
from dslite.training.recorder import is_finished
from dslite.training.runs.files import MODEL, PREDICTIONS
from dslite.util.progress import NoProgress

#: Of all moments so many are resumed, evenly spread: each takes about two seconds.
RESUMED = 8
RECIPE = Recipe().replace(
    chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 32, "height": 32}, mel={"bands": 32}
)


class Copies:
    """Copies of a folder, one before each change that this process makes to its files."""

    def __init__(self, folder: Path, to: Path) -> None:
        self._folder, self._to = folder, to
        self._copying = False
        self.moments: list[str] = []

    def before(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Copy the folder if what is about to happen changes a file in it."""
        path = _changed(event, arguments)
        if self._copying or path is None or not path.startswith(str(self._folder)):
            return
        self._copying = True
        number = len(self.moments)
        self.moments.append(f"{event} {os.path.relpath(path, self._folder)}")
        shutil.copytree(self._folder, self._to / str(number))
        self._copying = False


def _changed(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The file that an audited event is about to change; None where it changes none."""
    if event in ("os.rename", "os.remove"):
        return os.fsdecode(arguments[0])
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR) and isinstance(arguments[0], str | bytes):
        return os.fsdecode(arguments[0])
    return None


#: Hooks stay for as long as the process lives: there is one, and who is copied changes.
_copied: list[Copies] = []
_hooked: list[bool] = []


@contextmanager
def copying(copies: Copies) -> Iterator[None]:
    if not _hooked:
        sys.addaudithook(lambda event, arguments: [one.before(event, arguments) for one in _copied] and None)
        _hooked.append(True)
    _copied.append(copies)
    try:
        yield
    finally:
        _copied.clear()


def test_every_write_can_be_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    data = Data(audio=str(write_sounds(tmp_path / "sounds", clips=4)), valid_share=0.4, near_duplicates=False)
    schedule = replace(Schedule.from_scratch(), epochs=1, fine_tune_epochs=2, batch_size=4)
    experiment = Experiment(data, Network("small_cnn", "none"), schedule, recipe=RECIPE)
    (fold,) = splits(load_data(data), data)

    def job(folder: Path) -> Job:
        return Job(fold.split, experiment, folder / MODEL, folder=folder, resume=True)

    whole = tmp_path / "whole"
    copies = Copies(whole, tmp_path)
    with copying(copies):
        run(job(whole), NoProgress())
    wanted = (whole / PREDICTIONS).read_bytes()
    moments = len(copies.moments)
    assert moments > 40, copies.moments
    chosen = sorted({round(i * (moments - 1) / (RESUMED - 1)) for i in range(RESUMED)})
    print(f"{len(chosen)} of {moments} moments:", *(copies.moments[number] for number in chosen), sep="\n  ")
    for number in chosen:
        folder = tmp_path / str(number)
        run(job(folder), NoProgress())
        assert is_finished(folder), copies.moments[number]
        assert (folder / PREDICTIONS).read_bytes() == wanted, copies.moments[number]
        assert not (folder / "checkpoint.npz").exists()
