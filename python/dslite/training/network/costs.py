"""What a network that is to be trained will cost, before it is converted."""

from __future__ import annotations

import math
from typing import Any


def multiply_accumulates(model: Any) -> int:
    """Of one picture, in convolutions and dense layers: each kernel's size times the places it is laid on."""
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):
            total += multiply_accumulates(layer)
            continue
        kernels = sum(math.prod(weight.shape) for weight in layer.weights if "kernel" in weight.name)
        if kernels:
            total += kernels * math.prod(layer.output.shape[1:-1])
    return total


def describe_costs(model: Any) -> str:
    """Parameters and multiply-accumulates in a line."""
    return (
        f"the network: {model.count_params() / 1e6:.2f} million parameters, "
        f"{multiply_accumulates(model) / 1e6:.1f} million multiply-accumulates a chunk"
    )
