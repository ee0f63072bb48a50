"""Nodes that compute with constants: they become steps, and no layer of their own."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Bend, Bow, Clip, Norm
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["ARITHMETIC", "arithmetic", "bent", "clip", "normalise"]

Array = NDArray[Any]

ARITHMETIC = ("Add", "Div", "Mul", "Sub")

_FIGURES = ("gamma", "beta", "mean", "variance")
_LARGEST = np.finfo(np.float32).max
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
    """``Relu`` and ``Clip``; ``Max`` and ``Min`` with constants."""
    if node.op == "Relu":
        return tensor.after(Clip(Fraction(0), None))
    if node.op in ("Max", "Min"):
        for array in parameters:
            end = _number("constant", array)
            tensor = tensor.after(Clip(end, None) if node.op == "Max" else Clip(None, end))
        return tensor
    ends: list[Fraction | None] = []
    given = [*parameters, None, None]
    for what, array in zip(("min", "max"), given, strict=False):
        if array is None and what in node.attributes:
            array = np.array(node.attributes[what])
        # Opset 6 writes what float32 holds at most where there is no end.
        ends.append(None if array is None or _endless(array) else _number(what, array))
    low, high = ends
    if low is not None and high is not None and low > high:
        raise ModelError("has a min above its max")
    return tensor.after(Clip(low, high))


def bent(node: Node, tensor: Tensor, slope: Array | None) -> Tensor:
    """``LeakyRelu``, ``PRelu``, ``HardSigmoid``, ``Sigmoid`` and ``Tanh``: all rise."""
    if node.op in ("Sigmoid", "Tanh"):
        return tensor.after(Bow("Sigmoid" if node.op == "Sigmoid" else "Tanh"))
    if node.op == "HardSigmoid":
        alpha, beta = (
            rationals(node.attributes.get(name, default)).item()
            for name, default in (("alpha", np.float32(0.2)), ("beta", 0.5))
        )
        return tensor.scaled(alpha, beta).after(Clip(Fraction(0), Fraction(1)))
    if slope is None:
        slope = np.array(node.attributes.get("alpha", np.float32(0.01)))
    below = np.empty(tensor.channels, object)
    below[:] = rationals(tensor.by_channel(slope))
    if (below < 0).any():
        raise ModelError(
            "falls below zero, so no thresholds stand for it",
            remedy="use a Relu, or slopes that are not negative",
        )
    if not below.any():
        return tensor.after(Clip(Fraction(0), None))
    if (below == 0).any():
        raise ModelError("has slopes of 0 beside others", remedy="use a Relu")
    return tensor.after(Bend(below))


def _number(what: str, array: Array | None) -> Fraction:
    if array is None or not array.size or (array != array.reshape(-1)[0]).any():
        raise ModelError(f"must have one number as its {what}")
    return rationals(array).reshape(-1)[0]


def _endless(array: Array) -> bool:
    return array.size == 1 and bool(abs(array.reshape(-1)[0]) >= _LARGEST)


def normalise(
    layers: Layers, node: Node, tensor: Tensor, figures: list[Array], *, spend: Spend
) -> Tensor:
    """``BatchNormalization``, of axis 1."""
    if node.attributes.get("training_mode", 0):
        raise ModelError("is in training mode")
    if tensor.place.ndim < 2:
        raise ModelError("must read frames of channels")
    if tensor.place.ndim == 2 and not tensor.pixel:
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
