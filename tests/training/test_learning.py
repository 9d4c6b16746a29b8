"""How training learns: warm-up, the length of a schedule, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from dslite.training.augment.settings import Augmentation
from dslite.training.experiment import Experiment
from dslite.training.learning.batches import Batches
from dslite.training.learning.pace import Pace, measure, warming_cosine
from dslite.training.learning.schedule import Schedule
from dslite.training.network.quiet_tensorflow import keras


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


def test_the_pace_says_steps_time_and_what_limits_it() -> None:
    text = Pace(pictures=0.3, network=0.1).describe(epochs=10, batches=5, unvaried=3)
    assert text == (
        "fine-tuning: 50 steps (10 epochs of 5) of 0.4 s, about 21 s with features and validation; "
        "making the pictures takes 75% of a step"
    )


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
