"""Optimizers and losses by name: every one learns, and what does not suit is one clear line."""

import subprocess
import sys

import numpy as np
import pytest

from dslite.training.learning.batches import Batches
from dslite.training.learning.losses import (
    LOSSES,
    SHORT,
    UNSUITABLE,
    check_loss,
    check_standardised,
    make_loss,
)
from dslite.training.learning.optimizers import CONSTANT_RATE, OPTIMIZERS, make_optimizer
from dslite.training.learning.schedule import Schedule
from dslite.training.network.quiet_tensorflow import keras


def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    return rng.standard_normal((12, 5)).astype(np.float32), np.eye(3, dtype=np.float32)[np.arange(12) % 3]


def scores() -> np.ndarray:
    raw = np.random.default_rng(7).random((12, 3)).astype(np.float32) + 0.1
    return raw / raw.sum(axis=1, keepdims=True)


def classifier() -> object:
    keras.utils.set_random_seed(2)
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])


def fitted(optimizer: object, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernels before and after some steps."""
    model = classifier()
    model.compile(optimizer, make_loss("categorical_crossentropy"), run_eagerly=True)
    before = model.get_weights()[0]
    for _ in range(steps):
        model.train_on_batch(*batch())
    return before, model.get_weights()[0]


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizer_learns_at_the_rate_it_is_given(name: str) -> None:
    before, after = fitted(make_optimizer(name, 0.1), steps=1)
    _, double = fitted(make_optimizer(name, 0.2), steps=1)
    assert np.abs(after - before).max() > 1e-5
    if name != "ftrl":  # its first step replaces the weights instead of adding to them
        np.testing.assert_allclose(double - before, 2 * (after - before), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in CONSTANT_RATE])
def test_others_take_a_schedule_from_zero_to_zero(name: str) -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 2, warmup_target=0.1, warmup_steps=2)
    _, first = fitted(make_optimizer(name, schedule), steps=1)
    _, last = fitted(make_optimizer(name, schedule), steps=4)
    _, later = fitted(make_optimizer(name, schedule), steps=5)
    assert np.isfinite([first, last]).all()
    assert np.abs(last - first).max() > 1e-5
    # The schedule has come down to zero, and a further step moves nothing.
    np.testing.assert_allclose(later, last, atol=1e-5)


def test_ftrl_takes_no_schedule_as_it_would_make_nan_of_it() -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 2, warmup_target=0.1, warmup_steps=2)
    assert np.isnan(fitted(keras.optimizers.Ftrl(schedule), steps=1)[1]).all()
    with pytest.raises(ValueError, match="a schedule given, but ftrl expects one number"):
        make_optimizer("ftrl", schedule)


def test_sgd_steps_down_the_gradient() -> None:
    """Softmax regression by hand: the oracle of the loss's mean over the batch, too."""
    before, after = fitted(make_optimizer("sgd", 0.5), steps=1)
    x, y = batch()
    powers = np.exp(x @ before)
    gradient = x.T @ (powers / powers.sum(axis=1, keepdims=True) - y) / len(x)
    np.testing.assert_allclose(after, before - 0.5 * gradient, atol=1e-6)


def test_every_loss_of_keras_is_known() -> None:
    named = {name for name, thing in vars(keras.losses).items() if callable(thing)}
    functions = {name for name in named if name.islower()} - {"get", "serialize", "deserialize"}
    assert set(LOSSES) | set(UNSUITABLE) == functions
    for short, long in SHORT.items():
        assert keras.losses.get(short) is keras.losses.get(long)


@pytest.mark.parametrize("name", list(LOSSES))
def test_losses_are_those_keras_gets_by_that_name(name: str) -> None:
    _, targets = batch()
    ours = float(make_loss(name)(targets, scores()))
    expected = float(np.mean(keras.losses.get(name)(targets, scores())))
    assert ours == pytest.approx(expected, rel=1e-6)
    for other in (LOSSES[name], *(s for s, long in SHORT.items() if long == name)):
        assert type(make_loss(other)) is type(make_loss(name))


def test_defaults_by_their_formulas() -> None:
    _, targets = batch()
    crossentropy = -np.log(scores()[targets == 1]).mean()
    loss = make_loss("categorical_crossentropy")
    assert float(loss(targets, scores())) == pytest.approx(crossentropy, rel=1e-5)
    smooth = targets * 0.9 + 0.1 / 3
    smoothed = -(smooth * np.log(scores())).sum(axis=1).mean()
    loss = make_loss("categorical_crossentropy", 0.1)
    assert float(loss(targets, scores())) == pytest.approx(smoothed, rel=1e-5)
    squares = ((targets - scores()) ** 2).mean()
    assert float(make_loss("mean_squared_error")(targets, scores())) == pytest.approx(squares, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "smoothing", "message"),
    [
        ("crossentropy", 0.0, "loss: 'crossentropy' given, expected one of categorical_crossentropy, "),
        ("sparse_categorical_crossentropy", 0.0, "one-hot rows; expected 'categorical_crossentropy'"),
        ("SparseCategoricalCrossentropy", 0.0, "it takes class numbers"),
        ("ctc", 0.0, "it aligns sequences"),
        ("mse", 0.1, "label_smoothing: 0.1 given, but mean_squared_error knows none; expected 0, or"),
        ("categorical_crossentropy", 1.5, "label_smoothing: 1.5 given, expected 0 up to below 1"),
    ],
)
def test_unsuitable_losses_are_one_clear_line(name: str, smoothing: float, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        check_loss(name, smoothing)
    assert "\n" not in str(raised.value)


def test_unknown_optimizers_are_one_clear_line() -> None:
    with pytest.raises(ValueError, match="optimizer: 'lion' given, expected one of adam, adamw"):
        make_optimizer("lion", 0.1)


def test_names_are_checked_without_tensorflow() -> None:
    code = (
        "import sys; from dslite.training.learning.losses import check_loss; "
        "from dslite.training.learning.optimizers import check_optimizer; "
        "check_loss('mse'); check_optimizer('adam'); print('keras' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"


@pytest.mark.parametrize("name", ["dice", "tversky", "Tversky"])
def test_losses_that_ignore_weights_are_refused_with_them(name: str) -> None:
    targets, outputs = np.eye(3, dtype=np.float32), np.full((3, 3), 1 / 3, np.float32)
    loss = make_loss(name)
    plain, weighted = float(loss(targets, outputs)), float(loss(targets, outputs, np.float32([1, 1, 9])))
    # Keras scales the whole by the weights' mean, and shifts nothing between chunks.
    assert weighted == pytest.approx(plain * 11 / 3, rel=1e-5)
    with pytest.raises(ValueError, match="ignores weights; expected balance = 'upsample'"):
        Schedule(loss=name, label_smoothing=0, balance="weights")
    assert Schedule(loss=name, label_smoothing=0, balance="upsample").loss == name


@pytest.mark.parametrize("name", ["poisson", "msle", "mape"])
def test_losses_of_positive_values_are_refused_for_standardised_ones(name: str) -> None:
    with pytest.raises(ValueError, match="needs positive values, and targets are learnt standardised"):
        check_standardised(name)
    check_standardised("mse")
    check_standardised("")


def test_the_order_and_the_first_batch_draw_from_different_streams() -> None:
    drawn: list[int] = []

    def source(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        drawn.extend(rng.permutation(8))
        return np.zeros((len(rows), 1), np.float32)

    batches = Batches(source, np.eye(8, dtype=np.float32), 8, seed=3)
    batches[0]
    assert drawn != batches.rows_of(0).tolist()
