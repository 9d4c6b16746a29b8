"""Settings chosen within each training part: who takes part, what is chosen, resumed, reported, refused."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite
from sound_folders import write_sounds

from dslite import Error, Recipe
from dslite.cli.common.train_plan import plan
from dslite.training.choose import chosen
from dslite.training.data.inner import inner_splits
from dslite.training.data.settings import Data
from dslite.training.data.split import at_random
from dslite.training.data.splitting import load_data, splits
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Candidate, Choice, Job
from dslite.training.jobs import Destination, Repetition, plan_jobs
from dslite.training.learning.schedule import Schedule
from dslite.training.runs.reader import read_run
from dslite.training.runs.selection import read_selection
from dslite.util.progress import NoProgress

RECIPE = Recipe().replace(
    chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48}, mel={"bands": 64}
)
GROUPS = 4
#: Nothing is learnt at the first rate, all that there is at the second.
RATES = (1e-9, 1e-2)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = write_sounds(tmp_path_factory.mktemp("sounds"), clips=8)
    files = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.wav"))]
    rows = pd.DataFrame({"filename": files, "label": [file.split("/")[0] for file in files]})
    rows["group"] = [f"g{index % GROUPS}" for index in range(len(files))]
    rows["loudness"] = [f"{len(file) + index % 3}.5" for index, file in enumerate(files)]
    rows["one"] = "same"
    rows.to_csv(folder / "labels.csv", index=False)
    return folder, folder / "labels.csv"


def candidates(table: tuple[Path, Path], **data: object) -> dict[str, Candidate]:
    where = Data(str(table[0]), str(table[1]), **data)
    schedule = replace(Schedule.from_scratch(), fine_tune_epochs=12, batch_size=8)
    made = {}
    for rate in RATES:
        one = Experiment(
            where, Network("small_cnn", "none"), replace(schedule, fine_learning_rate=rate), recipe=RECIPE
        )
        made[f"rate={rate}"] = Candidate(f"rate={rate}", {"training.fine_learning_rate": rate}, one)
    return made


def jobs(
    table: tuple[Path, Path], folder: Path, count: int = 2, resume: bool = False, **data: object
) -> list[Job]:
    to, repeated = Destination(None, folder, resume), Repetition(1, count)
    return list(plan_jobs(candidates(table, **data), to, "dslite train", repeated))


@pytest.mark.parametrize("count", [1, 3])
def test_no_test_file_and_no_group_of_it_takes_part(
    table: tuple[Path, Path], tmp_path: Path, count: int
) -> None:
    group_of = dict(pd.read_csv(table[1])[["filename", "group"]].itertuples(index=False))
    made = jobs(table, tmp_path, count, cv="group")
    assert len(made) == GROUPS
    for job in made:
        assert job.choice is not None
        assert len(job.choice.splits) == count
        held_out = []
        for inner in job.choice.splits:
            groups = [{group_of[file] for file in part.files} for part in (inner.train, inner.test)]
            assert not groups[0] & groups[1]
            assert set(inner.train.files) | set(inner.test.files) == set(job.split.train.files)
            held_out += inner.test.files
        tested = {group_of[file] for file in job.split.test.files}
        assert not tested & {
            group_of[file] for inner in job.choice.splits for file in inner.train.files + inner.test.files
        }
        assert len(held_out) == len(set(held_out))
        assert count == 1 or set(held_out) == set(job.split.train.files)


def test_what_learns_is_chosen_and_what_was_tried_is_not_tried_again(
    table: tuple[Path, Path], tmp_path: Path
) -> None:
    job = jobs(table, tmp_path, split="group", test="g0")[0]
    settled = chosen(job, NoProgress())
    assert settled.experiment.schedule.fine_learning_rate == RATES[1]
    assert settled.choice is None
    selection = read_selection(tmp_path)
    assert selection is not None
    assert [len(one.scores) for one in selection.tried] == [2, 2]
    assert selection.tried[0].mean < selection.tried[1].mean <= 1
    # Killed after the first setting: the scores of that stay, those of the second come out the same.
    text = json.loads((tmp_path / "selection.json").read_text())
    text["tried"][0]["scores"] = [0.125, 0.25]
    text["tried"][1]["scores"] = text["tried"][1]["scores"][:1]
    text["chosen"] = -1
    (tmp_path / "selection.json").write_text(json.dumps(text))
    again = chosen(replace(job, resume=True), NoProgress())
    assert again.experiment == settled.experiment
    resumed = read_selection(tmp_path)
    assert resumed is not None
    assert resumed.tried[0].scores == [0.125, 0.25]
    assert resumed.tried[1].scores == selection.tried[1].scores
    with pytest.raises(Error, match="are being chosen there already"):
        chosen(job, NoProgress())
    other = jobs(table, tmp_path, 1, True, split="group", test="g0")[0]
    with pytest.raises(Error, match="have changed"):
        chosen(other, NoProgress())


def test_what_flatters_the_test_is_said_before_the_choice(tmp_path: Path) -> None:
    sounds = load_data(Data(str(write_sounds(tmp_path / "sounds", clips=8))))
    split = at_random(sounds, 0.25, 0)
    split.train.paths[0].write_bytes(split.test.paths[0].read_bytes())
    gone = Network("small_cnn", str(tmp_path / "missing.h5"))
    one = Candidate("gone", {}, Experiment(Data(str(sounds.root)), gone, recipe=RECIPE))
    choice = Choice((one, one), (at_random(split.train, 0.25, 0),))
    messages: list[str] = []

    class Listening(NoProgress):
        def message(self, text: str) -> None:
            messages.append(text)

    with pytest.raises(Error, match="none of 2 settings could be trained"):
        chosen(Job(split, one.experiment, tmp_path / "m.tflite", choice=choice), Listening())
    assert "share a sound, which flatters the test" in messages[0]
    assert "missing.h5" in messages[1]


def test_settings_that_cannot_be_trained_are_passed_over(table: tuple[Path, Path], tmp_path: Path) -> None:
    job = jobs(table, tmp_path, 1, targets="loudness", split="group", test="g0")[0]
    assert job.choice is not None
    first, second = job.choice.candidates
    broken = replace(first.experiment, network=Network("small_cnn", str(tmp_path / "missing.h5")))
    choice = replace(job.choice, candidates=(replace(first, experiment=broken), second))
    settled = chosen(replace(job, choice=choice), NoProgress())
    assert settled.experiment == second.experiment
    selection = read_selection(tmp_path)
    assert selection is not None
    assert (selection.kind, "missing.h5" in selection.tried[0].error) == ("ccc", True)
    both = replace(job.choice, candidates=(replace(first, experiment=broken),) * 2)
    with pytest.raises(Error, match=r"none of 2 settings could be trained; .*missing\.h5"):
        chosen(replace(job, choice=both, folder=None), NoProgress())


def words(table: tuple[Path, Path], *more: str | Path) -> list[str | Path]:
    settings = ["recipe.chunk.seconds=1.0", "recipe.chunk.hop_seconds=1.0", "recipe.mel.bands=64"]
    settings += ["recipe.picture.width=48", "recipe.picture.height=48"]
    fixed = [
        table[0],
        "--labels",
        table[1],
        "--backbone",
        "small_cnn",
        "--weights",
        "none",
        "--batch-size",
        "8",
    ]
    return ["train", *fixed, *(word for one in settings for word in ("--set", one)), *more]


def test_every_seed_has_a_choice_of_its_own(table: tuple[Path, Path], tmp_path: Path) -> None:
    made = list(plan_jobs(candidates(table), Destination(None, tmp_path), "", Repetition(3, 1)))
    assert [job.name for job in made] == ["seed-0", "seed-1", "seed-2"]
    for seed, job in enumerate(made):
        assert job.choice is not None
        assert {one.experiment.schedule.seed for one in job.choice.candidates} == {seed}
        assert job.choice.splits[0].test.files == made[0].choice.splits[0].test.files  # type: ignore[union-attr]


def test_folds_choose_each_for_itself(
    table: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    grid = ["--set", "training.fine_learning_rate=[1e-9,1e-2]", "--fine-tune-epochs", "3", "--select"]
    where = ["--cv", "group", "--groups", "2", "--run", tmp_path / "run"]
    done = dslite(*words(table, *grid, *where, "--cluster", "2"))
    assert done.returncode == 0, done.stderr
    assert "Chosen by inner splits" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    names = ["fold-1", "fold-2"]
    learning = 0
    for name in names:
        run = read_run(tmp_path / "run" / name)
        selection = run.selection()
        assert selection is not None
        assert (
            run.config["training"]["fine_learning_rate"]
            == selection.best.settings["training.fine_learning_rate"]
        )
        assert 0 < selection.seconds < 600
        learning += selection.chosen
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Choice of settings" in page
    assert all(name in page for name in names)
    assert f"<td>{learning} of 2</td>" in page  # choices that fell on the rate that learns
    before = time.time()
    again = dslite(*words(table, *grid, *where, "--resume"))
    assert again.returncode == 0, again.stderr
    assert all((tmp_path / "run" / name / "selection.json").stat().st_mtime < before for name in names)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--split", "one", "--test", "same", "--select"], "0 groups of column 'one'"),
        (["--split", "group", "--test", "g0,g1,g2", "--select"], "1 group of column 'group'"),
        (["--cv", "group", "--groups", "2", "--select", "--inner-splits", "3"], "2 groups of column 'group'"),
        (["--set", "data.seed=[1,2]", "--select"], "same data"),
        (["--set", "training.seed=[1,2]", "--select"], "--seeds N"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused_before_anything_is_trained(
    table: tuple[Path, Path], tmp_path: Path, more: list[str], expected: str
) -> None:
    grid = [] if "same data" in expected or "--seeds" in expected else ["--set", "training.batch_size=[8,4]"]
    done = dslite(*words(table, *grid, *more, "--run", tmp_path / "run"))
    assert done.returncode in (1, 2)
    assert expected in complaint(done)
    assert not (tmp_path / "run").exists()


def test_recipes_by_name_are_chosen_among_as_well(table: tuple[Path, Path], tmp_path: Path) -> None:
    settings = {("data", "audio"): str(table[0]), ("training", "batch_size"): [8, 4]}
    grid = plan(settings, ["speech", "whisper"], (None, tmp_path, False), (1, 0))
    names = ["000-batch_size_8-name_speech", "001-batch_size_4-name_speech"]
    names += ["002-batch_size_8-name_whisper", "003-batch_size_4-name_whisper"]
    assert [job.name for job in grid] == names
    (job,) = plan(settings, ["speech", "whisper"], (None, tmp_path, False), (1, 1))
    assert job.choice is not None
    tried = [one.experiment for one in job.choice.candidates]
    assert tried == [one.experiment for one in grid]
    assert repr(tried[1].recipe.stft) == repr(Recipe.preset("speech").stft)
    assert repr(tried[2].recipe.stft) == repr(Recipe.preset("whisper").stft)


def test_one_setting_is_no_choice(table: tuple[Path, Path], tmp_path: Path) -> None:
    done = dslite(*words(table, "--select", "--run", tmp_path / "run"))
    assert "nothing to choose among" in complaint(done)
    alone = dslite(*words(table, "--inner-splits", "2", "--run", tmp_path / "run"))
    assert (alone.returncode, "--inner-splits needs --select" in alone.stderr) == (2, True)


def test_without_groups_files_are_held_out(table: tuple[Path, Path]) -> None:
    dataset = load_data(Data(str(table[0]), str(table[1])))
    (fold,) = splits(dataset, Data(str(table[0]), str(table[1])))
    for count in (1, 2):
        inner = inner_splits(fold.split, "", count, 0)
        held = np.concatenate([one.test.files for one in inner])
        assert len(set(held)) == len(held)
        assert set(held) <= set(fold.split.train.files)
    assert not re.search("same", " ".join(held))
