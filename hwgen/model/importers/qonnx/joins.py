"""Branches that meet: sums of tensors, and their channels one after another."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, raster
from hwgen.model.importers.qonnx.windows import check_map

__all__ = ["add", "concatenate"]


def add(layers: Layers, tensors: list[Tensor]) -> Tensor:
    """The sum of quantised tensors of one shape and scale."""
    first, *others = [_quantised(layers, tensor) for tensor in tensors]
    slope = first.linear().slope
    for other in others:
        if other.shape != first.shape or not np.array_equal(other.place, first.place):
            raise ModelError(
                f"adds tensors of the shapes {first.place.shape} and {other.place.shape}, "
                "or of different order; they have to be one"
            )
        if (other.linear().slope != slope).any():
            raise ModelError("adds tensors of different scales; quantise both with one")
    name = layers.name("add")
    layers.builder.add([tensor.source for tensor in tensors], name)
    offset = sum(tensor.linear().offset for tensor in tensors)
    low, high = (sum(getattr(tensor, end) for tensor in tensors) for end in ("low", "high"))
    steps = then((), Linear(slope, slope * 0 + offset))
    return Tensor(name, first.shape, first.place, low, high, narrow=False, steps=steps)


def concatenate(layers: Layers, tensors: list[Tensor], axis: int) -> Tensor:
    """Channels of quantised tensors, one after another."""
    parts = [_quantised(layers, tensor) for tensor in tensors]
    dims = parts[0].place.ndim
    if axis % dims != 1:
        raise ModelError("must join channels, which are axis 1")
    for part in parts:
        if dims > 2:
            check_map(part)
        elif part.shape != (1, 1, part.place.size) or not np.array_equal(
            part.place[0], np.arange(part.place.size)
        ):
            raise ModelError("joins rows of numbers that were pictures; join the pictures")
        if part.place.ndim != dims or part.shape[:2] != parts[0].shape[:2]:
            raise ModelError("joins tensors of different rows and columns")
    name = layers.name("concat")
    layers.builder.concat([part.source for part in parts], name)
    rows, columns, _ = parts[0].shape
    shape = (rows, columns, sum(part.channels for part in parts))
    place = raster(shape).reshape(1, shape[2], *parts[0].place.shape[2:])
    lines = [part.linear() for part in parts]
    slope = np.concatenate([line.slope for line in lines])
    offset = np.concatenate([line.offset for line in lines])
    ends = min(part.low for part in parts), max(part.high for part in parts)
    return Tensor(name, shape, place, *ends, True, then((), Linear(slope, offset)))


def _quantised(layers: Layers, tensor: Tensor) -> Tensor:
    if tensor.pixel:
        raise ModelError("reads pixels; put a quantiser before it")
    return layers.read(tensor, padded=False)
