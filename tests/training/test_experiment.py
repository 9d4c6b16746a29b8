"""The experiment: what its TOML may say, the grid that lists span, and what is wrong with it in a line."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY

from dslite import Error, Recipe
from dslite.training.augment.settings import Augmentation
from dslite.training.experiment import (
    Data,
    Experiment,
    Network,
    combinations,
    experiment,
    flat,
    parse_assignment,
    read_settings,
)
from dslite.training.jobs import named_candidates, picked
from dslite.training.learning.schedule import Schedule
from dslite.training.network.head import Head

FULL = Experiment(
    Data(audio="sounds", labels="labels.csv", split="fold", test="1,2"),
    Network("small_cnn", "none", Head(32, "relu", 0.5)),
    replace(Schedule.from_scratch(), seed=3, balance="upsample"),
    Augmentation(mixup=0.4, time_shift=0.5),
    Recipe().replace(mel={"bands": 64}, picture={"colormap": "gray"}),
)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(FULL.to_toml(), encoding="utf-8")
    (settings,) = combinations(read_settings(path))
    assert experiment(settings) == FULL


def test_an_empty_experiment_has_the_defaults() -> None:
    assert experiment({}) == Experiment()
    # Random weights have defaults of their own, as the options' help says.
    assert experiment({("model", "weights"): "none"}).schedule == Schedule.from_scratch()


def test_lists_span_a_grid() -> None:
    text = """
    [model]
    dropout = [0.1, 0.2]
    [training]
    epochs = 3
    learning_rate = [1e-3, 1e-2, 1e-1]
    [recipe.picture]
    colormap = ["gray", "viridis"]
    """
    grid = combinations(flat(tomllib.loads(text)))
    made = [experiment(one) for one in grid]
    found = {(e.network.head.dropout, e.schedule.learning_rate, e.recipe.picture.colormap) for e in made}
    assert len(found) == len(made) == 12
    assert {e.schedule.epochs for e in made} == {3}
    names = named_candidates(made, grid)
    assert next(iter(names)) == "000-dropout_0.1-learning_rate_0.001-colormap_gray"
    assert len(names) == 12
    assert picked(names, {}) == names
    assert [one.experiment for one in picked(names, {"SLURM_ARRAY_TASK_ID": "11"}).values()] == made[11:]
    with pytest.raises(Error, match=r"SLURM_ARRAY_TASK_ID = 12: expected 0 … 11"):
        picked(names, {"SLURM_ARRAY_TASK_ID": "12"})


def test_assignments() -> None:
    assert parse_assignment("training.epochs=[10, 20]") == {("training", "epochs"): [10, 20]}
    assert parse_assignment("recipe.picture.colormap=gray") == {("recipe.picture", "colormap"): "gray"}
    assert parse_assignment("augmentation.mixup = 0.4") == {("augmentation", "mixup"): 0.4}
    assert parse_assignment("data.test='03'") == {("data", "test"): "03"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({("training", "epoch"): 1}, r"training: unknown 'epoch'; expected one of epochs, "),
        ({("training", "epochs"): "ten"}, r"training\.epochs = 'ten': expected a whole number"),
        ({("training", "epochs"): True}, r"training\.epochs = True: expected a whole number"),
        ({("training", "epochs"): -2}, r"training: epochs: -2 given, expected -1 or more"),
        ({("augmentation", "cutmix"): 1}, r"augmentation\.cutmix = 1: expected true or false"),
        ({("model", "backbone"): "vgg99"}, r"model: backbone: 'vgg99' given, expected one of"),
        ({("model", "dropout"): 1.5}, r"model: dropout: 1\.5"),
        ({("recipe.mel", "bands"): -3}, r"recipe: .*mel\.bands"),
        ({("recipe.mel", "bnads"): 3}, r"recipe: .*bnads"),
        ({("data", "split"): "fold"}, r"data: split and test go together"),
        ({("data", "cv"): "fold", ("data", "by_prefix"): True}, r"data: cv and by_prefix given"),
        ({("data", "test_share"): 1.0}, r"data: test_share .*: 1\.0 given"),
        ({("data", "groups"): 1}, r"data: groups: 1 given"),
    ],
)
def test_what_is_wrong_is_named(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        experiment(settings)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[training\n", "not TOML"),
        ("[trainig]\nepochs = 1\n", "unknown 'trainig'; expected the tables data, model"),
        ("epochs = 1\n", "unknown 'epochs'"),
        ("training = 1\n", "training = 1: expected a table"),
        ("[recipe]\nbands = 1\n", "expected a table of the recipe"),
    ],
)
def test_broken_files_are_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Error, match=message) as raised:
        read_settings(path)
    assert str(path) in str(raised.value)


def test_no_grid_of_nothing() -> None:
    with pytest.raises(ValueError, match=r"training\.epochs = \[\]"):
        combinations({("training", "epochs"): []})
    with pytest.raises(ValueError, match=r"expected TABLE\.KEY=VALUE"):
        parse_assignment("epochs=1")


def test_every_key_is_documented() -> None:
    text = (REPOSITORY / "docs" / "training.md").read_text(encoding="utf-8")
    keys = [key for table in ("data", "model", "training") for key in Experiment().tables()[table]]
    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.parametrize("path", sorted((REPOSITORY / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_experiments(path: Path) -> None:
    (one,) = combinations(read_settings(path))
    assert experiment(one).data.cv
