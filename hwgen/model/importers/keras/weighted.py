"""Layers with weights: convolutions of one or two axes, depthwise ones, and dense ones."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, times
from hwgen.model.importers.keras.flow import around, turned
from hwgen.model.importers.keras.kernels import quantised_weights
from hwgen.model.importers.keras.quantisers import Quantiser, read_quantiser
from hwgen.model.importers.keras.settings import flag, numbers
from hwgen.model.importers.keras.windows import window_node
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.convolve import convolve
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.linear import multiply
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.model.importers.qonnx.weights import weights_of

__all__ = ["CONVOLUTIONS", "DENSE", "DEPTHWISE", "WEIGHTED", "weighted", "weighted_roles"]

Array = NDArray[Any]
Spend = Callable[[int], None]

CONVOLUTIONS = {
    "Conv1D": 1, "QuantConv1D": 1, "QConv1D": 1, "Conv2D": 2, "QuantConv2D": 2, "QConv2D": 2,
}  # fmt: skip
"""Of each kind the axes that its windows have."""
DEPTHWISE = ("DepthwiseConv2D", "QuantDepthwiseConv2D", "QDepthwiseConv2D")
DENSE = ("Dense", "QuantDense", "QDense")
WEIGHTED = (*CONVOLUTIONS, *DEPTHWISE, *DENSE)


def weighted_roles(kind: str, config: dict[str, Any]) -> tuple[str, ...]:
    """Names of a layer's arrays, in the order of its variables."""
    kernel = "depthwise_kernel" if kind in DEPTHWISE else "kernel"
    return (kernel, "bias") if flag(config, "use_bias", True) else (kernel,)


def weighted(
    layers: Layers,
    kind: str,
    config: dict[str, Any],
    tensor: Tensor,
    arrays: Mapping[str, Array],
    *,
    spend: Spend,
    doubt: Callable[[], None],
) -> Tensor:
    """A layer's sums, its bias with them, without its activation.

    ``doubt`` is called where versions of QKeras find different weights.
    """
    role, *more = weighted_roles(kind, config)
    kernel = _taken(arrays, role)
    spend(2 * kernel.size)
    key = "depthwise_quantizer" if kind in DEPTHWISE else "kernel_quantizer"
    quantiser = read_quantiser(config.get(key))
    scale, known = np.array(Fraction(1), object), False
    if quantiser is not None and quantiser.kind != "none":
        kernel, scale, sure = quantised_weights(quantiser, kernel, kernel=True)
        known = True
        if not sure:
            doubt()
    if kind in DENSE:
        made, scale = _dense(layers, laid(layers, tensor), kernel, known), scale.reshape(-1)
    else:
        made, scale = _convolved(layers, kind, config, tensor, kernel, known), scale.reshape(-1)
        if kind in DEPTHWISE and scale.size > 1:
            scale = np.tile(scale, kernel.shape[2])
    dims = [1, -1, *[1] * (made.place.ndim - 2)]
    made = made.scaled(made.by_channel(scale.reshape(dims)), 0)
    if more:
        bias, units = _taken(arrays, "bias"), made.place.shape[1]
        if bias.shape != (units,):
            raise ModelError(f"must have a bias of {units} numbers")
        figures = _rounded_bias(bias, read_quantiser(config.get("bias_quantizer")))
        made = made.scaled(1, made.by_channel(figures.reshape(dims)))
    return made


def _dense(layers: Layers, tensor: Tensor, kernel: Array, known: bool) -> Tensor:
    """Of maps, the same of each pixel."""
    _of_axes(kernel, 2)
    _check_integers(kernel.T, known)
    maps = tensor.place.ndim > 2
    seen = turned(tensor) if maps else tensor
    made = multiply(layers, seen, kernel, _exact(kernel, known), first=True)
    return made.placed(np.moveaxis(made.place, -1, 1)) if maps else made


def _convolved(
    layers: Layers, kind: str, config: dict[str, Any], tensor: Tensor, kernel: Array, known: bool
) -> Tensor:
    depthwise = kind in DEPTHWISE
    axes = 2 if depthwise else CONVOLUTIONS[kind]
    _of_axes(kernel, axes + 2)
    if depthwise:
        size, groups = list(kernel.shape[:2]), kernel.shape[2]
        kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *size)
    else:
        size, groups = list(kernel.shape[:axes]), config.get("groups", 1)
        kernel = kernel.transpose(axes + 1, axes, *range(axes))
    if numbers(config, "kernel_size", axes) != size or type(groups) is not int:
        raise ModelError(f"has weights of windows of {times(tuple(size))}, not its kernel_size")
    node = window_node("Conv", config, tensor, size, groups=groups)
    value = config.get("pad_values", 0)
    if not isinstance(value, int | float):
        raise ModelError(f"must have a number as its pad_values, not {describe(value)}")
    pads = node.attributes["pads"]
    if value and any(pads):
        # Larq pads what the quantiser of the input gives, with a number of its own.
        left, right = pads[axes - 1], pads[-1]
        top, bottom = (pads[0], pads[2]) if axes > 1 else (0, 0)
        tensor = around(tensor, (top, bottom, left, right), value)
        node = replace(node, attributes=node.attributes | {"pads": [0] * 2 * axes})
    _check_integers(kernel, known)
    return convolve(layers, node, tensor, [kernel], _exact(kernel, known))


def _taken(arrays: Mapping[str, Array], role: str) -> Array:
    found = arrays.get(role)
    if found is None:
        raise ModelError(f"has no {role} in the file")
    if not found.size or not np.isfinite(found).all():
        raise ModelError(f"must have finite numbers as its {role}")
    return found


def _of_axes(array: Array, count: int) -> Array:
    if array.ndim != count:
        raise ModelError(f"must have weights of {count} axes, not {array.ndim}")
    return array


def _check_integers(kernel: Array, known: bool) -> None:
    """Refuse float weights (outputs, ...) that are no integers times a scale of each output."""
    if known:
        return
    try:
        weights_of(kernel, None)
    except ModelError as error:
        raise ModelError(
            "has float weights and no quantiser",
            remedy="use a layer of Larq or QKeras (QuantDense, QConv2D) with a kernel_quantizer, "
            "and train with it",
        ) from error


def _exact(integers: Array, known: bool) -> Quantised | None:
    return Quantised(integers, np.ones(integers.shape, np.int8)) if known else None


def _rounded_bias(bias: Array, quantiser: Quantiser | None) -> Array:
    if quantiser is None or quantiser.kind == "none":
        return rationals(bias)
    integers, scale, _ = quantised_weights(quantiser, bias, kernel=False)
    return rationals(integers) * scale.reshape(-1)
