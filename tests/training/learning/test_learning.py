"""How training learns: warm-up, the length of a schedule, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from dslite import FrontEnd, Recipe
from dslite.training.augment.settings import Augmentation
from dslite.training.data.chunks import Chunks
from dslite.training.experiment import Experiment
from dslite.training.learning import fit
from dslite.training.learning.balance import class_weights, file_weights, upsampled
from dslite.training.learning.batches import Batches
from dslite.training.learning.fit import FitInputs
from dslite.training.learning.pace import Pace, measure, warming_cosine
from dslite.training.learning.part import Part
from dslite.training.learning.schedule import Schedule
from dslite.training.learning.training_state import Names, TrainingState
from dslite.training.network.quiet_tensorflow import keras
from dslite.util.progress import NoProgress


def test_the_first_step_learns_and_the_last_hardly() -> None:
    rates = [float(warming_cosine(1e-3, 100, 4)(step)) for step in range(100)]
    np.testing.assert_allclose(rates[:5], [2.5e-4, 4.375e-4, 6.25e-4, 8.125e-4, 1e-3], rtol=1e-5)
    assert 0 < rates[-1] < 1e-6


def test_one_step_of_warm_up_begins_at_the_full_rate() -> None:
    assert float(warming_cosine(1e-3, 10, 1)(0)) == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("batches", "epochs"), [(3, 134), (8, 50), (133, 4), (3125, 3)], ids=["100", "250", "4000", "100000"]
)
def test_a_schedule_counts_steps_by_default(batches: int, epochs: int) -> None:
    assert replace(Schedule(), fine_tune_steps=400).in_epochs(batches).fine_tune_epochs == epochs


def test_random_weights_count_steps_too() -> None:
    schedule = Schedule.from_scratch().in_epochs(8)
    assert (schedule.epochs, schedule.fine_tune_epochs) == (0, 63)  # 500 steps


def test_classes_are_balanced_unless_values_or_the_loss_forbid() -> None:
    assert Schedule().balanced(classes=True).balance == "weights"
    assert Schedule().balanced(classes=False).balance == "none"
    assert Schedule(loss="dice", label_smoothing=0).balanced(classes=True).balance == "none"
    assert Schedule(balance="none").balanced(classes=True).balance == "none"


def test_epochs_that_are_given_stay() -> None:
    schedule = Schedule(epochs=7, fine_tune_epochs=0).in_epochs(3)
    assert (schedule.epochs, schedule.fine_tune_epochs) == (7, 0)


def test_measuring_the_pace_changes_nothing() -> None:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((4,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.1), "categorical_crossentropy")
    inputs = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
    targets = np.eye(2, dtype=np.float32)[np.arange(8) % 2]
    before = [np.array(variable) for variable in model.variables]
    pace = measure(model, Batches(lambda rows, _: inputs[rows], targets, 4, seed=0))
    assert pace.network > 0
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable)
    assert not any(np.any(np.array(variable)) for variable in model.optimizer.variables[2:])
    assert int(model.optimizer.iterations) == 0


def test_the_pace_is_that_of_a_usual_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of one that builds a graph, the first or one of another size."""
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    inputs, targets = np.zeros((10, 4), np.float32), np.zeros((10, 2), np.float32)
    ticks = iter(np.cumsum([0, 9, 50, 0, 1, 2, 0, 1, 40, 0, 8, 2, 0, 1, 2]))
    monkeypatch.setattr("dslite.training.learning.pace.time.monotonic", lambda: float(next(ticks)))
    pace = measure(model, Batches(lambda rows, _: inputs[rows], targets, 4, seed=0))
    monkeypatch.undo()
    assert (pace.pictures, pace.network) == (1, 2)


def test_the_pace_says_steps_time_and_what_limits_it() -> None:
    pace = Pace(pictures=0.3, network=0.1)
    assert pace.describe("fine-tuning", epochs=10, batches=5, beside=1) == (
        "fine-tuning: 50 steps (10 epochs of 5) of 0.4 s, about 21 s with features and validation; "
        "making the pictures takes 75% of a step"
    )
    assert pace.describe("head", epochs=10, batches=5, beside=80) == (
        "head: 50 steps (10 epochs of 5) of 0.4 s, about 1 min 40 s with features and validation; "
        "features and validation take 80% of it"
    )
    assert pace.forward == pytest.approx(0.3 + 0.1 / 3)


@pytest.mark.parametrize(
    ("schedule", "stages", "said"),
    [
        (Schedule(), ["fine-tuning"], "in fine-tuning alone"),
        (Schedule(fine_tune_epochs=0), [], "nowhere"),
        (Schedule(augment_frozen=True), ["head", "fine-tuning"], ""),
    ],
    ids=["tuned", "frozen", "augmented"],
)
def test_the_card_lists_augmentation_that_acts(schedule: Schedule, stages: list[str], said: str) -> None:
    asked = Experiment(schedule=schedule, augmentation=Augmentation(mixup=0.2))
    assert asked.augmented_stages() == stages
    assert ("mixup" in asked.learning()) == bool(stages)
    assert said in asked.unaugmented()
    assert bool(said) == bool(asked.unaugmented())


def test_every_file_has_the_same_weight_and_every_class_with_balance() -> None:
    """Files of 1, 4, 2 and 1 chunks; the last class has one file, of two chunks."""
    file_of = np.repeat([0, 2, 5, 6], [1, 4, 2, 1])  # 1, 3 and 4 could not be read
    targets = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 0, 1, 1, 0]]
    np.testing.assert_allclose(file_weights(file_of), [2, 0.5, 0.5, 0.5, 0.5, 1, 1, 2])
    weights = file_weights(file_of) * class_weights(targets, file_of)
    of_files = [weights[file_of == file].sum() for file in (0, 2, 5, 6)]
    np.testing.assert_allclose(of_files, [4 / 3, 4 / 3, 4, 4 / 3], rtol=1e-6)
    np.testing.assert_allclose(targets.T @ weights, [4, 4], rtol=1e-6)


def test_upsampling_repeats_files() -> None:
    file_of = np.repeat([0, 2, 5, 6], [1, 4, 2, 1])
    targets = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 0, 1, 1, 0]]
    rows = upsampled(targets, file_of)
    assert sorted(rows) == [0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 7]
    np.testing.assert_allclose(targets[rows].T @ file_weights(file_of)[rows], [6, 6])


def test_losses_of_training_and_validation_are_means_over_files(tmp_path) -> None:
    """A file of five chunks and one of one; a network that cannot learn shows each file's loss."""
    samples = np.zeros(1, np.float32)
    chunks = Chunks([], 0, samples, [0] * 5 + [1], [0] * 6, [1] * 6, [False] * 6)
    part = Part(chunks, np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 0, 1]], ["long", "short"])
    inputs = FitInputs(FrontEnd(Recipe()), part, part, Schedule(batch_size=4), NoProgress(), tmp_path)
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Softmax()])
    model.compile(keras.optimizers.SGD(0.0), "categorical_crossentropy")
    answers = np.log(np.array([[0.9, 0.1]] * 5 + [[0.9, 0.1]], np.float32))
    sources = [lambda rows, _: answers[rows]] * 2
    seen: list[dict[str, float]] = []
    inputs = replace(inputs, on_epoch=lambda stage, epoch, seconds, logs: seen.append(dict(logs)))
    fit._fit(model, Names("head", 0, 1, 0.1), sources, inputs, TrainingState(model, None, 0))
    expected = -(np.log(0.9) + np.log(0.1)) / 2
    assert seen[0]["loss"] == pytest.approx(expected, rel=1e-5)
    assert seen[0]["val_loss"] == pytest.approx(expected, rel=1e-5)


def test_one_step_is_no_steps() -> None:
    text = Pace(pictures=0.3, network=0.1).describe("fine-tuning", epochs=1, batches=1, beside=0)
    assert text.startswith("fine-tuning: 1 step (1 epoch of 1) of 0.4 s")
