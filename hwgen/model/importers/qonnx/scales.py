"""ONNX's own quantisers, ``QuantizeLinear`` and ``DequantizeLinear``, and nodes that round."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Clip, Round
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["ROUNDED", "dequantise", "dequantised", "round_off", "to_integers"]

Array = NDArray[Any]

ROUNDED = {"Ceil": "CEIL", "Floor": "FLOOR", "Round": "ROUND"}
"""Nodes that round, and how."""

_MOST_BITS = 16


def round_off(node: Node, tensor: Tensor) -> Tensor:
    """A ``Round``, ``Floor`` or ``Ceil``."""
    return tensor.after(Round(ROUNDED[node.op]))


def to_integers(node: Node, tensor: Tensor, parameters: list[Array | None]) -> Tensor:
    """A ``QuantizeLinear``: halves are rounded to even, what is beyond the type is its end."""
    scale, zero = _format(node, tensor.place.ndim, parameters)
    every = rationals(tensor.by_channel(scale))
    if (every <= 0).any():
        raise ModelError("must have positive numbers as its scale")
    kind = np.dtype(np.uint8) if zero is None else zero.dtype
    if kind.kind not in "iu" or kind.itemsize * 8 > _MOST_BITS:
        raise ModelError(f"gives numbers of the type {kind}, which is not imported")
    ends = np.iinfo(kind)
    made = tensor.scaled(Fraction(1) / every, 0).after(Round("ROUND"))
    if zero is not None and zero.any():
        made = made.scaled(1, rationals(tensor.by_channel(zero)))
    return made.after(Clip(Fraction(int(ends.min)), Fraction(int(ends.max))))


def dequantise(node: Node, tensor: Tensor, parameters: list[Array | None]) -> Tensor:
    """A ``DequantizeLinear``: ``scale * (x - zero)``."""
    scale, zero = _format(node, tensor.place.ndim, parameters)
    every = rationals(tensor.by_channel(scale))
    offset = 0 if zero is None else rationals(tensor.by_channel(zero)) * every
    return tensor.scaled(every, -offset)


def dequantised(node: Node, array: Array, parameters: list[Array | None]) -> tuple[Array, Array]:
    """Integers and scales of an array that the file holds, both of its shape."""
    scale, zero = _format(node, array.ndim, parameters)
    if array.dtype.kind not in "iu":
        raise ModelError("must read integers")
    integers = array.astype(np.int64) - (0 if zero is None else zero.astype(np.int64))
    return integers, np.broadcast_to(scale, integers.shape)


def _format(node: Node, dims: int, parameters: list[Array | None]) -> tuple[Array, Array | None]:
    """Scale and zero point, as they spread over what is read."""
    scale, zero = [*parameters, None, None][:2]
    if scale is None or node.attributes.get("block_size", 0):
        raise ModelError("must have a scale, one number or one for each place of an axis")
    axis = node.attributes.get("axis", 1)
    return _spread(scale, axis, dims), None if zero is None else _spread(zero, axis, dims)


def _spread(array: Array, axis: int, dims: int) -> Array:
    if array.size == 1:
        return array.reshape(())
    sizes = [1] * dims
    sizes[axis] = array.size
    return array.reshape(sizes)
