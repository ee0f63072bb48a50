"""Pools as layers: maxima, means and sums."""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.convolve import apart
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import padded
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, fits, raster, rationals
from hwgen.model.importers.qonnx.weights import Weights
from hwgen.model.importers.qonnx.windows import Window, channels_of, window_of
from hwgen.readers.onnx_file import Node

__all__ = ["average", "maximum", "over_all", "reduced"]

Pair = tuple[int, int]


def maximum(layers: Layers, node: Node, tensor: Tensor) -> Tensor:
    """A ``MaxPool``. Values that fall where their integers rise are turned around before."""
    window = window_of(node, tensor)
    if window.dilation != (1, 1):
        raise ModelError("has dilations; maxima of neighbours alone are imported")
    return _maximum(layers, tensor, window, ceil=bool(node.attributes.get("ceil_mode", 0)))


def _maximum(layers: Layers, tensor: Tensor, window: Window, *, ceil: bool) -> Tensor:
    order = channels_of(tensor)
    if tensor.pixel:
        tensor = layers.read(tensor, padded=False)
    if tensor.margin is not None:
        tensor, window = _margin(tensor, window)
    tensor = layers.risen(tensor)
    name = layers.name(f"pool{layers.last_weighted}")
    layers.builder.max_pool(
        window.size,
        name,
        stride=window.stride,
        mode="ceil" if ceil else "floor",
        padding=window.padding if window.padded else "valid",
        inputs=tensor.source,
    )
    return _pooled(layers, tensor, name, order)


def _margin(tensor: Tensor, window: Window) -> tuple[Tensor, Window]:
    """A margin as padding of a maximum, which is right where it is never above what is inside."""
    assert tensor.margin is not None
    line = tensor.linear()
    ends = (line.slope * tensor.low + line.offset, line.slope * tensor.high + line.offset)
    sides = tensor.margin.sides
    if (tensor.margin.value > np.minimum(*ends)).any():
        raise ModelError("takes maxima with what a Pad put around; that is not imported")
    wide = [a + b for a, b in zip(window.padding, sides, strict=True)]
    if max(wide[:2]) >= window.size[0] or max(wide[2:]) >= window.size[1]:
        raise ModelError("takes maxima of nothing but what a Pad put around; that is not imported")
    padding = (wide[0], wide[1], wide[2], wide[3])
    return replace(tensor, margin=None), replace(window, padding=padding)


def average(layers: Layers, node: Node, tensor: Tensor) -> Tensor:
    """An ``AveragePool``. With padding that counts it is a sum with weights of 1."""
    window = window_of(node, tensor)
    order = channels_of(tensor)
    ceil = node.attributes.get("ceil_mode", 0) and _overhangs(tensor, window)
    if ceil or (window.padded and not node.attributes.get("count_include_pad", 0)):
        raise ModelError(
            "divides by another number at the edges; set count_include_pad to 1 and ceil_mode to 0"
        )
    if not window.padded and tensor.margin is None and window.dilation == (1, 1):
        return _mean(layers, tensor, window.size, window.stride, order)
    read, around = padded(layers, tensor, window.padding)
    count = len(order)
    scale = rationals(np.ones(count, np.int64)) / prod(window.size)
    ones = Weights(np.ones((count, *window.size, 1), np.int64), scale)
    made = apart(layers, read, ones, window, around, order)
    size = made.shape[4 - tensor.place.ndim : 2]
    low, high = min(read.low, around.value or 0), max(read.high, around.value or 0)
    low, high = low * prod(window.size), high * prod(window.size)
    place = made.place.reshape(1, count, *size)
    return replace(made, place=place, low=low, high=high)


def over_all(layers: Layers, tensor: Tensor, *, largest: bool) -> Tensor:
    """A ``GlobalAveragePool``, or a ``GlobalMaxPool``."""
    order, size = channels_of(tensor), tensor.shape[:2]
    if largest:
        return _maximum(layers, tensor, Window(size, size, (1, 1), (0, 0, 0, 0)), ceil=False)
    return _mean(layers, tensor, size, size, order)


def reduced(layers: Layers, node: Node, tensor: Tensor, axes: list[int] | None) -> Tensor:
    """A ``ReduceMean``, ``ReduceSum`` or ``ReduceMax`` over rows, columns or both."""
    dims = tensor.place.ndim
    if not axes:
        if node.attributes.get("noop_with_empty_axes", 0):
            return tensor
        axes = list(range(dims))
    named = sorted({axis % dims for axis in axes})
    # Where channels come last, they are looked at as if they came first.
    last = dims > 2 and tensor.order() is None and dims - 1 not in named
    seen = tensor.placed(np.moveaxis(tensor.place, -1, 1)) if last else tensor
    counted = [axis + last for axis in named]
    order = channels_of(seen)
    if not all(2 <= axis < dims or tensor.place.shape[axis - last] == 1 for axis in counted):
        raise ModelError("must go over rows and columns, and over no channels")
    rows, columns = tensor.shape[:2]
    size = (rows if dims == 4 and 2 in counted else 1, columns if dims - 1 in counted else 1)
    if node.op == "ReduceMax":
        made = _maximum(layers, seen, Window(size, size, (1, 1), (0, 0, 0, 0)), ceil=False)
    else:
        made = _mean(layers, seen, size, size, order)
    if node.op == "ReduceSum":
        made = made.scaled(prod(size), 0)
    if last:
        made = made.placed(np.moveaxis(made.place, 1, -1))
    if node.attributes.get("keepdims", 1):
        return made
    kept = [n for axis, n in enumerate(made.place.shape) if axis not in named]
    return made.placed(made.place.reshape(kept))


def _overhangs(tensor: Tensor, window: Window) -> bool:
    """Whether rounding up gives more windows than rounding down."""
    top, bottom, left, right = window.padding
    sizes = (tensor.shape[0] + top + bottom, tensor.shape[1] + left + right)
    return any(
        (size - (taps - 1) * apart - 1) % stride
        for size, taps, apart, stride in zip(
            sizes, window.size, window.dilation, window.stride, strict=True
        )
    )


def _mean(
    layers: Layers, tensor: Tensor, size: Pair, stride: Pair, order: NDArray[np.int32]
) -> Tensor:
    if not tensor.narrow:
        raise ModelError("must read quantised values; put a quantiser before it")
    tensor = layers.read(tensor, padded=False)
    name = layers.name(f"mean{layers.last_weighted}")
    layers.builder.average_pool(size, name, stride=stride, inputs=tensor.source)
    return _pooled(layers, tensor, name, order, prod(size))


def _pooled(
    layers: Layers, tensor: Tensor, name: str, order: NDArray[np.int32], count: int = 1
) -> Tensor:
    shape = layers.shape(name)
    axes: tuple[Any, ...] = shape[4 - tensor.place.ndim : 2]
    place = raster(shape)[order].reshape(1, len(order), *axes)
    made = replace(tensor, source=name, shape=shape, place=place)
    if count == 1:
        return made
    line = tensor.linear()
    low, high = tensor.low * count, tensor.high * count
    return replace(
        made,
        low=low,
        high=high,
        narrow=tensor.narrow and fits(low, high),
        steps=then((), Linear(line.slope / count, line.offset)),
        over=tensor.over * count,
        step=1,
    )
