"""The ranges of values between layers that int8 spreads its 256 steps over, without their outliers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

#: Of a picture's values after a layer, the share that is left out at either end.
TAIL = 0.001
#: A layer with fewer values has no outliers, but answers.
FEWEST = 1000


def without_outliers(calibrated: bytes, pictures: Sequence[npt.NDArray[np.float32]]) -> bytes:
    """Set the ranges of a calibrated flatbuffer, still in float32, by percentiles instead of extremes.

    A layer's range then holds, of each picture, all values but the ``TAIL`` at either end; those clip. The
    input keeps its range: it is the picture's, which the recipe bounds.
    """
    from tensorflow.lite.tools import flatbuffer_utils

    from dslite.training.network.quiet_tensorflow import tf

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(calibrated))
    (graph,) = model.subgraphs
    interpreter = tf.lite.Interpreter(
        model_content=calibrated,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    layers = [i for i, tensor in enumerate(graph.tensors) if i != source and _is_calibrated(tensor)]
    ranges = np.zeros((len(layers), 2), np.float32)  # zero is in every range: it must be representable
    for picture in pictures:
        interpreter.set_tensor(source, picture[None])
        interpreter.invoke()
        for found, layer in zip(ranges, layers, strict=True):
            low, high = _range(interpreter.get_tensor(layer).ravel())
            found[:] = min(found[0], low), max(found[1], high)
    for (low, high), layer in zip(ranges, layers, strict=True):
        quantization = graph.tensors[layer].quantization
        quantization.min, quantization.max = np.atleast_1d(low), np.atleast_1d(high)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _is_calibrated(tensor: Any) -> bool:
    quantization = tensor.quantization
    return quantization is not None and quantization.min is not None and len(quantization.min) == 1


def _range(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    if values.size < FEWEST:
        return float(values.min()), float(values.max())
    cut = max(1, round(TAIL * values.size))
    ordered = np.partition(values, (cut, values.size - 1 - cut))
    return float(ordered[cut]), float(ordered[-1 - cut])
