"""When a stage ends early, and which weights a training ends with."""

import numpy as np
import pytest

from dslite.training.learning.training_state import Names, TrainingState
from dslite.training.network.quiet_tensorflow import keras
from dslite.util.progress import NoProgress


@pytest.fixture
def model():
    made = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    made.set_weights([np.zeros((1, 1), np.float32)])
    return made


def go(state: TrainingState, model, stage: int, losses: list[float]) -> int:
    """Pretend to train: each epoch sets the weight to its loss. How many epochs the stage took."""
    assert state.begins(stage)
    state.callback(Names("", stage, len(losses), 1e-3), None, str, NoProgress(), lambda *_: None)
    for epoch, loss in enumerate(losses, start=1):
        model.set_weights([np.full((1, 1), loss, np.float32)])
        if state.after_epoch(epoch, loss):
            break
    state.end(stage)
    return epoch


def test_fine_tuning_waits_against_its_own_best(model):
    """Its first epochs are worse than the head's last, and fall: it goes on, and ends lower."""
    state = TrainingState(model, None, patience=2)
    assert go(state, model, 0, [0.8, 0.6, 0.5]) == 3
    assert go(state, model, 1, [1.0, 0.9, 0.8, 0.7, 0.4, 0.45, 0.46, 0.3]) == 7
    np.testing.assert_array_equal(model.get_weights()[0], np.float32(0.4))


def test_the_best_weights_of_all_stages_count(model):
    state = TrainingState(model, None, patience=2)
    go(state, model, 0, [0.8, 0.5, 0.6])
    np.testing.assert_array_equal(model.get_weights()[0], np.float32(0.5))
    assert go(state, model, 1, [1.0, 0.9, 0.95, 0.96, 0.1]) == 4
    np.testing.assert_array_equal(model.get_weights()[0], np.float32(0.5))


def test_no_patience_waits_for_ever(model):
    state = TrainingState(model, None, patience=0)
    assert go(state, model, 0, [0.1, *[1.0] * 30]) == 31
