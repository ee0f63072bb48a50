"""Pools as layers: maxima and means."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, raster
from hwgen.model.importers.qonnx.windows import check_map, window_of
from hwgen.readers.onnx_file import Node

__all__ = ["average", "average_all", "maximum"]


def maximum(layers: Layers, node: Node, tensor: Tensor) -> Tensor:
    """A ``MaxPool``. Values that fall where their integers rise are turned around before."""
    window = window_of(node, tensor)
    if tensor.pixel:
        raise ModelError("reads pixels; put a quantiser before it")
    if window.dilation != (1, 1):
        raise ModelError("has dilations; maxima of neighbours alone are imported")
    tensor = layers.risen(tensor)
    name = layers.name(f"pool{layers.last_weighted}")
    layers.builder.max_pool(
        window.size,
        name,
        stride=window.stride,
        mode="ceil" if node.attributes.get("ceil_mode", 0) else "floor",
        padding=window.padding if window.padded else "valid",
        inputs=tensor.source,
    )
    return _pooled(layers, tensor, name, tensor.narrow, 1)


def average(layers: Layers, node: Node, tensor: Tensor) -> Tensor:
    """An ``AveragePool`` without padding."""
    window = window_of(node, tensor)
    if window.padded or node.attributes.get("ceil_mode", 0) or window.dilation != (1, 1):
        raise ModelError("has padding, ceil_mode or dilations; means of whole windows are imported")
    return _mean(layers, tensor, window.size, window.stride)


def average_all(layers: Layers, node: Node, tensor: Tensor, axes: list[int] | None) -> Tensor:
    """A ``GlobalAveragePool``, or a ``ReduceMean`` over rows and columns (``axes``)."""
    check_map(tensor)
    dims = tensor.place.ndim
    if axes is not None and sorted(axis % dims for axis in axes) != list(range(2, dims)):
        raise ModelError("must take the mean over all rows and columns, and over no more")
    size = tensor.shape[:2]
    made = _mean(layers, tensor, size, size)
    if axes is None or node.attributes.get("keepdims", 1):
        return made
    return made.placed(made.place.reshape(1, -1))


def _mean(layers: Layers, tensor: Tensor, size: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    tensor = layers.read(tensor, padded=False)
    tensor.linear()
    name = layers.name(f"mean{layers.last_weighted}")
    layers.builder.average_pool(size, name, stride=stride, inputs=tensor.source)
    return _pooled(layers, tensor, name, False, prod(size))


def _pooled(layers: Layers, tensor: Tensor, name: str, narrow: bool, count: int) -> Tensor:
    height, width, channels = shape = layers.shape(name)
    axes: tuple[Any, ...] = (height, width)[4 - tensor.place.ndim :]
    place: NDArray[np.int32] = raster(shape).reshape(1, channels, *axes)
    steps = tensor.steps
    if count > 1:
        linear = tensor.linear()
        steps = then((), Linear(linear.slope / count, linear.offset))
    return Tensor(
        name,
        shape,
        place,
        tensor.low * count,
        tensor.high * count,
        narrow,
        steps,
        tensor.over * count,
        tensor.bias,
        odd=tensor.odd and count == 1,
        straight=tensor.straight,
    )
