"""What --resume refuses or begins anew, and that one folder has one training at a time."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sound_folders import write_sounds

from dslite import Error, Model, Recipe
from dslite.training.data.label_csv import strings
from dslite.training.data.settings import Data
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment, Network
from dslite.training.exporting.candidate import Wish, make
from dslite.training.exporting.source import Source
from dslite.training.job import Candidate
from dslite.training.jobs import Destination, plan_jobs
from dslite.training.jobs import run as run_job
from dslite.training.learning.schedule import BY_STEPS, Schedule
from dslite.training.recorder import is_finished
from dslite.training.runs.reader import read_run
from dslite.training.runs.split_table import first_difference, read_split, split_text
from dslite.training.task import CLASSES
from dslite.util import lock
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
    (job,) = plan_jobs({"": Candidate("", {}, wanted)}, Destination(output, folder, resume), "dslite train")
    return run_job(job, NoProgress())


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


def test_export_takes_the_saved_split_from_any_folder(table, tmp_path, monkeypatch):
    """Relative paths, a validation part, and a label table that is gone by then."""
    monkeypatch.chdir(table.parent)
    shutil.copy(table, tmp_path / "labels.csv")
    wanted = experiment(Path("labels.csv"), valid_share=0.4)
    data = replace(wanted.data, labels=str(tmp_path / "labels.csv"))
    run(replace(wanted, data=data), tmp_path / "run")
    (tmp_path / "labels.csv").unlink()
    monkeypatch.chdir(tmp_path)
    source = Source(Path("run"), NoProgress())
    make(source, Path("small.tflite"), Wish("float16", force=True), NoProgress())
    rows = list(csv.DictReader((tmp_path / "run" / "split.csv").open(encoding="utf-8")))
    counts = [[row["part"] for row in rows].count(part) for part in ("train", "valid", "test")]
    assert counts[1] == 2
    card = Model(tmp_path / "small.tflite").entries["card.md"].decode()
    assert f"| all | {' | '.join(map(str, counts))} |" in card


def test_export_knows_the_parts_and_epochs_of_runs_of_before(table, tmp_path):
    """Without a split.csv, validation files are none to calibrate with; steps came to a number of epochs."""
    wanted = experiment(table, valid_share=0.4)
    wanted = replace(wanted, schedule=replace(SHORT, fine_tune_epochs=BY_STEPS, fine_tune_steps=2))
    run(wanted, tmp_path / "run")
    now = Source(tmp_path / "run", NoProgress())
    former = json.loads((tmp_path / "run" / "run.json").read_text())
    assert former.pop("epochs") == {"head": 0, "fine-tuning": 3}
    (tmp_path / "run" / "run.json").write_text(json.dumps(former))
    (tmp_path / "run" / "split.csv").unlink()
    before = Source(tmp_path / "run", NoProgress())
    sizes = [[len(part) for part in one.split.parts().values()] for one in (now, before)]
    assert sizes == [[4, 2, 2], [4, 2, 2]]
    assert first_difference(split_text(now.split), split_text(before.split)) == ""
    for one in (now, before):
        assert (one.experiment.schedule.epochs, one.experiment.schedule.fine_tune_epochs) == (0, 3)
    config = (tmp_path / "run" / "config.toml").read_text()
    (tmp_path / "run" / "config.toml").write_text(
        config.replace("seed = 0", "seed = 9", 1)
    )  # that of the data
    with pytest.raises(Error, match=r"no split\.csv in it, and its settings split the data otherwise"):
        Source(tmp_path / "run", NoProgress())


@pytest.mark.parametrize("targets", [(), ("height", "1")])
def test_a_split_reads_back_as_it_was(tmp_path, targets):
    """Labels that look like numbers or nothing, a comma and bytes that are no UTF-8 in names."""
    files = ["a,b.wav", "c\nd.wav", "e\udcff.wav", "ü/f.wav"]
    labels = {} if targets else {"label": strings(["01", "NA", "nan", "1e3"])}
    rows = pd.DataFrame({"file": strings(files)} | labels)
    values = np.array([[0.5, -2], [1e-9, 3], [1e9, 4], [1, 5.25]]) if targets else None
    whole = Dataset(tmp_path, rows, rows, targets, values)
    split = Split.of(whole, np.array([False, False, True, True]))
    (tmp_path / "split.csv").write_text(split_text(split), encoding="utf-8", newline="")
    back = read_split(tmp_path / "split.csv", tmp_path, whole.task)
    parts = zip(split.parts().values(), back.parts().values(), strict=True)
    for before, after in parts:
        assert (after.files, after.task, list(after.paths)) == (before.files, before.task, list(before.paths))
        assert np.array_equal(after.values, before.values) if targets else after.labels == before.labels
        assert after.target_names == before.target_names
    (tmp_path / "split.csv").write_text("file,part,label\na.wav,exam,x\n")
    with pytest.raises(Error, match=r"split\.csv: not a table .*part 'exam', expected one of train, valid"):
        read_split(tmp_path / "split.csv", tmp_path, CLASSES)


def test_splits_are_compared_in_what_both_know(finished):
    """A run of before has neither folds nor contents; a file whose content has changed is another file."""
    now = (finished[0] / "split.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(now.splitlines())
    former = "\n".join(",".join([row[0], row[1], *row[4:]]) for row in (header, *rows)) + "\n"
    assert first_difference(former, now) == first_difference(now, former) == ""
    assert first_difference(now.replace(rows[0][3], "0" * 64), now).startswith("8 files then, 8 now; first: ")
    assert first_difference(former.replace("rain", "sleet"), now) != ""


def test_both_files_of_a_run_say_the_same_scaling(finished):
    """The network is scaled for by its own rule, "tf", whatever the recipe said before."""
    run = read_run(finished[0])
    assert RECIPE.tensor.scaling == "torch"
    assert run.config["recipe"]["tensor"]["scaling"] == run.recipe.tensor.scaling == "tf"
    assert Model(finished[1]).recipe == run.recipe


def test_a_finished_run_of_other_settings_is_refused(finished, table):
    other = experiment(table)
    other = replace(other, schedule=replace(SHORT, batch_size=4), recipe=RECIPE.replace(mel={"bands": 32}))
    with pytest.raises(Error, match=r"\(recipe\.mel\.bands = 64, now 32, training\.batch_size = 8, now 4\)"):
        run(other, finished[0], resume=True)
    assert run(experiment(table), finished[0], resume=True) is None


def test_a_run_of_before_the_seed_of_the_data_was_split_by_that_of_training(finished, table, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "run")
    config = (folder / "config.toml").read_text()
    data, training = config.split("[model]")
    (folder / "config.toml").write_text(data.replace("seed = 0\n", "") + "[model]" + training)
    assert run(experiment(table), folder, resume=True) is None
    (folder / "config.toml").write_text((folder / "config.toml").read_text().replace("seed = 0", "seed = 3"))
    wanted = replace(experiment(table), schedule=replace(SHORT, seed=3))
    with pytest.raises(Error, match=r"other settings \(data\.seed = 3, now 0\)"):
        run(wanted, folder, resume=True)
    # The parts that the seed then dealt are not those of `folder`, which was made with 0.
    with pytest.raises(Error, match="files or labels have changed"):
        run(replace(wanted, data=replace(wanted.data, seed=3)), folder, resume=True)


@pytest.mark.parametrize("before", [None, b"of another run"])
def test_resuming_a_finished_run_writes_the_model_that_was_asked_for(finished, table, tmp_path, before):
    """A kill between the run's end and the copy leaves none."""
    if before:
        (tmp_path / "own.tflite").write_bytes(before)
    assert run(experiment(table), finished[0], tmp_path / "own.tflite", resume=True) is None
    assert (tmp_path / "own.tflite").read_bytes() == (finished[0] / "model.tflite").read_bytes()


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
    jobs = list(
        plan_jobs({"": Candidate("", {}, experiment(table, cv="group"))}, Destination(None, tmp_path), "")
    )
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


def test_a_lock_on_a_file_that_was_deleted_meanwhile_is_none(tmp_path, monkeypatch):
    """The holder ends between another's opening of the file and its locking, and a third begins."""
    really_lock = lock.try_lock

    def lock_late(number):
        (tmp_path / lock.LOCK).unlink()
        (tmp_path / lock.LOCK).touch()
        return really_lock(number)

    monkeypatch.setattr(lock, "try_lock", lock_late)
    with pytest.raises(Error, match="another training is writing"), locked(tmp_path):
        pass
    assert (tmp_path / lock.LOCK).exists()  # it is the third's, and stays
