"""Reads an ONNX file into plain nodes and arrays; the one place that knows the package ``onnx``."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError, describe
from hwgen.readers.files import refusing

__all__ = ["MAX_NUMBERS", "STANDARD_DOMAINS", "Graph", "Node", "is_onnx", "read_onnx"]

MAX_NUMBERS = 1 << 24
"""Numbers of the arrays of a file, and of one that follows from them."""

STANDARD_DOMAINS = ("", "ai.onnx")
"""Where ONNX has its own operators."""

_MAX_IR_VERSION = 63
_FIRST_OPSET = 9
_ONE_FILE = "save it as one file, with plain arrays in it (onnx.save)"


@dataclass(frozen=True)
class Node:
    """One operation; ``attributes`` are numbers, text as bytes, lists of them, and arrays."""

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    @property
    def title(self) -> str:
        """Its name: that of its first output, where it has none of its own."""
        return self.name or next(filter(None, self.outputs), "") or f"without a name ({self.op})"


@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they run, arrays by name, and the one input and output.

    ``input_shape`` has None where the file leaves a size open. ``input_type`` is the name of the
    input's number type, such as "float" or "int8", ``input_datatype`` what QONNX or FINN note of
    its numbers beside that, such as "BIPOLAR", or None.
    """

    nodes: tuple[Node, ...]
    constants: dict[str, NDArray[Any]]
    input_name: str
    input_shape: tuple[int | None, ...]
    output_name: str
    producer: str
    input_type: str = "float"
    input_datatype: str | None = None


def is_onnx(data: bytes) -> bool:
    """Tell whether the bytes begin as an ONNX file does: with the number of its IR version."""
    return len(data) > 2 and data[0] == 0x08 and 0 < data[1] <= _MAX_IR_VERSION


def read_onnx(data: bytes, path: Path) -> Graph:
    """Read a graph of one input and one output.

    Parameters
    ----------
    data : bytes
        Contents of the file.
    path : Path
        Its name, for the message that a package is missing.

    Raises
    ------
    ModelError
        If the file is damaged, has larger arrays than `MAX_NUMBERS`, or more inputs or outputs.
    ToolError
        If the package ``onnx`` is not installed.
    """
    # Imported where it is used, because it is optional and slow to import.
    try:
        import onnx
    except ImportError as error:
        raise ToolError(
            f"{path}: is an ONNX file, which is read with the package onnx: "
            "pip install 'hwgen[import]'"
        ) from error
    with refusing("is a damaged ONNX file, or one cut short"):
        model = onnx.load_model_from_string(data)
        graph = model.graph
        _check_opset(model.opset_import)
        if graph.sparse_initializer:
            raise ModelError("has sparse arrays", remedy=_ONE_FILE)
        if sum(_numbers(t) for t in graph.initializer) > MAX_NUMBERS:
            raise ModelError(
                f"its arrays have more than {MAX_NUMBERS:,} numbers", remedy="make it smaller"
            )
        constants = {_text(t.name): _array(t) for t in graph.initializer}
        inputs = [value for value in graph.input if _text(value.name) not in constants]
        nodes = tuple(
            Node(
                _text(node.op_type),
                _text(node.domain),
                _text(node.name),
                tuple(map(_text, node.input)),
                tuple(map(_text, node.output)),
                {_text(a.name): _attribute(a) for a in node.attribute},
            )
            for node in graph.node
        )
        shape = tuple(
            d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None
            for value in inputs[:1]
            for d in value.type.tensor_type.shape.dim
        )
    if len(inputs) != 1 or len(graph.output) != 1:
        raise ModelError(
            f"must have one input and one output, not {len(inputs)} and {len(graph.output)}",
            remedy="export the part between one and the other",
            found=", ".join(_text(value.name) for value in (*inputs, *graph.output)),
        )
    name = _text(inputs[0].name)
    with refusing("is a damaged ONNX file, or one cut short"):
        number_type = onnx.TensorProto.DataType.Name(inputs[0].type.tensor_type.elem_type).lower()
        notes = {
            _text(entry.key): _text(entry.value)
            for note in graph.quantization_annotation
            if _text(note.tensor_name) == name
            for entry in note.quant_parameter_tensor_names
        }
    return Graph(
        nodes,
        constants,
        name,
        shape,
        _text(graph.output[0].name),
        _text(model.producer_name),
        number_type,
        notes.get("finn_datatype"),
    )


def _text(value: str | bytes) -> str:
    """Text of a file; what is no UTF-8 comes as bytes, and as escapes from here."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _check_opset(imports: Any) -> None:
    """Refuse operators of another meaning than those known here, as far as their number tells."""
    from onnx.defs import onnx_opset_version

    last = onnx_opset_version()
    for opset in imports:
        if opset.domain in STANDARD_DOMAINS and not _FIRST_OPSET <= opset.version <= last:
            raise ModelError(
                f"is of opset {opset.version:,}; those from {_FIRST_OPSET} to {last} are known",
                remedy="export it with opset_version=17",
            )


def _attribute(attribute: Any) -> Any:
    from onnx import TensorProto, helper

    value = helper.get_attribute_value(attribute)
    return _array(value) if isinstance(value, TensorProto) else value


def _numbers(tensor: Any) -> int:
    return prod(max(size, 1) for size in tensor.dims)


def _array(tensor: Any) -> NDArray[Any]:
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL:
        raise ModelError(
            f"its array {describe(_text(tensor.name))} lies in another file, which is not read",
            remedy=_ONE_FILE,
        )
    if _numbers(tensor) > MAX_NUMBERS:
        raise ModelError(
            f"its array {describe(_text(tensor.name))} has more than {MAX_NUMBERS:,} numbers"
        )
    array = np.asarray(numpy_helper.to_array(tensor))
    if array.dtype.kind not in "biufO":
        raise ModelError(
            f"its array {describe(_text(tensor.name))} has numbers that are not read here"
        )
    return array
