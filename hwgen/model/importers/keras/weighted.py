"""Layers with weights: convolutions of one or two axes, depthwise ones, and dense ones."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, times
from hwgen.model.importers.keras.flow import Flow
from hwgen.model.importers.keras.kernels import quantised_weights
from hwgen.model.importers.keras.quantisers import Quantiser, read_quantiser
from hwgen.model.importers.keras.settings import flag, numbers
from hwgen.model.importers.keras.windows import window_node
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.linear import convolve, multiply
from hwgen.model.importers.qonnx.tensor import Tensor, rationals

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
    flow: Flow,
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
        matrix = _of_axes(kernel, 2)
        _check_integers(matrix.T, known)
        made = multiply(layers, flow.plain, matrix, _exact(matrix, known))
    else:
        made = _convolved(layers, kind, config, flow, kernel, known)
    made = made.scaled(scale.reshape(-1) if scale.size > 1 else scale.item(), 0)
    if more:
        bias = _taken(arrays, "bias")
        if bias.shape != (made.channels,):
            raise ModelError(f"must have a bias of {made.channels} numbers")
        made = made.scaled(1, _rounded_bias(bias, read_quantiser(config.get("bias_quantizer"))))
    return made


def _convolved(
    layers: Layers, kind: str, config: dict[str, Any], flow: Flow, kernel: Array, known: bool
) -> Tensor:
    depthwise = kind in DEPTHWISE
    axes = 2 if depthwise else CONVOLUTIONS[kind]
    _of_axes(kernel, axes + 2)
    if config.get("groups", 1) != 1:
        raise ModelError("has groups; one group is imported, or a depthwise layer")
    tensor = flow.tensor
    if depthwise:
        if config.get("depth_multiplier", 1) != 1 or kernel.shape[3] != 1:
            raise ModelError("has a depth_multiplier; one output for each channel is imported")
        kernel = kernel.transpose(2, 3, 0, 1)
    else:
        kernel = kernel.transpose(axes + 1, axes, *range(axes))
    size = list(kernel.shape[2:])
    if numbers(config, "kernel_size", axes) != size:
        raise ModelError(f"has weights of windows of {times(tuple(size))}, not its kernel_size")
    groups = tensor.channels if depthwise else 1
    node = window_node("Conv", config, tensor, size, margin=flow.margin, groups=groups)
    padded = any(node.attributes["pads"])
    filled = _filled(config, flow) if padded else 0
    _check_integers(kernel, known)
    return convolve(layers, node, tensor, [kernel], _exact(kernel, known), pad_value=filled)


def _filled(config: dict[str, Any], flow: Flow) -> int:
    """The integer that a convolution's padding stands for: Larq's ``pad_values``, or a margin."""
    value = config.get("pad_values", 0)
    if not isinstance(value, int | float) or value not in (-1, 0, 1):
        raise ModelError("has pad_values other than -1, 0 and 1")
    own = config.get("padding", "valid") != "valid"
    if value and own:
        tensor = flow.tensor
        if tensor.pixel or (tensor.linear().slope != 1).any():
            raise ModelError(f"pads with {value:g} what is no sign; -1 and +1 are padded with that")
    filled = int(value) if own else flow.filled
    if own and any(flow.margin) and filled != flow.filled:
        raise ModelError("pads with another value than what was padded before it")
    return filled


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
    """Refuse float weights (outputs, ...) that are neither integers nor one size with signs."""
    flat = np.abs(kernel.reshape(len(kernel), -1))
    if not known and (flat != np.rint(flat)).any() and (flat != flat[:, :1]).any():
        raise ModelError(
            "has float weights and no quantiser; use a layer of Larq or QKeras (QuantDense, "
            "QConv2D) with a kernel_quantizer, and train with it"
        )


def _exact(integers: Array, known: bool) -> Quantised | None:
    return Quantised(integers, np.ones(integers.shape, np.int8)) if known else None


def _rounded_bias(bias: Array, quantiser: Quantiser | None) -> Array:
    if quantiser is None or quantiser.kind == "none":
        return rationals(bias)
    integers, scale, _ = quantised_weights(quantiser, bias, kernel=False)
    return rationals(integers) * scale.reshape(-1)
