"""Branches that meet: sums of tensors, and their channels one after another."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.rescale import common, counted, multiplied
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, fits, raster

__all__ = ["add", "concatenate"]


def add(layers: Layers, tensors: Sequence[Tensor], *, less: bool = False) -> Tensor:
    """The sum of quantised tensors of one shape; of two their difference, where ``less``.

    Scales that differ are multiplied onto one.
    """
    parts = [_laid(layers, tensor) for tensor in tensors]
    if less:
        parts[1] = parts[1].scaled(-1, 0)
    first, *others = parts
    for other in others:
        if other.shape != first.shape or not np.array_equal(other.place, first.place):
            raise ModelError(
                f"adds tensors of the shapes {first.place.shape} and {other.place.shape}, "
                "or of different order; they have to be one"
            )
    # What one of a layer's own values stands for, each and all.
    values = [part.linear().slope * part.over for part in parts]
    if any((value == 0).any() for value in values):
        raise ModelError("adds channels that are multiplied by 0")
    units = values[0]
    if any((value != units).any() for value in values):
        units = np.array([common(pair) for pair in zip(*values, strict=True)], object)
        parts = [
            multiplied(layers, part, np.array([int(n) for n in value / units], object))
            for part, value in zip(parts, values, strict=True)
        ]
    name = layers.name("add")
    layers.builder.add([part.source for part in parts], name)
    over = lcm(*(part.over for part in parts))
    offset = sum(part.linear().offset for part in parts)
    low, high = (sum(getattr(p, end) * (over // p.over) for p in parts) for end in ("low", "high"))
    steps = then((), Linear(units / Fraction(over), units * 0 + offset))
    return Tensor(name, first.shape, first.place, low, high, fits(low, high), steps, over)


def concatenate(layers: Layers, tensors: Sequence[Tensor], axis: int) -> Tensor:
    """Channels of quantised tensors, one after another."""
    parts = [_quantised(layers, tensor) for tensor in tensors]
    dims = parts[0].place.ndim
    if any(part.place.ndim != dims for part in parts):
        raise ModelError("joins tensors of different rows and columns")
    # Channels may come last.
    last = dims > 2 and axis % dims == dims - 1 and parts[0].order() is None
    if not last and axis % dims != 1:
        raise ModelError("must join channels, which are axis 1")
    if last:
        parts = [part.placed(np.moveaxis(part.place, -1, 1)) for part in parts]
    orders = [_order(part) for part in parts]
    if any(part.shape[:2] != parts[0].shape[:2] for part in parts):
        raise ModelError("joins tensors of different rows and columns")
    if any(part.over != 1 for part in parts):
        raise ModelError("joins means with others; put a quantiser behind the mean")
    if len({part.bias for part in parts}) > 1:
        least = min(part.low for part in parts)
        parts = [part if part.bias == least else counted(layers, part, least) for part in parts]
    name = layers.name("concat")
    layers.builder.concat([part.source for part in parts], name)
    rows, columns, _ = parts[0].shape
    starts = np.cumsum([0, *(part.channels for part in parts)])
    order = np.concatenate([start + one for start, one in zip(starts, orders, strict=False)])
    shape = (rows, columns, int(starts[-1]))
    place = raster(shape)[order].reshape(1, len(order), *parts[0].place.shape[2:])
    lines = [part.linear() for part in parts]
    slope = np.concatenate([line.slope for line in lines])
    offset = np.concatenate([line.offset for line in lines])
    ends = min(part.low for part in parts), max(part.high for part in parts)
    steps = then((), Linear(slope, offset))
    made = Tensor(name, shape, place, *ends, True, steps, bias=parts[0].bias)
    return made.placed(np.moveaxis(place, 1, -1)) if last else made


def _order(part: Tensor) -> np.ndarray:
    """Of the graph's channels, each one's number in the layer."""
    if part.place.ndim == 2:
        if part.shape[:2] != (1, 1):
            raise ModelError("joins rows of numbers that were pictures; join the pictures")
        return part.place[0]
    order = part.order()
    if order is None:
        raise ModelError("joins tensors that are not frames of channels x rows x columns")
    return order


def _quantised(layers: Layers, tensor: Tensor) -> Tensor:
    if not tensor.narrow:
        raise ModelError("joins what is not quantised; put a quantiser before it, in each branch")
    return _laid(layers, tensor)


def _laid(layers: Layers, tensor: Tensor) -> Tensor:
    if tensor.pixel:
        raise ModelError("reads pixels; put a quantiser before it")
    tensor.linear()
    return laid(layers, tensor, narrow=False)
