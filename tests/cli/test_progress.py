"""What is said while long work goes on: in log files a line now and then, on terminals a bar that fits."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from small_runs import RECIPE, write_recordings

from dslite.training.data.settings import Data
from dslite.training.data.split import at_random
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Job
from dslite.training.learning.schedule import Schedule
from dslite.training.train import train
from dslite.util.progress import NoProgress, ProgressLines, duration


class Log:
    """Progress in a log file, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self._file = 0.0, io.StringIO()
        self.progress = ProgressLines(Console(file=self._file, width=100), lambda: self.now)

    def after(self, seconds: float) -> ProgressLines:
        self.now += seconds
        return self.progress

    @property
    def lines(self) -> list[str]:
        return self._file.getvalue().splitlines()


def test_a_log_file_has_a_line_every_few_seconds_and_says_what_is_left() -> None:
    log = Log()
    log.after(0).stage("fine-tuning", 3, "epochs")
    for batch in range(1, 5):
        log.after(2).within(batch, 4)
    log.after(0).advance(note="loss 0.5")
    log.after(1).advance(note="loss 0.4")
    log.after(1).advance(note="loss 0.3")
    assert log.lines == [
        "fine-tuning: 3 epochs",
        "fine-tuning: 0/3, batch 3/4, about 18 s left",  # 6 s for 0.75 of 3 epochs
        "fine-tuning: 3/3 loss 0.3",
    ]


def test_a_slow_start_is_no_pace() -> None:
    """The first batch builds the graph: a minute, where the others take two seconds."""
    log = Log()
    log.after(0).stage("fine-tuning", 10, "epochs")
    log.after(60).within(1, 4)
    log.after(2).within(2, 4)
    log.after(4).within(3, 4)
    assert log.lines == [
        "fine-tuning: 10 epochs",
        "fine-tuning: 0/10, batch 1/4",
        "fine-tuning: 0/10, batch 3/4, about 1 min 50 s left",  # 6 s for half an epoch: 111 s for 9.25
    ]


def test_a_stage_without_notes_shows_that_it_goes_on() -> None:
    log = Log()
    log.after(0).stage("decoding", 100)
    for _ in range(100):
        log.after(1).advance()
    assert log.lines[0] == "decoding: 100 files"
    assert log.lines[1] == "decoding: 6/100, about 1 min 30 s left"
    assert len(log.lines) == 1 + 100 // 6
    assert len(set(log.lines)) == len(log.lines)


def test_a_single_step_is_its_name() -> None:
    log = Log()
    log.after(0).stage("exporting", 1)
    log.after(60).advance()
    assert log.lines == ["exporting"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3570, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_training_reports_every_batch(tmp_path: Path) -> None:
    class Noted(NoProgress):
        def __init__(self) -> None:
            self.calls: list[tuple[object, ...]] = []

        def stage(self, name: str, total: int, unit: str = "files") -> None:
            self.calls.append(("stage", name, total, unit))

        def within(self, done: int, total: int, unit: str = "batch") -> None:
            self.calls.append((done, total))

    split = at_random(write_recordings(tmp_path / "audio", 8), 0.25, seed=0)
    schedule = replace(Schedule.from_scratch(), fine_tune_epochs=2, batch_size=16)
    data = Data(audio=str(tmp_path / "audio"), near_duplicates=False)
    experiment = Experiment(data, Network("small_cnn", "none"), schedule, recipe=RECIPE)
    noted = Noted()
    train(Job(split, experiment, tmp_path / "x.tflite"), noted)
    chunks = 3 * len(split.train)  # of a second each, from clips of three
    begin = noted.calls.index(("stage", "fine-tuning", 2, "epochs"))
    batches = noted.calls[begin + 1][1]
    assert batches in (chunks // 16, chunks // 16 + 1)
    epoch = [(done, batches) for done in range(1, batches + 1)]
    assert noted.calls[begin + 1 : begin + 1 + 2 * batches] == epoch * 2
