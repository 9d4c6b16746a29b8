"""What learns on top of a backbone's pooled features: a dense layer, dropout, the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dslite.training.task import Task

#: Keras's names, known before TensorFlow takes its seconds, and "arelu". Left out are "glu", which
#: halves the units, and "threshold", which needs two numbers.
# fmt: off
ACTIVATIONS = (
    "arelu", "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
)
# fmt: on


@dataclass(frozen=True)
class Head:
    """A dense layer of ``units`` (0: none) with ``activation``, then ``dropout``.

    ``activation`` is a name of ``keras.activations``, or "arelu" (Chen et al., 2020); ``dropout`` is
    the share of values dropped before the output.

    Raises:
        ValueError: a value out of its range, or an unknown activation.
    """

    units: int = 0
    activation: str = "relu"
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if self.units < 0:
            raise ValueError(f"units: {self.units} given, expected 0 or more")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation: '{self.activation}' given, expected one of {', '.join(ACTIVATIONS)}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: {self.dropout} given, expected 0 up to below 1")


def build_head(features: int, outputs: int, head: Head, task: Task) -> Any:
    """Build the Keras model from (n, ``features``) to (n, ``outputs``).

    The last layer has the task's name and activation: softmax "scores", or plain "values".
    """
    # Imported here, as TensorFlow takes seconds and --help lists the activations.
    from dslite.training.network.quiet_tensorflow import keras

    layers = [keras.Input((features,)), *_hidden(head), keras.layers.Dropout(head.dropout)]
    layers.append(keras.layers.Dense(outputs, activation=task.activation, name=task.layer))
    return keras.Sequential(layers, name="head")


def _hidden(head: Head) -> list[Any]:
    from dslite.training.network.arelu import AReLU
    from dslite.training.network.quiet_tensorflow import keras

    if not head.units:
        return []
    if head.activation == "arelu":
        return [keras.layers.Dense(head.units, name="dense"), AReLU(name="arelu")]
    return [keras.layers.Dense(head.units, activation=head.activation, name="dense")]
