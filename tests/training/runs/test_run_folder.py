"""What a run writes is read back as it was; what is not a run, or not finished, is refused in a line."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dslite import Error, Recipe
from dslite.training.runs.reader import read_history, read_run
from dslite.training.runs.writer import About, RunFolder, git_state
from dslite.util.failures import Failure

CONFIG = '[train]\nbackbone = "small_cnn"\nseed = 3\n'
METRICS = {"labels": ["a", "b"], "per_chunk": {"accuracy": 0.5}, "per_file": {"accuracy": 1.0}}


def about(folder: Path) -> About:
    parts = {"train": {"a": 2, "b": 1}, "valid": {}, "test": {"a": 1}}
    return About("dslite train x", 3, "classes", "small_cnn", folder, {"dslite": "0"}, parts)


def classes() -> pd.DataFrame:
    """Answers whose names a reader of tables may take for something else."""
    columns = {
        "file": ["x.wav", "sub/ä, ö.wav", "01"],
        "start": [0, 2 / 3, 2.0],
        "end": [4, 3.1, 6],
        "truth": ["01", "nan", "01"],
        "answer": ["01", "nan", "nan"],
        "score:01": np.array([0.9, 1 / 3, 0.25], np.float32),
        "score:nan": np.array([0.1, 2 / 3, 0.75], np.float32),
    }
    return pd.DataFrame(columns)


def values() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = ("start", "end", "truth:arousal", "truth:valence", "score:arousal", "score:valence")
    columns = {name: rng.standard_normal(50).astype(np.float32) * 1e-3 for name in names}
    return pd.DataFrame({"file": [f"{i}.wav" for i in range(50)], **columns})


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "one", CONFIG, Recipe(), "file,part,label\n", about(tmp_path))


@pytest.mark.parametrize("made", [classes(), values()], ids=["classes", "values"])
def test_predictions_are_read_back_as_they_were(made: pd.DataFrame, run: RunFolder) -> None:
    run.write_measures(METRICS, made)
    run.finish()
    back = read_run(run.path).predictions()
    assert list(back) == list(made)
    for name in made:
        if made[name].dtype == np.float32:
            np.testing.assert_array_equal(back[name].astype(np.float32), made[name])
        elif made[name].dtype == float:
            np.testing.assert_allclose(back[name], made[name], rtol=1e-8)
        else:
            assert back[name].tolist() == made[name].tolist()


@pytest.mark.parametrize("text", ["", "file,start\na,1,2,3\n0,0,0,0,0,0\n"])
def test_damaged_predictions_are_refused(text: str, run: RunFolder) -> None:
    run.write_measures(METRICS, classes())
    run.finish()
    (run.path / "predictions.csv").write_text(text)
    with pytest.raises(Error, match=r"predictions\.csv: not a table of predictions: \w"):
        read_run(run.path).predictions()
    (run.path / "predictions.csv").unlink()
    with pytest.raises(Error, match=r"predictions\.csv: cannot be read: No such file"):
        read_run(run.path).predictions()


def test_a_run_is_read_back_as_it_was_written(run: RunFolder, tmp_path: Path) -> None:
    run.add_epoch("head", 1, 0.5, {"loss": 1.25, "val_loss": 2.0})
    run.add_epoch("fine-tuning", 1, 1.5, {"loss": 1 / 3, "uar": 0.5})
    run.add_failures([Failure(Path("a.wav"), "a.wav: empty"), Failure(Path("b.wav"), "b.wav: no")])
    run.add_failures([Failure(Path("a.wav"), "a.wav: empty")])
    for _ in range(2):
        run.add_warning("two are the same")
    run.write_measures(METRICS, classes())
    run.finish()
    read = read_run(run.path)
    assert (read.name, read.config["train"]["seed"], read.recipe) == ("one", 3, Recipe())
    assert read.metrics == METRICS
    assert read.history == [
        {"stage": "head", "epoch": 1, "seconds": 0.5, "loss": 1.25, "val_loss": 2.0},
        {"stage": "fine-tuning", "epoch": 1, "seconds": 1.5, "loss": 1 / 3, "uar": 0.5},
    ]
    facts = read.facts
    assert facts["parts"] == {"train": {"a": 2, "b": 1}, "valid": {}, "test": {"a": 1}}
    assert [entry["file"] for entry in facts["failures"]] == ["a.wav", "b.wav"]
    assert facts["warnings"] == ["two are the same"]
    assert 0 <= facts["seconds"] < 60
    assert facts["started"].endswith("+00:00")
    assert len(read.predictions()) == 3
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


def test_every_epoch_is_on_disk_when_it_is_over_and_resuming_repeats_the_last_ones(run: RunFolder) -> None:
    for epoch in (1, 2, 3):
        run.add_epoch("head", epoch, 10.0, {"loss": 1 / epoch})
        assert len(read_history(run.path / "history.csv")) == epoch
    again = RunFolder.resume(run.path)
    again.add_epoch("head", 2, 10.0, {"loss": 0.25})
    rows = read_history(run.path / "history.csv")
    assert [(row["epoch"], row["loss"]) for row in rows] == [(1, 1.0), (2, 0.25)]
    again.add_warning("resumed")
    assert json.loads((run.path / "run.json").read_text())["seconds"] >= 30
    again.finish()
    with pytest.raises(Error, match="finished; there is nothing to resume"):
        RunFolder.resume(run.path)


def test_what_is_no_finished_run_is_refused(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(Error, match="nowhere: no such folder"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(Error, match=r"no run\.json in it, expected a folder that `dslite train` wrote"):
        read_run(tmp_path)
    run.add_epoch("head", 1, 0.1, {"loss": 1.0})
    with pytest.raises(Error, match=r"one: the run is not finished; it was started 20.*, epochs: 1$"):
        read_run(run.path)
    run.finish()
    with pytest.raises(Error, match=r"metrics\.json: cannot be read: No such file"):
        read_run(run.path)
    run.write_measures(METRICS, classes())
    (run.path / "config.toml").write_text("= 3")
    with pytest.raises(Error, match=r"config\.toml or recipe\.toml is damaged"):
        read_run(run.path)
    (run.path / "run.json").write_text('{"status": ')
    with pytest.raises(Error, match=r"run\.json: line 1: not JSON"):
        read_run(run.path)
    (run.path / "run.json").write_text("{}")
    with pytest.raises(Error, match=r"run\.json: no 'status' in it"):
        read_run(run.path)


def test_a_folder_that_holds_a_run_is_not_written_over(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"one: has a config\.toml already"):
        RunFolder.create(run.path, "", Recipe(), "", about(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(Error, match=r"file/below: the run folder cannot be made: Not a directory"):
        RunFolder.create(tmp_path / "file" / "below", "", Recipe(), "", about(tmp_path))


def test_the_state_of_the_repository(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert git_state(tmp_path) is None
    git("init", "-q")
    assert git_state(tmp_path) is None  # nothing committed yet
    (tmp_path / "script.py").touch()
    git("add", ".")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD").strip()
    (tmp_path / "run.csv").touch()
    assert git_state(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "script.py").write_text("1")
    assert git_state(tmp_path) == {"commit": commit, "dirty": True}
