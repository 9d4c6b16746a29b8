"""Real runs on a small scale: sounds made up, a small network trained, its answers in a run folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sound_folders import write_sounds

from dslite import Recipe
from dslite.training.data.settings import Data
from dslite.training.data.split import at_random
from dslite.training.data.table import Dataset, load
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Job
from dslite.training.learning.schedule import Schedule
from dslite.training.recorder import RunRecorder
from dslite.training.runs.files import MODEL
from dslite.training.train import train
from dslite.util.progress import NoProgress

RECIPE = Recipe().replace(chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48})
#: Kinds of sounds and the labels they go by; one is not fit for HTML.
KINDS = {"birds": "birds", "rain": "rain", "siren": "<b>siren & co"}


def write_recordings(folder: Path, count: int = 8) -> Dataset:
    """A folder per kind of clips of three seconds."""
    return load(write_sounds(folder, count, 3.0, KINDS))


def write_run(path: Path, recordings: Dataset, epochs: int = 3, seed: int = 0) -> Path:
    """Train on most of ``recordings``, answer for the rest, and leave the run folder."""
    schedule = replace(Schedule.from_scratch(), fine_tune_epochs=epochs, batch_size=16, seed=seed)
    data = Data(audio=str(recordings.root), near_duplicates=False)
    experiment = Experiment(data, Network("small_cnn", "none"), schedule, recipe=RECIPE)
    path.mkdir(parents=True)
    split = at_random(recordings, 0.25, seed=0)
    job = Job(split, experiment, path / MODEL, "dslite train <x>", folder=path)
    train(job, NoProgress(), RunRecorder(job))
    return path
