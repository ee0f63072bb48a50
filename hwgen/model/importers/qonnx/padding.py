"""What is around a picture: a node's own padding and a ``Pad`` before it, as one of the layer's."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.rescale import counted
from hwgen.model.importers.qonnx.tensor import Margin, Tensor, raster, rationals
from hwgen.model.layers import INPUT_NAME
from hwgen.readers.onnx_file import Node

__all__ = ["Padded", "laid", "pad", "padded"]

Sides = tuple[int, int, int, int]

_PIXELS = 256


@dataclass(frozen=True)
class Padded:
    """Padding of a layer of the description: (top, bottom, left, right), and what it stands for."""

    sides: Sides
    value: int | None = None
    pixel: int | None = None

    def keywords(self) -> dict[str, Any]:
        """Arguments of the builder's ``conv2d``."""
        if not any(self.sides):
            return {}
        return {"padding": self.sides, "pad_value": self.value, "pad_pixel": self.pixel}


def pad(node: Node, tensor: Tensor, parameters: list[NDArray[Any] | None]) -> Tensor:
    """A ``Pad`` of rows and columns with a constant; what reads the tensor adds them."""
    mode = node.attributes.get("mode", b"constant")
    if mode != b"constant":
        raise ModelError("must have the mode constant; others are not imported")
    if tensor.order() is None:
        raise ModelError("must read frames of channels x rows x columns")
    dims = tensor.place.ndim
    given, value, axes = [*parameters, None, None, None][:3]
    counts = node.attributes.get("pads") if given is None else given.reshape(-1).tolist()
    named = list(range(dims)) if axes is None else [a % dims for a in axes.reshape(-1).tolist()]
    if counts is None or len(counts) != 2 * len(named):
        raise ModelError(f"must have {2 * len(named)} numbers as its pads")
    around = {a: (int(counts[k]), int(counts[k + len(named)])) for k, a in enumerate(named)}
    if any(any(around.get(axis, (0, 0))) for axis in (0, 1)):
        raise ModelError("pads frames or channels; only rows and columns are imported")
    if any(min(pair) < 0 for pair in around.values()):
        raise ModelError("cuts off rows or columns; that is not imported")
    if value is None:
        value = np.array(node.attributes.get("value", 0.0))
    if value.size != 1:
        raise ModelError("must pad with one number")
    columns = around.get(dims - 1, (0, 0))
    rows = around.get(2, (0, 0)) if dims == 4 else (0, 0)
    every = np.empty(tensor.channels, object)
    every[:] = rationals(value).reshape(-1)[0]
    sides = (rows[0], rows[1], columns[0], columns[1])
    if tensor.margin is not None:
        if (tensor.margin.value != every).any():
            raise ModelError("pads with another number than the Pad before it")
        sides = _sum(sides, tensor.margin.sides)
    return replace(tensor, margin=Margin(sides, every)) if any(sides) else tensor


def padded(layers: Layers, tensor: Tensor, own: Sides) -> tuple[Tensor, Padded]:
    """A tensor as a layer with weights reads it, and the padding of both.

    ``own`` is that of the layer's node, which is of zeros.

    Raises
    ------
    ModelError
        If no integer of the tensor that hardware can pad with stands for what is padded.
    """
    margin = tensor.margin
    zeros = np.full(tensor.channels, Fraction(0), object)
    values = zeros if margin is None else margin.value
    if margin is not None and any(own) and values.any():
        raise ModelError("pads with zeros what a Pad put other numbers around; leave one to it")
    sides = own if margin is None else _sum(own, margin.sides)
    tensor = replace(tensor, margin=None)
    if not any(sides):
        return layers.read(tensor, padded=False), Padded(sides)
    pixel = tensor.pixel
    read = layers.read(tensor, padded=pixel and not values.any())
    line = read.linear()
    if (line.slope == 0).any():
        raise ModelError("pads what was multiplied by 0")
    wanted = (values - line.offset) / line.slope
    number = wanted[0]
    if read.source == INPUT_NAME and not pixel and wanted.any():
        return read, Padded(sides, pixel=layers.pixel_of(wanted))
    if (wanted != number).any() or number.denominator != 1:
        raise ModelError("pads with what none of the integers that it reads stands for")
    if pixel and number:
        if not 0 <= number < _PIXELS:
            raise ModelError("pads with what no pixel stands for")
        return read, Padded(sides, pixel=int(number))
    if abs(number) > 1 or (number and read.over != 1):
        raise ModelError("pads with a number that is not -1, 0 or 1 of those that it reads")
    bipolar = (read.low, read.high, read.step) == (-1, 1, 2)
    inside = read.low <= number <= read.high and not (number - read.low) % read.step
    if not (bipolar or inside or pixel):
        raise ModelError("pads with a number that is none of those that it reads")
    return read, Padded(sides, value=int(number))


def laid(layers: Layers, tensor: Tensor, *, narrow: bool = True) -> Tensor:
    """The same with its margin in a layer of its own, for what cannot take it as padding.

    Where what reads it has weights, these are numbers of few bits again (``narrow``).
    """
    if tensor.margin is None:
        return tensor
    order = tensor.order()
    if order is None:
        raise ModelError("reads a padded tensor in another form than the Pad before it")
    dims = tensor.place.ndim
    read, around = padded(layers, tensor, (0, 0, 0, 0))
    name = layers.name(f"pad{layers.last_weighted}")
    kernel = np.ones((read.channels, 1, 1, 1), np.int64)
    layers.builder.conv2d(kernel, name, depthwise=True, inputs=read.source, **around.keywords())
    shape = layers.shape(name)
    place = raster(shape)[order]
    place = place.reshape(1, len(order), *shape[4 - dims : 2])
    ends = (min(read.low, around.value or 0), max(read.high, around.value or 0))
    made = replace(
        read, source=name, shape=shape, place=place, low=ends[0], high=ends[1], bias=0, step=1,
        narrow=False,
    )  # fmt: skip
    return counted(layers, made, ends[0]) if narrow else made


def _sum(one: Sides, other: Sides) -> Sides:
    top, bottom, left, right = (a + b for a, b in zip(one, other, strict=True))
    return top, bottom, left, right
