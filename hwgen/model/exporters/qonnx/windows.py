"""Pools, and the order of numbers behind them."""

from dataclasses import replace
from math import prod

import numpy as np

from hwgen.model.exporters.qonnx.forms import as_map, exact, risen
from hwgen.model.exporters.qonnx.tensor import Tensor, spread
from hwgen.model.exporters.qonnx.writer import Writer
from hwgen.model.layers import AveragePool, Flatten, MaxPool
from hwgen.model.shapes import output_shape, resolve_padding

__all__ = ["average_pool", "flatten", "max_pool"]


def max_pool(writer: Writer, layer: MaxPool, tensor: Tensor) -> Tensor:
    """``MaxPool`` with as much padding as its windows need, so that no mode decides their count."""
    out = output_shape(layer, tensor.shape)
    if tensor.row and out == tensor.shape:
        return tensor  # of one pixel it is that pixel
    tensor = risen(writer, as_map(writer, tensor, layer.name), layer.name)
    top, _, left, _ = resolve_padding(layer, tensor.shape)
    ends = [
        max((count - 1) * stride + window - size - before, 0)
        for count, stride, window, size, before in zip(
            out, layer.stride, layer.window, tensor.shape, (top, left), strict=False
        )
    ]
    writer.node(
        "MaxPool", [tensor.name], layer.name, dims=(1, out[2], *out[:2]),
        kernel_shape=list(layer.window), strides=list(layer.stride), pads=[top, left, *ends],
    )  # fmt: skip
    return replace(tensor, name=layer.name, shape=out)


def average_pool(writer: Writer, layer: AveragePool, tensor: Tensor) -> Tensor:
    """``AveragePool``; rounded unless windows have a power of two of pixels."""
    tensor = exact(writer, as_map(writer, tensor, layer.name), layer.name)
    tensor.linear()
    out, count = output_shape(layer, tensor.shape), prod(layer.window)
    writer.node(
        "AveragePool", [tensor.name], layer.name, dims=(1, out[2], *out[:2]),
        kernel_shape=list(layer.window), strides=list(layer.stride),
    )  # fmt: skip
    low, high = tensor.low * count, tensor.high * count
    rounded = count & count - 1 != 0
    # A rounded one is compared with what is half a unit away from it.
    writer.check_reach(max(abs(low), abs(high)) * (4 if rounded else 1))
    return replace(tensor, name=layer.name, shape=out, unit=tensor.unit / count, low=low,
                   high=high, exact=not rounded)  # fmt: skip


def flatten(writer: Writer, layer: Flatten, tensor: Tensor, *, planes: bool) -> Tensor:
    """``Flatten``: channel by channel as other tools have it (``planes``), or pixel by pixel."""
    height, width, channels = tensor.shape
    inputs = prod(tensor.shape)
    made = replace(tensor, name=layer.name, shape=(1, 1, inputs), row=True,
                   steps=spread(tensor.steps, height * width))  # fmt: skip
    if tensor.row:
        return replace(tensor, shape=(1, 1, inputs))
    source = tensor.name
    if height * width > 1 and channels > 1:
        if planes:
            places = np.arange(inputs).reshape(height, width, channels)
            made = replace(made, order=places.transpose(2, 0, 1).reshape(-1))
        else:
            dims = (1, height, width, channels)
            source = writer.node(
                "Transpose", [source], f"{layer.name}/pixels", perm=[0, 2, 3, 1], dims=dims
            )
    writer.node("Flatten", [source], layer.name, dims=made.dims)
    return made
