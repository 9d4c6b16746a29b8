"""Optimizers by name. The table stands here without Keras, as that of the losses does."""

from __future__ import annotations

from typing import Any

#: Names, and what ``keras.optimizers`` calls them.
OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "adadelta": "Adadelta",
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "ftrl": "Ftrl",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
}
#: FTRL's weights are a running sum times the rate of the moment: a rate rising from zero makes NaN,
#: one falling to zero takes the weights with it. It slows down by itself, coordinate by coordinate.
CONSTANT_RATE = ("ftrl",)


def check_optimizer(name: str) -> None:
    """Raise ValueError unless ``name`` is one of ``OPTIMIZERS``."""
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer: '{name}' given, expected one of {', '.join(OPTIMIZERS)}")


def make_optimizer(name: str, learning_rate: Any) -> Any:
    """Make the Keras optimizer ``name`` with a learning rate: a number, or one of Keras's schedules.

    Raises:
        ValueError: there is none of that name, or a schedule for one of ``CONSTANT_RATE``.
    """
    check_optimizer(name)
    if name in CONSTANT_RATE and not isinstance(learning_rate, (int, float)):
        raise ValueError(f"learning_rate: a schedule given, but {name} expects one number")
    from dslite.training.network.quiet_tensorflow import keras

    return getattr(keras.optimizers, OPTIMIZERS[name])(learning_rate)
