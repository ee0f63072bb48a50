"""Branches that meet: sums of tensors, and their channels one after another."""

from dataclasses import replace

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import MAX_COUNT
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
    if len({part.bias for part in parts}) > 1:
        least = min(part.low for part in parts)
        parts = [_counted_from(layers, part, least) for part in parts]
    name = layers.name("concat")
    layers.builder.concat([part.source for part in parts], name)
    rows, columns, _ = parts[0].shape
    shape = (rows, columns, sum(part.channels for part in parts))
    place = raster(shape).reshape(1, shape[2], *parts[0].place.shape[2:])
    lines = [part.linear() for part in parts]
    slope = np.concatenate([line.slope for line in lines])
    offset = np.concatenate([line.offset for line in lines])
    ends = min(part.low for part in parts), max(part.high for part in parts)
    steps = then((), Linear(slope, offset))
    return Tensor(name, shape, place, *ends, True, steps, bias=parts[0].bias)


def _counted_from(layers: Layers, tensor: Tensor, least: int) -> Tensor:
    """The same integers, counted from ``least`` by a layer that does nothing else."""
    if tensor.bias == least:
        return tensor
    count = tensor.high - least
    if count > MAX_COUNT:
        raise ModelError("joins channels whose integers together have more than 8 bits")
    name = layers.name(f"shift{layers.last_weighted}")
    layers.builder.multi_threshold(
        np.arange(least + 1, tensor.high + 1),
        count.bit_length(),
        name,
        out_bias=least,
        inputs=tensor.source,
    )
    return replace(tensor, source=name, bias=least)


def _quantised(layers: Layers, tensor: Tensor) -> Tensor:
    if tensor.pixel:
        raise ModelError("reads pixels; put a quantiser before it")
    return layers.read(tensor, padded=False)
