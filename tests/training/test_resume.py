"""A training that is killed and resumed ends with the weights of one that was not."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sound_folders import write_sounds

from dslite import Error
from dslite.training.learning.checkpoint import Checkpoint, Saved, State
from dslite.training.runs.reader import read_run

# A checkpoint after every epoch, not every few seconds, so that a short training has some. The process kills
# itself where KILL_AFTER names an epoch: its row is in history.csv then, its checkpoint is not written.
PROGRAM = """
import os, signal
import dslite.training.learning.checkpoint as checkpoint
from dslite.training.runs.writer import RunFolder

checkpoint.SECONDS_BETWEEN = 0.0
add_epoch = RunFolder.add_epoch

def add_and_die(run, stage, epoch, *rest):
    add_epoch(run, stage, epoch, *rest)
    if os.environ.get("KILL_AFTER") == f"{stage} {epoch}":
        os.kill(os.getpid(), signal.SIGKILL)

RunFolder.add_epoch = add_and_die
import dslite.cli
dslite.cli.main()
"""
#: Before the first checkpoint, within each stage, in the first epoch of a stage, and in the last of all.
KILLS = ("head 1", "head 5", "fine-tuning 1", "fine-tuning 12", "fine-tuning 25")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("sounds"), clips=10, seconds=1.0)


def command(sounds: Path, run: Path, *more: str) -> list[str]:
    """A training with all that is drawn at random: order, dropout, masks, mixing, shifts."""
    settings = ["augmentation.mixup=0.4", "augmentation.specaugment=true", "augmentation.time_shift=0.5"]
    settings += ["recipe.chunk.seconds=1.0", "recipe.chunk.hop_seconds=1.0"]
    settings += ["recipe.picture.width=64", "recipe.picture.height=64", "training.balance=upsample"]
    return [
        *(sys.executable, "-c", PROGRAM, "train", str(sounds), "--run", str(run)),
        *("--backbone", "small_cnn", "--weights", "none", "--epochs", "8", "--fine-tune-epochs", "25"),
        *("--valid-share", "0.3", "--batch-size", "8", "--units", "16"),
        *(word for setting in settings for word in ("--set", setting)),
        *more,
    ]


def test_a_killed_training_ends_with_the_same_weights(sounds: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(sounds, whole), check=True, capture_output=True)
    for moment in KILLS:
        environment = {**os.environ, "KILL_AFTER": moment}
        killed = subprocess.run(command(sounds, broken, "--resume"), capture_output=True, env=environment)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        last = list(csv.DictReader((broken / "history.csv").open()))[-1]
        assert f"{last['stage']} {last['epoch']}" == moment
    done = subprocess.run(command(sounds, broken, "--resume"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    runs = [read_run(folder) for folder in (whole, broken)]
    epochs = [[(row["stage"], row["epoch"], row["loss"]) for row in run.history] for run in runs]
    assert epochs[0] == epochs[1]
    assert len(epochs[0]) == 33
    assert not (broken / "checkpoint.npz").exists()
    scores = [run.predictions().filter(like="score:").to_numpy() for run in runs]
    np.testing.assert_array_equal(*scores)
    again = subprocess.run(command(sounds, broken), capture_output=True, text=True)
    assert again.returncode == 1
    assert "a new folder" in again.stderr
    other = subprocess.run(command(sounds, broken, "--resume", "--seed", "1"), capture_output=True, text=True)
    assert "a run of other settings (training.seed = 0, now 1)" in other.stderr


def saved(epoch: int) -> Saved:
    arrays = [np.arange(3, dtype=np.float32), np.full((), epoch, np.int64)]
    return Saved(State(1, epoch, 0.5, 2), arrays, [], arrays[:1])


def test_a_checkpoint_reads_back(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz")
    assert checkpoint.load() is None
    checkpoint.save(saved(3))
    found = checkpoint.load()
    assert found is not None
    assert found.state == State(1, 3, 0.5, 2)
    for ours, theirs in zip(found.network, saved(3).network, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert (len(found.optimizer), len(found.best)) == (0, 1)


def test_the_last_good_checkpoint_survives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz")
    checkpoint.save(saved(3))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Error, match=r"c\.npz: cannot be written: No space left on device"):
        checkpoint.save(saved(4))
    found = checkpoint.load()
    assert found is not None
    assert found.state.epoch == 3
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(Error, match=r"c\.npz: not a checkpoint, or a damaged one"):
        Checkpoint(path).load()
