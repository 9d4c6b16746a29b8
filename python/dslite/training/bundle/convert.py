"""A Keras model as a TensorFlow Lite flatbuffer."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error
from dslite.util.scratch import scratch_folder

#: How weights, and with "int8" all values between layers, may be stored.
QUANTIZATIONS = ("float32", "float16", "dynamic", "int8")
#: The ranges of int8: from the least to the most value of any picture, or without each picture's outliers.
CALIBRATIONS = ("minmax", "percentile")


def to_tflite(
    model: Any,
    quantize: str = "float32",
    pictures: Iterable[npt.NDArray[np.float32]] = (),
    in_float: Sequence[str] = (),
    calibration: str = "minmax",
) -> bytes:
    """Convert ``model`` for batches of one picture.

    The converter folds batch norm into the convolutions before it and drops what only training
    needs, such as dropout. ``quantize``: "float16" halves the file, "dynamic" stores weights in eight
    bits, both with float32 in and out; "int8" computes in eight bits from input to output, with ranges
    taken from ``pictures``, (height, width, channels) as the network takes them. Operators of the kinds
    ``in_float``, as TensorFlow Lite names them, then stay in float32, and so do the scores; ``calibration``
    is one of ``CALIBRATIONS``.

    Raises:
        Error: TensorFlow failed to, a full disk among the reasons.
    """
    # Imported here, as TensorFlow takes seconds and --help lists the quantizations.
    from tensorflow.lite.python.convert import ConverterError

    from dslite.training.network.quiet_tensorflow import hidden_output, tf

    try:
        with _folder() as folder, hidden_output():
            _save(model, folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if quantize == "int8":
                converted = _in_integers(converter, list(pictures), in_float, calibration)
            else:
                converted = _with_small_weights(converter, quantize)
    except ConverterError as error:
        raise Error(f"the model could not be converted to {quantize}: {_obstacle(str(error))}") from error
    except (tf.errors.OpError, RuntimeError) as error:
        # What TensorFlow says of a full disk, among others.
        reason = " ".join(str(getattr(error, "message", error)).split())
        raise Error(f"the model could not be converted: {reason[:200]}") from error
    return bytes(converted)


def _obstacle(message: str) -> str:
    """The operators that stand in the way, or else the message in short."""
    names = dict.fromkeys(re.findall(r"fused\[\"(\w+):\"|'tfl?\.(\w+)' op", message))
    operators = [name for pair in names for name in pair if name and not name.startswith("Stateful")]
    if operators:
        return f"TensorFlow Lite has no operator for {', '.join(operators)}"
    return " ".join(message.split())[:200]


@contextmanager
def _folder() -> Iterator[str]:
    """A temporary folder by a name that TensorFlow does not take for a pattern, as it does ``/tmp/[a]``."""
    with scratch_folder() as made:
        folder = str(made)
        if not set("*?[]\\") & set(folder) or sys.platform == "win32":
            yield folder
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)


def _with_small_weights(converter: Any, quantize: str) -> Any:
    from dslite.training.network.quiet_tensorflow import tf

    if quantize != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _in_integers(
    converter: Any, pictures: Sequence[npt.NDArray[np.float32]], in_float: Sequence[str], calibration: str
) -> Any:
    """Calibrate and quantise; ``in_float`` and ``calibration`` as in ``to_tflite``."""
    # What the converter itself and its QuantizationDebugger call; neither lets some operators stay in
    # float32 while the input is int8.
    from tensorflow.lite.python.convert import mlir_quantize

    from dslite.training.network.quiet_tensorflow import tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([picture[None]] for picture in pictures)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if not in_float and calibration == "minmax":
        converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()
    converter._experimental_calibrate_only = True
    calibrated = converter.convert()
    if calibration == "percentile":
        from dslite.training.bundle.ranges import without_outliers

        calibrated = without_outliers(calibrated, pictures)
    return mlir_quantize(
        calibrated,
        fully_quantize=not in_float,
        input_data_type=tf.int8,
        output_data_type=tf.float32 if in_float else tf.int8,
        denylisted_ops=list(in_float) or None,
    )


def _save(model: Any, folder: str) -> None:
    """Save what ``model`` answers, traced once: ``model.export`` takes twice as long."""
    from dslite.training.network.quiet_tensorflow import tf

    call = tf.function(lambda pictures: model(pictures, training=False), autograph=False)
    kept = tf.Module()
    kept.variables_of_model = [variable.value for variable in model.variables]
    picture = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    tf.saved_model.save(kept, folder, signatures=call.get_concrete_function(picture))
