"""Real runs on a small scale: sounds made up, a small network trained, its answers in a run folder."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np

from dslite import Recipe
from dslite.console import Unwatched
from dslite.demo.sounds import record
from dslite.training.dataset import Dataset, load
from dslite.training.run_folder import About, RunFolder, count_labels
from dslite.training.schedule import Schedule
from dslite.training.split import at_random
from dslite.training.train import Plan, train

RECIPE = Recipe().replace(chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48})
#: Kinds of sounds and the labels they go by; one is not fit for HTML.
KINDS = {"birds": "birds", "rain": "rain", "siren": "<b>siren & co"}


def write_recordings(folder: Path, count: int = 8) -> Dataset:
    """A folder per kind of clips of three seconds."""
    for kind, label in KINDS.items():
        (folder / label).mkdir(parents=True)
        for index in range(count):
            samples = record(kind, np.random.default_rng(index), 16000)[: 3 * 16000]
            with wave.open(str(folder / label / f"{index}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(16000)
                file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return load(folder)


def write_run(path: Path, recordings: Dataset, epochs: int = 3, seed: int = 0) -> RunFolder:
    """Train on most of ``recordings``, answer for the rest, and write the run folder."""
    schedule = replace(Schedule.from_scratch(), fine_tune_epochs=epochs, batch_size=16, seed=seed)
    split = at_random(recordings, 0.25, seed=0)
    parts = {name: count_labels(getattr(split, name).labels) for name in ("train", "valid", "test")}
    about = About("dslite train <x>", seed, "classes", "small_cnn", recordings.root, {"dslite": "0.1"}, parts)
    config = f'[model]\nbackbone = "small_cnn"\n[train]\nepochs = {epochs}\nseed = {seed}\n'
    run = RunFolder.create(path, config, RECIPE, about)
    for epoch in range(1, epochs + 1):
        run.add_epoch("fine-tuning", epoch, 0.1, {"loss": 1 / epoch, "accuracy": 1 - 0.5 / epoch})
    plan = Plan(split, RECIPE, "small_cnn", "none", schedule, run.model)
    evaluation = train(plan, Unwatched()).evaluation
    run.write_measures(evaluation.to_json(), evaluation.predictions)
    run.finish()
    return run
