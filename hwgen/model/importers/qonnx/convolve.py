"""Convolutions as layers: of all channels, of each alone, or of groups."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import Padded, padded
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.sums import sums
from hwgen.model.importers.qonnx.tensor import Tensor, raster, rationals
from hwgen.model.importers.qonnx.weights import Weights, bits_of, level, weights_of
from hwgen.model.importers.qonnx.windows import Window, channels_of, window_of
from hwgen.readers.onnx_file import Node

__all__ = ["apart", "convolve"]

Array = NDArray[Any]

_MOST_KERNELS = 64
"""Kernels of one channel, each of which is a layer."""


def convolve(
    layers: Layers,
    node: Node,
    tensor: Tensor,
    parameters: list[Array],
    known: Quantised | None,
) -> Tensor:
    """A ``Conv`` of one or two axes.

    Groups of one channel are kernels of their own; those of several have weights of 0 for the
    channels of others.
    """
    kernel = parameters[0]
    dims = tensor.place.ndim
    if kernel.ndim != dims or kernel.ndim not in (3, 4) or not kernel.size:
        raise ModelError(f"must have weights of {dims} axes, not {kernel.ndim}")
    window = window_of(node, tensor, list(kernel.shape[2:]))
    order = channels_of(tensor)
    groups, outputs = node.attributes.get("group", 1), len(kernel)
    if groups < 1 or len(order) % groups or outputs % groups:
        raise ModelError(f"must have groups of as many channels; {groups} do not divide "
                         f"{len(order)} to {outputs}")  # fmt: skip
    if kernel.shape[1] != len(order) // groups:
        raise ModelError(
            f"must have weights for {len(order) // groups} channels, not {kernel.shape[1]}"
        )
    weights = weights_of(kernel, known)
    integers = weights.integers.reshape(*kernel.shape[:2], *window.size).transpose(0, 2, 3, 1)
    weights = Weights(integers, weights.scale)
    tensor, around = padded(layers, tensor, window.padding)
    if groups > 1 and kernel.shape[1] == 1:
        made = apart(layers, tensor, weights, window, around, order)
    else:
        made = _together(layers, tensor, weights, window, around, order, groups)
    made = made.placed(made.place.reshape(1, outputs, *made.shape[4 - dims : 2]))
    if len(parameters) < 2:
        return made
    bias = parameters[1]
    if bias.shape != (outputs,):
        raise ModelError(f"must have a bias of {outputs} numbers")
    return made.scaled(1, rationals(made.by_channel(bias.reshape(1, -1, *[1] * (dims - 2)))))


def _together(
    layers: Layers,
    tensor: Tensor,
    weights: Weights,
    window: Window,
    around: Padded,
    order: NDArray[np.int32],
    groups: int,
) -> Tensor:
    outputs, rows, columns, inputs = weights.integers.shape
    wide = np.zeros((outputs, rows, columns, tensor.channels), np.int64)
    count = outputs // groups
    for group in range(groups):
        reads = order[group * inputs : (group + 1) * inputs]
        part = slice(group * count, (group + 1) * count)
        wide[part][..., reads] = weights.integers[part]
    weights, line = level(Weights(wide, weights.scale), tensor.linear())
    name = _layer(layers, tensor, weights, window, around, depthwise=False)
    place = raster(layers.shape(name))
    return sums(layers, tensor, name, weights, line, place, pad=around.value or 0)


def apart(
    layers: Layers,
    tensor: Tensor,
    weights: Weights,
    window: Window,
    around: Padded,
    order: NDArray[np.int32],
) -> Tensor:
    """Each channel with kernels of its own, weights (channels * kernels, rows, columns, 1).

    A layer has one kernel a channel; several are as many layers, whose channels are joined.
    """
    times = len(weights.integers) // len(order)
    if times > _MOST_KERNELS:
        raise ModelError(
            f"has {times:,} kernels for each channel; {_MOST_KERNELS} are built",
            remedy="use groups of more channels",
        )
    line, parts = tensor.linear(), []
    for k in range(times):
        # Channels that the graph leaves out are there all the same.
        integers = np.ones((tensor.channels, *weights.integers.shape[1:]), np.int64)
        scale = rationals(np.ones(tensor.channels, np.int64))
        integers[order], scale[order] = weights.integers[k::times], weights.scale[k::times]
        part = Weights(integers, scale)
        name = _layer(layers, tensor, part, window, around, depthwise=True)
        place = raster(layers.shape(name))
        made = sums(layers, tensor, name, part, line, place, apart=True, pad=around.value or 0)
        parts.append(made)
    if times == 1:
        return parts[0].placed(parts[0].place[order])
    name = layers.name("concat")
    layers.builder.concat([part.source for part in parts], name)
    place = raster(layers.shape(name)).reshape(times, tensor.channels, *parts[0].shape[:2])
    lines = [part.linear() for part in parts]
    steps = then((), Linear(*(np.concatenate([getattr(line, end) for line in lines])
                              for end in ("slope", "offset"))))  # fmt: skip
    most = max(part.high for part in parts)
    place = place[:, order].swapaxes(0, 1).reshape(-1, *parts[0].shape[:2])
    return Tensor(name, layers.shape(name), place, -most, most, False, steps, tensor.over)


def _layer(
    layers: Layers,
    tensor: Tensor,
    weights: Weights,
    window: Window,
    around: Padded,
    *,
    depthwise: bool,
) -> str:
    name = layers.name(f"conv{layers.weighted}")
    layers.builder.conv2d(
        weights.integers,
        name,
        stride=window.stride,
        weight_bits=bits_of(weights.integers),
        dilation=window.dilation,
        depthwise=depthwise,
        inputs=tensor.source,
        **around.keywords(),
    )
    return name
