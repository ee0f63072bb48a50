"""Nodes with weights as layers: ``Conv``, ``Gemm`` and ``MatMul``."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, raster, rationals
from hwgen.model.importers.qonnx.windows import window_of
from hwgen.readers.onnx_file import Node

__all__ = ["convolve", "gemm", "multiply"]

Array = NDArray[Any]

_MAX_UNITS = 1 << 16
_MAX_WEIGHT = (1 << 15) - 1


@dataclass(frozen=True, eq=False)
class _Weights:
    """Integers (outputs, ...), and the rational scale of each output."""

    integers: NDArray[np.int64]
    scale: Array

    @property
    def bits(self) -> int:
        """As few as hold them; one is -1 and +1."""
        if (np.abs(self.integers) == 1).all():
            return 1
        low, high = int(self.integers.min()), int(self.integers.max())
        return max(max(high, -low - 1).bit_length() + 1, 2)


def multiply(layers: Layers, tensor: Tensor, matrix: Array, known: Quantised | None) -> Tensor:
    """A ``MatMul`` of a flat tensor with a constant (inputs, units)."""
    return _dense(layers, tensor, matrix, known, turned=True)


def gemm(
    layers: Layers,
    node: Node,
    tensor: Tensor,
    parameters: list[Array],
    known: Quantised | None,
) -> Tensor:
    """A ``Gemm``: ``alpha * x * B + beta * C``."""
    if node.attributes.get("transA", 0):
        raise ModelError("has transA, which turns frames into channels; it is not imported")
    alpha = rationals(node.attributes.get("alpha", 1.0)).item()
    beta = rationals(node.attributes.get("beta", 1.0)).item()
    turned = not node.attributes.get("transB", 0)
    made = _dense(layers, tensor, parameters[0], known, turned=turned).scaled(alpha, 0)
    if len(parameters) < 2:
        return made
    return made.scaled(1, rationals(made.by_channel(parameters[1])) * beta)


def _dense(
    layers: Layers, tensor: Tensor, matrix: Array, known: Quantised | None, *, turned: bool
) -> Tensor:
    if tensor.place.ndim != 2:
        raise ModelError("must read a flat tensor; put a Flatten before it")
    inputs = tensor.place.shape[1]
    rows = matrix.shape[0 if turned else -1] if matrix.ndim == 2 else None
    if rows != inputs or not matrix.size:
        what = "rows" if turned else "columns"
        raise ModelError(f"must have a matrix of {inputs} {what}, not the shape {matrix.shape}")
    weights = _weights(matrix, known, turned=turned)
    tensor = layers.flat(layers.read(tensor, padded=False))
    # The graph counts what it flattens in another order than the description.
    integers = np.empty_like(weights.integers)
    integers[:, tensor.place[0]] = weights.integers
    name = layers.name(f"dense{layers.weighted}")
    layers.builder.dense(integers, name, weight_bits=weights.bits, inputs=tensor.source)
    place = np.arange(len(integers), dtype=np.int32).reshape(1, -1)
    return _sums(layers, tensor, name, weights, integers, (1, 1, len(integers)), place)


def convolve(
    layers: Layers,
    node: Node,
    tensor: Tensor,
    parameters: list[Array],
    known: Quantised | None,
) -> Tensor:
    """A ``Conv`` of one or two axes; groups are one, or as many as channels."""
    kernel = parameters[0]
    if kernel.ndim != tensor.place.ndim or kernel.ndim not in (3, 4) or not kernel.size:
        raise ModelError(f"must have weights of {tensor.place.ndim} axes, not {kernel.ndim}")
    window = window_of(node, tensor, list(kernel.shape[2:]))
    groups, channels = node.attributes.get("group", 1), tensor.channels
    depthwise = groups == channels == len(kernel) and groups > 1
    if groups != 1 and not depthwise:
        raise ModelError(
            f"has {groups} groups of {channels} channels to {len(kernel)}; groups are one, "
            "or one for each channel"
        )
    if kernel.shape[1] != (1 if depthwise else channels):
        raise ModelError(f"must have weights for {channels} channels, not {kernel.shape[1]}")
    weights = _weights(kernel, known, turned=False)
    integers = weights.integers.reshape(*kernel.shape[:2], *window.size).transpose(0, 2, 3, 1)
    tensor = layers.read(tensor, padded=window.padded)
    name = layers.name(f"conv{layers.weighted}")
    layers.builder.conv2d(
        integers,
        name,
        stride=window.stride,
        padding=window.padding if window.padded else "valid",
        pad_value=0 if window.padded else None,
        weight_bits=weights.bits,
        dilation=window.dilation,
        depthwise=depthwise,
        inputs=tensor.source,
    )
    height, width, _ = layers.shape(name)
    shape = (height, width, len(integers))
    place = raster(shape).reshape(1, len(integers), *((height, width)[4 - kernel.ndim :]))
    made = _sums(
        layers,
        tensor,
        name,
        weights,
        integers,
        shape,
        place,
        depthwise=depthwise,
        padded=window.padded,
    )
    if len(parameters) < 2:
        return made
    bias = parameters[1]
    if bias.shape != (len(integers),):
        raise ModelError(f"must have a bias of {len(integers)} numbers")
    return made.scaled(1, rationals(bias))


def _sums(
    layers: Layers,
    tensor: Tensor,
    name: str,
    weights: _Weights,
    integers: NDArray[np.int64],
    shape: tuple[int, int, int],
    place: NDArray[np.int32],
    *,
    depthwise: bool = False,
    padded: bool = False,
) -> Tensor:
    """What a layer with weights gives, with what its inputs' scale and offset make of it."""
    linear = tensor.linear()
    if depthwise:
        slope = linear.slope
        offset = linear.offset * integers.reshape(len(integers), -1).sum(axis=1)
    else:
        slope = linear.slope[0]
        if (linear.slope != slope).any():
            raise ModelError("reads channels of different scales; quantise them with one")
        every = integers.reshape(len(integers), -1, tensor.channels).sum(axis=1)
        offset = rationals(np.zeros(len(integers), np.int64))
        if (linear.offset != 0).any():
            offset = (every.astype(object) * linear.offset).sum(axis=1)
    reach = max(abs(tensor.low), abs(tensor.high))
    most = int(np.abs(integers).reshape(len(integers), -1).sum(axis=1).max()) * reach
    steps = then((), Linear(weights.scale * slope, weights.scale * offset))
    layers.weighted += 1
    odd = tensor.odd and not padded and bool((integers.size // len(integers) * integers % 2).all())
    return Tensor(name, shape, place, -most, most, narrow=False, steps=steps, odd=odd)


def _weights(array: Array, known: Quantised | None, *, turned: bool) -> _Weights:
    """Integers and scales of an array, (outputs, ...); transposed where ``turned``."""
    units = array.shape[1 if turned else 0]
    if units > _MAX_UNITS:
        raise ModelError(f"must have at most {_MAX_UNITS:,} units, not {units:,}")
    if turned:
        array = array.T
        known = known and Quantised(known.integers.T, known.scale.T)
    if known is not None:
        integers, scales = known.integers, known.scale.reshape(units, -1)
        if (scales != scales[:, :1]).any():
            raise ModelError("has weights with scales that differ within one output")
        scale = scales[:, 0]
    else:
        flat = array.reshape(units, -1)
        size = np.abs(flat).max(axis=1, keepdims=True)
        if (flat == np.rint(flat)).all():
            integers, scale = array, np.ones(units, np.int64)
        elif ((np.abs(flat) == size) | (flat == 0)).all():
            integers, scale = np.sign(array), np.where(size, size, 1)[:, 0]
        else:
            raise ModelError(
                "must have weights that are integers, or -1 and +1 times a scale, and 0; "
                "put a quantiser behind them"
            )
    if (np.abs(integers) > _MAX_WEIGHT).any():
        raise ModelError("has weights of more than 16 bits")
    return _Weights(integers.astype(np.int64), rationals(scale))
