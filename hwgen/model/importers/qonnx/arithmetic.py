"""Nodes that compute with constants: they become steps, and no layer of their own."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Clip, Norm
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["ARITHMETIC", "arithmetic", "clip", "normalise"]

Array = NDArray[Any]

ARITHMETIC = ("Add", "Div", "Mul", "Sub")

_FIGURES = ("gamma", "beta", "mean", "variance")
_RATIONAL = 32
"""Numbers of an array that one rational counts as."""

Spend = Callable[[int], None]


def arithmetic(
    layers: Layers, node: Node, tensor: Tensor, constant: Array, *, first: bool, spend: Spend
) -> Tensor:
    """``tensor op constant``, or the other way round where the tensor is not ``first``."""
    if constant.size > 1 and tensor.place.ndim == 2 and not tensor.pixel:
        tensor = layers.flat(tensor)
    spend(_RATIONAL * tensor.channels)
    number = rationals(tensor.by_channel(constant))
    match node.op:
        case "Mul":
            return tensor.scaled(number, 0)
        case "Div":
            if not first or (number == 0).any():
                raise ModelError("must divide by a number other than 0")
            return tensor.scaled(Fraction(1) / number, 0)
        case "Add":
            return tensor.scaled(1, number)
    return tensor.scaled(1, -number) if first else tensor.scaled(-1, number)


def clip(node: Node, tensor: Tensor, parameters: list[Array | None]) -> Tensor:
    """``Relu`` and ``Clip``."""
    if node.op == "Relu":
        return tensor.after(Clip(Fraction(0), None))
    ends: list[Fraction | None] = []
    given = [*parameters, None, None]
    for what, array in zip(("min", "max"), given, strict=False):
        if array is None and what in node.attributes:
            array = np.array(node.attributes[what])
        if array is not None and array.size != 1:
            raise ModelError(f"must have one number as its {what}")
        ends.append(None if array is None else rationals(array).reshape(-1)[0])
    low, high = ends
    if low is not None and high is not None and low > high:
        raise ModelError("has a min above its max")
    return tensor.after(Clip(low, high))


def normalise(
    layers: Layers, node: Node, tensor: Tensor, figures: list[Array], *, spend: Spend
) -> Tensor:
    """``BatchNormalization``, of axis 1."""
    if node.attributes.get("training_mode", 0):
        raise ModelError("is in training mode")
    if tensor.pixel:
        raise ModelError("must follow a layer with weights, or a quantiser")
    if tensor.place.ndim < 2:
        raise ModelError("must read frames of channels")
    if tensor.place.ndim == 2:
        tensor = layers.flat(tensor)
    units = tensor.place.shape[1]
    if len(figures) != len(_FIGURES) or any(f.shape != (units,) for f in figures):
        raise ModelError(f"must have 4 arrays of {units} figures")
    dims = [1, units, *[1] * (tensor.place.ndim - 2)]
    spend(4 * _RATIONAL * tensor.channels)
    channels = []
    for what, values in zip(_FIGURES, figures, strict=True):
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise ModelError(f"{what} must have finite numbers")
        every = np.empty(tensor.channels, object)
        every[:] = rationals(tensor.by_channel(values.reshape(dims)))
        channels.append(every)
    gamma, beta, mean, variance = channels
    epsilon = rationals(node.attributes.get("epsilon", 1e-5)).item()
    total = variance + epsilon
    if (variance < 0).any() or (total <= 0).any():
        raise ModelError("variance must not be negative, and with epsilon above 0")
    return tensor.after(Norm(gamma, beta, mean, total))
