"""What a node reads, for a message: shape, bits and sign of tensors, shape and type of arrays."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import times
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["found_at"]


def found_at(
    node: Node, tensors: Mapping[str, Tensor], constants: Mapping[str, NDArray[Any]]
) -> str:
    """What is known of a node's inputs, one after another."""
    said: list[str] = []
    for name in node.inputs:
        if name in tensors:
            said.append(_tensor(tensors[name]))
        elif name in constants:
            said.append(_array(constants[name]))
    return "; ".join(said)


def _tensor(tensor: Tensor) -> str:
    shape = times(tensor.place.shape)
    if tensor.pixel:
        return f"{shape} pixels"
    low, high = tensor.low, tensor.high
    if (low, high) == (-1, 1):
        return f"{shape}, -1 to 1"
    bits = max(high, -low - 1).bit_length() + (low < 0)
    sign = "signed" if low < 0 else "unsigned"
    return f"{shape}, {bits} bit{'' if bits == 1 else 's'} {sign}"


def _array(array: NDArray[Any]) -> str:
    if array.size == 1:
        return f"{array.reshape(-1)[0]:.6g}" if array.dtype.kind in "biuf" else "1 value"
    return f"{array.dtype} {times(array.shape)}"
