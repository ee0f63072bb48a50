"""Products with matrices as layers: ``Gemm`` and ``MatMul``."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.sums import sums
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.model.importers.qonnx.weights import Weights, bits_of, level, weights_of
from hwgen.readers.onnx_file import Node

__all__ = ["gemm", "multiply"]

Array = NDArray[Any]
Place = NDArray[np.int32]


def multiply(
    layers: Layers, tensor: Tensor, matrix: Array, known: Quantised | None, *, first: bool
) -> Tensor:
    """A ``MatMul`` of a tensor with a constant matrix, the tensor ``first`` or behind it."""
    if first:
        matrix, known = _turned(matrix, known)
        return _product(layers, tensor, matrix, known, axis=-1)
    return _product(layers, tensor, matrix, known, axis=max(-2, -tensor.place.ndim))


def gemm(
    layers: Layers,
    node: Node,
    tensor: Tensor,
    parameters: list[Array],
    known: Quantised | None,
) -> Tensor:
    """A ``Gemm``: ``alpha * x * B + beta * C``."""
    if tensor.place.ndim != 2:
        raise ModelError("must read a flat tensor; put a Flatten before it")
    alpha = rationals(node.attributes.get("alpha", 1.0)).item()
    beta = rationals(node.attributes.get("beta", 1.0)).item()
    if node.attributes.get("transA", 0):
        tensor = tensor.placed(tensor.place.T)
    matrix = parameters[0]
    if not node.attributes.get("transB", 0):
        matrix, known = _turned(matrix, known)
    made = _product(layers, tensor, matrix, known, axis=-1).scaled(alpha, 0)
    if len(parameters) < 2:
        return made
    return made.scaled(1, rationals(made.by_channel(parameters[1])) * beta)


def _turned(matrix: Array, known: Quantised | None) -> tuple[Array, Quantised | None]:
    return matrix.swapaxes(-1, -2) if matrix.ndim > 1 else matrix, (
        known and Quantised(known.integers.swapaxes(-1, -2), known.scale.swapaxes(-1, -2))
        if matrix.ndim > 1
        else known
    )


def _product(
    layers: Layers, tensor: Tensor, matrix: Array, known: Quantised | None, *, axis: int
) -> Tensor:
    """Products of a matrix (units, inputs) with what lies along an axis of a tensor."""
    tensor = laid(layers, tensor)
    inputs = tensor.place.shape[axis]
    if matrix.ndim != 2 or matrix.shape[1] != inputs or not matrix.size:
        raise ModelError(f"must have a matrix for {inputs} inputs, not the shape {matrix.shape}")
    weights = weights_of(matrix, known)
    units = len(matrix)
    along = np.moveaxis(tensor.place, axis, -1)
    rows = along.reshape(-1, inputs)
    if len(rows) == 1:
        tensor = layers.flat(layers.read(tensor, padded=False))
        (order,), place = rows, np.arange(units, dtype=np.int32)
    else:
        # A product for each pixel: a convolution with kernels of 1 x 1.
        pixels = rows[:, :1] // tensor.channels
        order = rows[0] - pixels[0] * tensor.channels
        same = (rows == pixels * tensor.channels + order).all()
        if not same or (order >= tensor.channels).any():
            raise ModelError("must read a flat tensor; put a Flatten before it")
        tensor = layers.read(tensor, padded=False)
        place = pixels * units + np.arange(units, dtype=np.int32)
    # The graph counts what it reads in another order than the description, or leaves some out.
    integers = np.zeros((units, tensor.channels), np.int64)
    integers[:, order] = weights.integers
    weights, line = level(Weights(integers, weights.scale), tensor.linear())
    bits = bits_of(weights.integers)
    if prod(tensor.shape[:2]) == 1:
        name = layers.name(f"dense{layers.weighted}")
        layers.builder.dense(weights.integers, name, weight_bits=bits, inputs=tensor.source)
    else:
        name = layers.name(f"conv{layers.weighted}")
        kernels = weights.integers[:, None, None]
        layers.builder.conv2d(kernels, name, weight_bits=bits, inputs=tensor.source)
    place = np.moveaxis(place.reshape(*along.shape[:-1], units), -1, axis)
    return sums(layers, tensor, name, weights, line, place)
