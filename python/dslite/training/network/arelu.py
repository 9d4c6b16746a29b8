"""AReLU, the attention-based rectified linear unit (Chen, Li, Xu, 2020, arXiv:2006.13858)."""

from __future__ import annotations

from typing import Any

from dslite.training.network.quiet_tensorflow import keras

#: The paper's initial values, and the range that C keeps alpha in.
ALPHA, BETA = 0.90, 2.0
LEAST, MOST = 0.01, 0.99


@keras.saving.register_keras_serializable(package="dslite")
class AReLU(keras.layers.Layer):  # type: ignore[misc]
    """Element by element, ``C(α)·x`` below zero and ``(1 + σ(β))·x`` from zero up.

    C clamps α to 0.01 … 0.99, σ is the logistic function. One learnable pair α, β serves the whole
    layer, so shapes stay as they are. While C clamps, α has no gradient, as in the paper.
    """

    def build(self, input_shape: Any) -> None:
        del input_shape  # the pair serves inputs of any shape
        start = keras.initializers.Constant
        self.alpha = self.add_weight(shape=(), initializer=start(ALPHA), name="alpha")
        self.beta = self.add_weight(shape=(), initializer=start(BETA), name="beta")

    def call(self, inputs: Any) -> Any:
        below = keras.ops.clip(self.alpha, LEAST, MOST)
        above = 1.0 + keras.ops.sigmoid(self.beta)
        return keras.ops.where(inputs < 0, below, above) * inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape
