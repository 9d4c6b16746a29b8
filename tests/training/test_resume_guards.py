"""What --resume refuses or begins anew, and that one folder has one training at a time."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sound_folders import write_sounds

from dslite import Error, Model, Recipe
from dslite.training.experiment import Data, Experiment, Network
from dslite.training.jobs import plan_jobs
from dslite.training.learning.schedule import Schedule
from dslite.training.runs.recorder import is_finished
from dslite.util.lock import locked
from dslite.util.progress import NoProgress

RECIPE = Recipe().replace(
    chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48}, mel={"bands": 64}
)
SHORT = replace(Schedule.from_scratch(), fine_tune_epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A label table beside its recordings; its groups differ in what a path cannot hold."""
    folder = write_sounds(tmp_path_factory.mktemp("sounds"), clips=4)
    files = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.wav"))]
    rows = pd.DataFrame({"filename": files, "label": [file.split("/")[0] for file in files]})
    rows["group"] = [("a b", "a_b")[index % 2] for index in range(len(files))]
    rows.to_csv(folder / "labels.csv", index=False)
    return folder / "labels.csv"


def experiment(table: Path, **data: object) -> Experiment:
    where = Data(audio=str(table.parent), labels=str(table), near_duplicates=False, **data)
    return Experiment(where, Network("small_cnn", "none"), SHORT, recipe=RECIPE)


def run(wanted: Experiment, folder: Path, output: Path | None = None, resume: bool = False) -> object:
    (job,) = plan_jobs({"": wanted}, output, folder, "dslite train", resume)
    return job.run(NoProgress())


@pytest.fixture(scope="module")
def finished(table: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of a run, and the model file that was asked for beside it."""
    folder = tmp_path_factory.mktemp("runs")
    run(experiment(table), folder / "run", folder / "own.tflite")
    return folder / "run", folder / "own.tflite"


def test_a_run_with_a_model_elsewhere_has_both(finished):
    folder, output = finished
    assert output.read_bytes() == (folder / "model.tflite").read_bytes()
    assert Model(output).labels == ["rain", "siren"]


def test_the_split_is_saved(finished, table):
    rows = list(csv.DictReader((finished[0] / "split.csv").open(encoding="utf-8")))
    labels = {row["filename"]: row["label"] for row in csv.DictReader(table.open(encoding="utf-8"))}
    assert {row["file"]: row["label"] for row in rows} == labels
    assert [row["part"] for row in rows].count("test") == 2
    assert {row["part"] for row in rows} == {"train", "test"}


def test_a_finished_run_of_other_settings_is_refused(finished, table):
    other = experiment(table)
    other = replace(other, schedule=replace(SHORT, batch_size=4), recipe=RECIPE.replace(mel={"bands": 32}))
    with pytest.raises(Error, match=r"other settings \(recipe\.mel\.bands, training\.batch_size\)"):
        run(other, finished[0], resume=True)
    assert run(experiment(table), finished[0], resume=True) is None


def test_labels_that_changed_are_refused(finished, table):
    before = table.read_text(encoding="utf-8")
    rows = pd.read_csv(table, dtype=str)
    rows["label"] = list(reversed(rows["label"]))
    rows.to_csv(table, index=False)
    try:
        with pytest.raises(Error, match=r"files or labels have changed .*first: .* then, .* now"):
            run(experiment(table), finished[0], resume=True)
    finally:
        table.write_text(before, encoding="utf-8")


def test_a_start_that_was_killed_is_begun_anew(table, tmp_path):
    """Killed before run.json, with a checkpoint of who knows what: nothing of it is believed."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.toml").write_text("killed")
    (folder / "checkpoint.npz").write_bytes(b"stale")
    with pytest.raises(Error, match=r"has a checkpoint\.npz of another training"):
        run(experiment(table), folder)
    run(experiment(table), folder, resume=True)
    assert is_finished(folder)


def test_groups_whose_names_look_alike_have_folders_of_their_own(table, tmp_path):
    jobs = list(plan_jobs({"": experiment(table, cv="group")}, None, tmp_path, "dslite train", False))
    assert [job.folder.name for job in jobs] == ["fold-a_b", "fold-a_b-2"]


def test_one_folder_has_one_training_at_a_time(table, tmp_path):
    with locked(tmp_path), pytest.raises(Error, match="another training is writing to this folder"):
        run(experiment(table), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_means_nothing(tmp_path):
    code = (
        "import os; from pathlib import Path; from dslite.util.lock import locked\n"
        f"with locked(Path({str(tmp_path)!r})): os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert (tmp_path / ".lock").exists()
    with locked(tmp_path):
        pass
