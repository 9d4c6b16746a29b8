"""The demo: synthesise, train, answer natively, leave pictures."""

from __future__ import annotations

import shlex
import shutil
import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.demo.sounds import SOUNDS, record
from dslite.recordings import audio_in
from dslite.training.data.split import Split, at_random
from dslite.training.data.table import load
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Job
from dslite.training.learning.schedule import Schedule
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.train import train
from dslite.util.progress import Progress

CLIPS_PER_CLASS = 40
#: Of the files, in turn; one of them is not the recipe's rate, so that clips get resampled.
RATES_HZ = (16000, 44100)
CHUNK: dict[str, bool | int | float | str] = {"seconds": 2.0, "hop_seconds": 1.0}
PICTURE: dict[str, bool | int | float | str] = {"width": 64, "height": 64}


@dataclass(frozen=True)
class Demo:
    """Where everything went, and how well the held-out clips were answered."""

    folder: Path
    model: Path
    evaluation: Evaluation


def run(folder: Path, seed: int, progress: Progress) -> Demo:
    """Make the recordings, train on most, test the rest through the native core, draw.

    ``folder`` receives ``recordings/``, ``recipe.toml``, ``demo.tflite`` and the PNG files.

    Raises:
        Error: ``folder`` cannot be written, or no inference runtime is found.
    """
    folder.mkdir(parents=True, exist_ok=True)
    recordings = folder / "recordings"
    synthesise(recordings, seed, progress)
    recipe = Recipe().replace(chunk=CHUNK, picture=PICTURE)
    (folder / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
    split = at_random(load(recordings), 0.2, seed)
    schedule = replace(Schedule.from_scratch(), fine_tune_epochs=12, seed=seed)
    model = folder / "demo.tflite"
    network = Network("small_cnn", "none")
    experiment = Experiment(network=network, schedule=schedule, recipe=recipe)
    evaluation = train(Job(split, experiment, model, "dslite demo"), progress).evaluation
    draw(folder, recipe, split, evaluation, progress)
    return Demo(folder, model, evaluation)


def synthesise(recordings: Path, seed: int, progress: Progress) -> None:
    """Write CLIPS_PER_CLASS WAV files of 16 bits into a folder per class.

    Raises:
        Error: the folder holds audio that is not the demo's.
    """
    _clear(recordings)
    progress.stage("synthesising", CLIPS_PER_CLASS * len(SOUNDS))
    for number, kind in enumerate(SOUNDS):
        (recordings / kind).mkdir(parents=True, exist_ok=True)
        for index in range(CLIPS_PER_CLASS):
            rate_hz = RATES_HZ[index % len(RATES_HZ)]
            samples = record(kind, np.random.default_rng((seed, number, index)), rate_hz)
            with wave.open(str(recordings / kind / f"{kind}{index:02}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate_hz)
                file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
            progress.advance()


def _clear(recordings: Path) -> None:
    """Remove an earlier demo's clips, and nothing else."""
    if not recordings.exists():
        return
    for path in audio_in(recordings):
        if path.parent.name not in SOUNDS:
            raise Error(f"{path}: not a clip of the demo; choose another folder by -o")
    shutil.rmtree(recordings)


def draw(folder: Path, recipe: Recipe, split: Split, evaluation: Evaluation, progress: Progress) -> None:
    """Leave the confusion matrix and a spectrogram picture per class as PNG."""
    from dslite.plots.agreement import save_confusion
    from dslite.plots.clip import save_picture
    from dslite.plots.views import View

    front = FrontEnd(recipe.replace(picture={"width": 224, "height": 224}))
    progress.stage("drawing", 1 + len(SOUNDS), "pictures")
    save_confusion(folder / "confusion.png", evaluation.answers.per_file().confusion())
    progress.advance()
    for kind in SOUNDS:
        path = split.test.paths[split.test.labels.index(kind)]
        view = View(kind, front, read_audio(path, recipe.audio.sample_rate_hz))
        save_picture(folder / f"{kind}.png", view, 0, title=f"{kind}: {path.name}")
        progress.advance()


def commands(demo: Demo) -> list[str]:
    """The commands that do the same with one's own recordings, on what the demo left behind."""
    where = {name: shlex.quote(str(demo.folder / name)) for name in ("recordings", "recipe.toml")}
    model = shlex.quote(str(demo.model))
    clip = shlex.quote(str(audio_in(demo.folder / "recordings")[0]))
    return [
        f"dslite train {where['recordings']} --recipe {where['recipe.toml']} "
        "--backbone small_cnn --weights none -o own.tflite",
        f"dslite evaluate {model} {where['recordings']}",
        f"dslite predict {model} {where['recordings']}",
        f"dslite plot {clip} -o picture.png",
        f"dslite info {model}",
    ]
