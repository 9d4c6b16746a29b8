"""A Keras model as a TensorFlow Lite flatbuffer."""

from __future__ import annotations

import tempfile
from typing import Any

from dslite import Error
from dslite.training.quiet_tensorflow import hidden_output, tf


def to_tflite(model: Any) -> bytes:
    """Convert ``model`` for batches of one picture, float32 in and out.

    The converter folds batch norm into the convolutions before it and drops what only training
    needs, such as dropout.

    Raises:
        Error: TensorFlow failed to, a full disk among the reasons.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="dslite-") as folder, hidden_output():
            _save(model, folder)
            converted = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    except tf.errors.OpError as error:
        # What TensorFlow says of a full disk, among others.
        reason = " ".join(error.message.split())
        raise Error(f"the model could not be converted: {reason[:200]}") from error
    return bytes(converted)


def _save(model: Any, folder: str) -> None:
    """Save what ``model`` answers, traced once: ``model.export`` takes twice as long."""
    call = tf.function(lambda pictures: model(pictures, training=False), autograph=False)
    kept = tf.Module()
    kept.variables_of_model = [variable.value for variable in model.variables]
    picture = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    tf.saved_model.save(kept, folder, signatures=call.get_concrete_function(picture))
