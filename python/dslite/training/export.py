"""A Keras model as a TensorFlow Lite flatbuffer."""

from __future__ import annotations

import tempfile
from typing import Any

from dslite import Error
from dslite.training.quiet_tensorflow import hidden_output, keras, tf


def to_tflite(model: Any) -> bytes:
    """Convert ``model`` for batches of one picture, float32 in and out.

    The converter folds batch norm into the convolutions before it and drops what only training
    needs, such as dropout.

    Raises:
        Error: TensorFlow failed to, a full disk among the reasons.
    """
    signature = keras.InputSpec(shape=(1, *model.input_shape[1:]), dtype="float32")
    try:
        with tempfile.TemporaryDirectory(prefix="dslite-") as folder, hidden_output():
            model.export(folder, format="tf_saved_model", verbose=False, input_signature=[signature])
            converted = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    except tf.errors.OpError as error:
        # What TensorFlow says of a full disk, among others.
        reason = " ".join(error.message.split())
        raise Error(f"the model could not be converted: {reason[:200]}") from error
    return bytes(converted)
