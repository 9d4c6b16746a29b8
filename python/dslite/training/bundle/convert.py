"""A Keras model as a TensorFlow Lite flatbuffer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error

#: How weights, and with "int8" all values between layers, may be stored.
QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def to_tflite(model: Any, quantize: str = "none", pictures: Iterable[npt.NDArray[np.float32]] = ()) -> bytes:
    """Convert ``model`` for batches of one picture.

    The converter folds batch norm into the convolutions before it and drops what only training
    needs, such as dropout. ``quantize``: "float16" halves the file, "dynamic" stores weights in eight
    bits, both with float32 in and out; "int8" computes in eight bits from input to output, with ranges
    taken from ``pictures``, (height, width, channels) as the network takes them.

    Raises:
        Error: TensorFlow failed to, a full disk among the reasons.
    """
    # Imported here, as TensorFlow takes seconds and --help lists the quantizations.
    from dslite.training.network.quiet_tensorflow import hidden_output, tf

    try:
        with _folder() as folder, hidden_output():
            _save(model, folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if quantize != "none":
                _quantize(converter, quantize, pictures)
            converted = converter.convert()
    except (tf.errors.OpError, RuntimeError) as error:
        # What TensorFlow says of a full disk, among others.
        reason = " ".join(str(getattr(error, "message", error)).split())
        raise Error(f"the model could not be converted: {reason[:200]}") from error
    return bytes(converted)


@contextmanager
def _folder() -> Iterator[str]:
    """A temporary folder by a name that TensorFlow does not take for a pattern, as it does ``/tmp/[a]``."""
    with tempfile.TemporaryDirectory(prefix="dslite-") as folder:
        if not set("*?[]\\") & set(folder):
            yield folder
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)


def _quantize(converter: Any, quantize: str, pictures: Iterable[npt.NDArray[np.float32]]) -> None:
    from dslite.training.network.quiet_tensorflow import tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "int8":

        def examples() -> Iterator[list[npt.NDArray[np.float32]]]:
            for picture in pictures:
                yield [picture[None]]

        converter.representative_dataset = examples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8


def _save(model: Any, folder: str) -> None:
    """Save what ``model`` answers, traced once: ``model.export`` takes twice as long."""
    from dslite.training.network.quiet_tensorflow import tf

    call = tf.function(lambda pictures: model(pictures, training=False), autograph=False)
    kept = tf.Module()
    kept.variables_of_model = [variable.value for variable in model.variables]
    picture = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    tf.saved_model.save(kept, folder, signatures=call.get_concrete_function(picture))
