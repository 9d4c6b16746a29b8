"""What a network costs, read from its flatbuffer: parameters, multiplications, operators, memory.

Read by the schema that the ai-edge-litert package brings; the network is not run.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ._dslite import Error
from .litert_package import litert_schema

#: Bytes of a value, by TensorFlow Lite's names of types.
BYTES = {"FLOAT32": 4, "FLOAT16": 2, "INT32": 4, "UINT8": 1, "INT64": 8, "BOOL": 1, "INT16": 2, "INT8": 1}
#: Where the weights of an operator are among its inputs.
WEIGHTS = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1}


@dataclass(frozen=True)
class End:
    """An input or output: its shape, and its type by TensorFlow Lite's name in small letters."""

    shape: tuple[int, ...]
    type: str


@dataclass(frozen=True)
class NetworkCosts:
    """``parameters``: numbers that are stored as weights and biases. ``multiply_accumulates`` of a chunk, in
    convolutions and dense layers. ``operators``: how many there are of each kind, in order of first use.
    ``activation_bytes``: of the values between operators that must be held at once, at the most; a
    runtime's arena is this or larger.
    """

    parameters: int
    multiply_accumulates: int
    operators: Mapping[str, int]
    activation_bytes: int
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values, for ``json.dump``."""
        return asdict(self)


def network_costs(content: bytes) -> NetworkCosts:
    """Read a ``.tflite`` flatbuffer; what follows it, such as a bundle's archive, does no harm.

    Raises:
        Error: these bytes are no such network.
        ModuleNotFoundError: the ai-edge-litert package is not installed.
    """
    schema = litert_schema()
    try:
        return _Reader(schema, content).costs()
    except (
        struct.error,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise Error(f"not a network that TensorFlow Lite's schema describes: {error}") from error


class _Reader:
    """The first subgraph of a flatbuffer, which is the one that is run."""

    def __init__(self, schema: Any, content: bytes) -> None:
        self._model = schema.Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        self._operators: dict[int, str] = {
            code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()
        }
        self._types: dict[int, str] = {
            code: name for name, code in vars(schema.TensorType).items() if name.isupper()
        }

    def costs(self) -> NetworkCosts:
        graph = self._graph
        kinds = [self._kind(graph.Operators(i)) for i in range(graph.OperatorsLength())]
        return NetworkCosts(
            sum(map(self._size, set(self._weights(kinds)))),
            sum(self._multiplications(kind, graph.Operators(i)) for i, kind in enumerate(kinds)),
            dict(Counter(kinds)),
            self._most_at_once(),
            tuple(self._end(graph.Inputs(i)) for i in range(graph.InputsLength())),
            tuple(self._end(graph.Outputs(i)) for i in range(graph.OutputsLength())),
        )

    def _kind(self, operator: Any) -> str:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if name := code.CustomCode():
            return f"CUSTOM {name.decode('utf-8', 'replace')}"
        return self._operators.get(builtin, f"BUILTIN {builtin}")

    def _weights(self, kinds: list[str]) -> Iterator[int]:
        """Constants that are learnt: numbers, but not the shapes, axes and paddings that operators take."""
        for i, kind in enumerate(kinds):
            for place, tensor in enumerate(self._inputs(self._graph.Operators(i))):
                is_number = self._type(tensor) in ("FLOAT32", "FLOAT16", "INT8", "UINT8", "INT16", "INT4")
                if self._is_constant(tensor) and (is_number or (kind in WEIGHTS and place == 2)):
                    yield tensor

    def _multiplications(self, kind: str, operator: Any) -> int:
        if kind not in WEIGHTS:
            return 0
        inputs = self._inputs(operator)
        weights = self._shape(inputs[WEIGHTS[kind]])
        if kind == "FULLY_CONNECTED":
            return self._size(operator.Outputs(0)) * weights[1]
        if kind == "TRANSPOSE_CONV":
            return self._size(inputs[2]) // weights[3] * math.prod(weights)
        # Filters are (outputs, height, width, inputs), of depthwise ones (1, height, width, outputs).
        each = math.prod(weights[1:3]) * (weights[3] if kind == "CONV_2D" else 1)
        return self._size(operator.Outputs(0)) * each

    def _most_at_once(self) -> int:
        """Bytes of the values that later operators still need, where these are the most."""
        graph = self._graph
        last = {graph.Outputs(i): graph.OperatorsLength() for i in range(graph.OutputsLength())}
        for i in range(graph.OperatorsLength() - 1, -1, -1):
            for tensor in self._inputs(graph.Operators(i)):
                last.setdefault(tensor, i)
        held = {graph.Inputs(i) for i in range(graph.InputsLength())}
        most = 0
        for i in range(graph.OperatorsLength()):
            operator = graph.Operators(i)
            # Weights in float16 pass through operators of their own, which a runtime does once at the start.
            if all(map(self._is_constant, self._inputs(operator))):
                continue
            held |= {operator.Outputs(k) for k in range(operator.OutputsLength())}
            most = max(most, sum(map(self._bytes, held)))
            held = {tensor for tensor in held if last.get(tensor, -1) > i}
        return most

    def _inputs(self, operator: Any) -> list[int]:
        found = (operator.Inputs(k) for k in range(operator.InputsLength()))
        return [tensor for tensor in found if tensor >= 0]

    def _is_constant(self, tensor: int) -> bool:
        return bool(self._model.Buffers(self._graph.Tensors(tensor).Buffer()).DataLength())

    def _type(self, tensor: int) -> str:
        return self._types[self._graph.Tensors(tensor).Type()]

    def _shape(self, tensor: int) -> tuple[int, ...]:
        found = self._graph.Tensors(tensor)
        return tuple(int(found.Shape(k)) for k in range(found.ShapeLength()))

    def _size(self, tensor: int) -> int:
        return math.prod(self._shape(tensor))

    def _bytes(self, tensor: int) -> int:
        return self._size(tensor) * BYTES.get(self._type(tensor), 4)

    def _end(self, tensor: int) -> End:
        return End(self._shape(tensor), self._type(tensor).lower())
