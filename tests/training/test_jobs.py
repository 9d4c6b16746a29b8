"""Many trainings: folds and grids in folders of their own, here and on a cluster that loses a worker."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite
from sound_folders import write_sounds

from dslite import Error, Model, Recipe
from dslite.training.cluster.run_all import on_cluster, run_all
from dslite.training.data.settings import Data
from dslite.training.data.splitting import load_data, splits
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Candidate, Job
from dslite.training.jobs import Destination, plan_jobs
from dslite.training.jobs import run as run_job
from dslite.training.learning.schedule import Schedule
from dslite.training.runs.reader import read_run
from dslite.util.progress import NoProgress

RECIPE = Recipe().replace(
    chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48}, mel={"bands": 64}
)
SHORT = replace(Schedule.from_scratch(), fine_tune_epochs=2, batch_size=8)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of recordings, and a label table that has a group and numbers for each."""
    folder = write_sounds(tmp_path_factory.mktemp("sounds"), clips=6)
    files = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.wav"))]
    rows = pd.DataFrame({"filename": files, "label": [file.split("/")[0] for file in files]})
    rows["group"] = [str(index % 3) for index in range(len(files))]
    rows["loudness"] = [f"{len(file) + index % 3}.5" for index, file in enumerate(files)]
    rows["age"] = [str(20 + 3 * (index % 3)) for index in range(len(files))]
    path = folder / "labels.csv"
    rows.to_csv(path, index=False)
    return folder, path


def experiment(table: tuple[Path, Path], **data: object) -> Experiment:
    where = {"audio": str(table[0]), "labels": str(table[1])}
    return Experiment(Data(**where, **data), Network("small_cnn", "none"), SHORT, recipe=RECIPE)


def candidates(named: dict[str, Experiment]) -> dict[str, Candidate]:
    return {name: Candidate(name, {}, one) for name, one in named.items()}


def options(table: tuple[Path, Path]) -> list[str | Path]:
    """The same for the command line."""
    settings = ["recipe.chunk.seconds=1.0", "recipe.chunk.hop_seconds=1.0"]
    settings += ["recipe.picture.width=48", "recipe.picture.height=48", "recipe.mel.bands=64"]
    words = [table[0], "--labels", table[1], "--backbone", "small_cnn", "--weights", "none"]
    words += ["--fine-tune-epochs", "2", "--batch-size", "8"]
    return words + [word for setting in settings for word in ("--set", setting)]


def test_every_group_is_tested_once(table: tuple[Path, Path], tmp_path: Path) -> None:
    done = dslite("train", *options(table), "--cv", "group", "--run", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    runs = [read_run(folder) for folder in sorted((tmp_path / "runs").glob("*/"))]
    assert [run.name for run in runs] == ["fold-0", "fold-1", "fold-2"]
    tested = [set(run.predictions()["file"]) for run in runs]
    assert sorted(len(files) for files in tested) == [4, 4, 4]
    assert len(set.union(*tested)) == 12
    assert "Results per fold" in (tmp_path / "runs" / "report.html").read_text()
    assert all((run.path / "report.html").exists() and (run.path / "model.tflite").exists() for run in runs)
    assert "±" in done.stdout  # over the folds
    again = dslite("train", *options(table), "--cv", "group", "--run", tmp_path / "runs")
    assert again.returncode == 1
    assert "--resume goes on" in again.stderr


def evaluated(*words: str | Path) -> dict[str, Any]:
    done = dslite("evaluate", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_cross_validation_is_measured_again(table: tuple[Path, Path], tmp_path: Path) -> None:
    """Every fold's model on its own test part, from split.csv: the measures of the training, and pooled."""
    folder, where = tmp_path / "runs", [*options(table), "--cv", "group", "--run", tmp_path / "runs"]
    assert dslite("train", *where).returncode == 0
    for run in ("fold-0", "fold-1", "fold-2"):
        rows = list(csv.DictReader((folder / run / "split.csv").open()))
        assert {row["fold"] for row in rows} == {run[-1]}
        for row in rows:
            assert row["sha256"] == hashlib.sha256((table[0] / row["file"]).read_bytes()).hexdigest()
    again = evaluated("--run", folder)
    for run in ("fold-0", "fold-1", "fold-2"):
        trained = json.loads((folder / run / "metrics.json").read_text())
        assert again["folds"][run] == trained
        assert evaluated("--run", folder / run) == trained
    assert again["per_file"]["count"] == 12
    shown = dslite("evaluate", "--run", folder).stdout
    assert "Test parts of 3 folds, pooled" in shown
    (folder / "fold-1" / "model.tflite").unlink()
    partly = dslite("evaluate", "--run", folder)
    assert (partly.returncode, "Test parts of 2 of 3 runs, pooled" in partly.stdout) == (1, True)
    assert "fold-1" in partly.stderr


def test_seeds_train_the_same_split_by_themselves(table: tuple[Path, Path], tmp_path: Path) -> None:
    words = [*options(table), "--test-share", "0.3", "--seed", "5", "--seeds", "2", "--run", tmp_path / "run"]
    done = dslite("train", *words)
    assert done.returncode == 0, done.stderr
    runs = [read_run(tmp_path / "run" / name) for name in ("seed-5", "seed-6")]
    assert [run.facts["seed"] for run in runs] == [5, 6]
    first, second = ((run.path / "split.csv").read_text() for run in runs)
    assert first == second
    assert not np.array_equal(*(run.answers().scores for run in runs))
    assert "seeds ±" in done.stdout
    again = evaluated("--run", tmp_path / "run")
    assert list(again["folds"]) == ["seed-5", "seed-6"]
    assert again["per_file"]["count"] == 2 * runs[0].metrics["per_file"]["count"]
    refused = dslite("train", *options(table), "--seeds", "0", "--run", tmp_path / "none")
    assert (refused.returncode, "'--seeds': 0 is not in the range" in refused.stderr) == (2, True)


def test_what_a_model_was_trained_on_is_known_in_its_run(table: tuple[Path, Path], tmp_path: Path) -> None:
    """By content: the recordings lie elsewhere under other names, and one of them has changed."""
    words = [*options(table), "--split", "group", "--test", "0", "--run", tmp_path / "run"]
    assert dslite("train", *words).returncode == 0
    model, moved = tmp_path / "run" / "model.tflite", tmp_path / "moved"
    for path in sorted(table[0].rglob("*.wav")):
        (moved / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, moved / path.parent.name / f"other-{path.name}")
    done = dslite("evaluate", model, moved)
    assert done.stdout.startswith("All 12 files, in %")
    assert "8 of 12 files were trained or validated on" in done.stderr
    by_table = [model, table[0], "--labels", table[1], "--split", "group"]
    assert evaluated(*by_table, "--test", "0")["learnt_files"] == 0
    assert dslite("evaluate", *by_table, "--test", "0").stdout.startswith("Test part, in %")
    assert dslite("evaluate", *by_table, "--test", "1").stdout.startswith("4 of 12 files, in %")
    shutil.copy(model, tmp_path / "alone.tflite")
    assert evaluated(tmp_path / "alone.tflite", moved).get("learnt_files") is None
    refused = dslite("evaluate", model, moved, "--run", tmp_path / "run")
    assert (refused.returncode, "expected no MODEL" in refused.stderr) == (2, True)


def test_values_are_learnt_in_their_units(table: tuple[Path, Path], tmp_path: Path) -> None:
    words = [*options(table), "--targets", "loudness,age", "--split", "group", "--test", "0"]
    done = dslite("train", *words, "--run", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    run = read_run(tmp_path / "run")
    assert {"truth:age", "score:age", "truth:loudness", "score:loudness"} <= set(run.predictions())
    # Standardised scores would lie around 0, not around the training part's mean age of 24.5.
    assert run.predictions()["score:age"].between(15, 35).all()
    assert "CCC" in done.stdout
    table[1].write_text(table[1].read_text().replace(",20\n", ",old\n", 1))
    broken = dslite("train", *words, "--run", tmp_path / "other")
    assert broken.returncode == 1
    assert "line 2: column 'age': 'old' given, expected a finite number" in broken.stderr
    table[1].write_text(table[1].read_text().replace(",old\n", ",20\n", 1))


def test_a_failing_combination_does_not_stop_the_others(table: tuple[Path, Path], tmp_path: Path) -> None:
    words = [*options(table), "--split", "group", "--test", "1", "--run", tmp_path / "grid"]
    done = dslite("train", *words, "--set", 'model.weights=["missing.weights.h5", "none"]')
    assert "1 of 2 trainings failed; --resume does those again" in complaint(done)
    assert "missing.weights.h5: no such file of weights" in done.stderr
    (folder,) = (tmp_path / "grid").glob("001*")
    assert read_run(folder).metrics["per_file"]["count"] == 4


def test_a_loss_that_is_no_number_names_the_files(table: tuple[Path, Path], tmp_path: Path) -> None:
    words = [*options(table), "--targets", "age", "--split", "group", "--test", "1", "--loss", "mse"]
    words += ["--optimizer", "sgd", "--set", "training.fine_learning_rate=1.0", "--fine-tune-epochs", "60"]
    said = complaint(dslite("train", *words, "--run", tmp_path / "run"))
    assert re.search(r"fine-tuning, epoch \d+, batch \d: the loss is (nan|inf); a lower learning rate", said)
    assert "rain/rain" in said


def jobs(table: tuple[Path, Path], folder: Path, epochs: int) -> list[Job]:
    made = {
        name: replace(
            experiment(table, split="group", test=name), schedule=replace(SHORT, fine_tune_epochs=epochs)
        )
        for name in ("0", "1", "2")
    }
    return list(plan_jobs(candidates(made), Destination(None, folder), "dslite train"))


def kill_a_worker_at_work(client: object, folder: Path) -> None:
    """Kill the process of a worker as soon as a training has an epoch behind it."""
    pids = list(client.run(os.getpid).values())
    while not list(folder.rglob("history.csv")):
        time.sleep(0.05)
    os.kill(pids[0], signal.SIGKILL)


def test_a_cluster_that_loses_a_worker_finishes(table: tuple[Path, Path], tmp_path: Path) -> None:
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        killer = threading.Thread(target=kill_a_worker_at_work, args=(client, tmp_path / "there"))
        killer.start()
        done = list(run_all(jobs(table, tmp_path / "there", 6), cluster.scheduler_address))
        killer.join()
    assert [error for _, error in done] == [None] * 3
    for job in jobs(table, tmp_path / "here", 6):
        run_job(job, NoProgress())
    for name in ("0", "1", "2"):
        ours, theirs = (
            read_run(tmp_path / where / name).predictions().filter(like="score:")
            for where in ("here", "there")
        )
        np.testing.assert_array_equal(ours, theirs)


def test_what_runs_left_out_is_told_once(table: tuple[Path, Path], tmp_path: Path) -> None:
    """A broken recording is in the training part of two folds and in the test part of the third."""
    sounds = tmp_path / "sounds"
    shutil.copytree(table[0], sounds)
    broken = sounds / pd.read_csv(table[1])["filename"][0]
    broken.write_bytes(b"no sound")
    words = options((sounds, sounds / "labels.csv"))
    done = dslite("train", *words, "--cv", "group", "--run", tmp_path / "runs")
    assert complaint(done) == "dslite: 1 of 12 files left out"
    assert done.stderr.count("no audio that libsndfile can decode") == 1
    assert all(run.name.startswith("fold-") for run in (tmp_path / "runs").glob("*/"))


def test_a_training_that_never_began_leaves_its_folder_free(table: tuple[Path, Path], tmp_path: Path) -> None:
    words = [*options(table), "--run", tmp_path / "run"]
    assert "missing.h5: no such file of weights" in complaint(
        dslite("train", *words, "--weights", "missing.h5")
    )
    assert dslite("train", *words).returncode == 0


def test_work_that_workers_die_of_is_given_up(tmp_path: Path) -> None:
    """Dask's scheduler counts the dead; the reason given is its count."""
    import dask
    from dask.distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        assert list(on_cluster(client, os._exit, [1])) == [(0, "2 workers died over it")]


def test_a_cluster_that_is_not_there_is_one_line(table: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(Error, match="no Dask scheduler answers there"):
        list(run_all(jobs(table, tmp_path, 1), "tcp://127.0.0.1:9"))


def test_each_task_of_a_slurm_array_does_a_fold_of_its_own(
    table: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", *options(table), "--cv", "group", "--run", tmp_path / "runs"]
    for task in ("1", "2"):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", task)
        done = dslite(*words)
        assert done.returncode == 0, done.stderr
    assert sorted(folder.name for folder in (tmp_path / "runs").iterdir()) == ["fold-1", "fold-2"]
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    assert "SLURM_ARRAY_TASK_ID = 3: expected 0 … 2" in complaint(dslite(*words))


def test_validation_of_a_split_by_column_takes_whole_groups(tmp_path: Path) -> None:
    """Six speakers, one tested: two of the others validate, and none of those is trained on."""
    folder = write_sounds(tmp_path, clips=12)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.wav"))
    rows = [f"{file},{file.split('/')[0]},{index % 6}" for index, file in enumerate(files)]
    (folder / "labels.csv").write_text("\n".join(["filename,label,speaker", *rows]))
    data = Data(str(folder), str(folder / "labels.csv"), split="speaker", test="5", valid_share=0.4)
    (fold,) = splits(load_data(data), replace(data, seed=1))
    train, valid, test = (
        set(part.table["speaker"]) for part in (fold.split.train, fold.split.valid, fold.split.test)
    )
    assert (len(train), len(valid), test) == (3, 2, {"5"})
    assert train | valid == set("01234")
    with pytest.raises(Error, match="no group of the 1 in the training part can be held out"):
        splits(load_data(data), replace(data, test="1,2,3,4,5", seed=1))


def test_the_seed_of_training_moves_no_file(table: tuple[Path, Path]) -> None:
    """Seeds of training are compared on the same parts; the seed of the data deals others."""

    def tested(training: int, data: int) -> list[list[str]]:
        made = experiment(table)
        where = replace(made.data, test_share=0.25, split="", test="", seed=data)
        made = replace(made, data=where, schedule=replace(made.schedule, seed=training))
        return [
            job.split.test.files
            for job in plan_jobs(candidates({"": made}), Destination(Path("x.tflite"), None), "")
        ]

    assert tested(0, 0) == tested(5, 0) == tested(6, 0)
    assert len({str(tested(0, seed)) for seed in range(5)}) > 1


def test_splits(table: tuple[Path, Path]) -> None:
    data = Data(audio=str(table[0]), labels=str(table[1]), test_share=0.25, valid_share=0.25)
    (fold,) = splits(load_data(data), replace(data, seed=1))
    parts = [set(part.files) for part in (fold.split.train, fold.split.valid, fold.split.test)]
    assert [len(part) for part in parts] == [7, 2, 3]
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    with pytest.raises(ValueError, match="2 trainings: expected --run DIR"):
        list(
            plan_jobs(
                candidates({name: experiment(table) for name in "ab"}),
                Destination(Path("x.tflite"), None),
                "",
            )
        )
    with pytest.raises(ValueError, match="no recordings given"):
        load_data(Data())
    with pytest.raises(ValueError, match="groups: 3 given without cv"):
        Data(groups=3)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("--cv", "group", "--test-share", "0.3", "--run", "r"),
            "cv and test_share given; expected one",
        ),
        (("--cluster", "2", "-o", "x.tflite"), "--cluster needs --run DIR"),
    ],
)
def test_options_that_do_nothing_are_refused(
    table: tuple[Path, Path], words: tuple[str, ...], reason: str
) -> None:
    done = dslite("train", *options(table), *words)
    assert (done.returncode, reason in done.stderr) == (2, True)


def test_patience_without_validation_files_is_refused(table: tuple[Path, Path], tmp_path: Path) -> None:
    done = dslite("train", *options(table), "--patience", "2", "--run", tmp_path / "run")
    assert "patience: 2 given, but there are no validation files" in complaint(done)


def test_without_a_recipe_the_recordings_choose_it(tmp_path: Path) -> None:
    """One second at 16 kHz: the model file carries what was printed, a test part's answers among it."""
    sounds = write_sounds(tmp_path / "sounds", clips=4, seconds=1.0)
    words = ["train", sounds, "--backbone", "small_cnn", "--weights", "none", "--fine-tune-epochs", "1"]
    words += ["--test-share", "0.25"]
    done = dslite(*words, "-o", tmp_path / "chosen.tflite")
    assert done.returncode == 0, done.stderr
    recipe = Model(tmp_path / "chosen.tflite").recipe
    assert (recipe.chunk.seconds, recipe.picture.width, recipe.scale.top_db) == (1.0, 96, 80.0)
    assert "# Of the recordings nine in ten last 1.00 s or less" in done.stderr
    assert "fine-tuning: 1 step (1 epoch of 1)" in done.stderr
    done = dslite(*words, "-o", tmp_path / "named.tflite", "--recipe", "speech")
    assert done.returncode == 0, done.stderr
    named = Model(tmp_path / "named.tflite").recipe
    assert named.replace(tensor={"scaling": "torch"}) == Recipe.preset("speech")
