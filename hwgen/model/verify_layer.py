"""Checks the fields of one layer."""

import numpy as np

from hwgen.errors import ModelError, describe, times
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Layer,
    MaxPool,
    Padding,
    Quantise,
    Relu,
    Sign,
)
from hwgen.model.values import check_int
from hwgen.model.weights import check_weight_values, weight_dtype

__all__ = ["MAX_BITS", "MAX_KERNEL", "check_layer"]

MAX_KERNEL = 11
"""Rows and columns a kernel may have."""

MAX_BITS = 16
"""Bits of a weight or an activation."""

MAX_STEP = 65535
"""Largest stride, pooling window and padding."""


def check_layer(layer: Layer) -> None:
    """Check the fields of one layer, as far as they do not depend on its input's shape."""
    match layer:
        case Conv2d():
            _check_weights(layer, 4)
            if isinstance(layer, DepthwiseConv2d) and layer.weights.shape[3] != 1:
                raise ModelError(
                    "weights must have the shape (channels, rows, columns, 1), "
                    f"not {layer.weights.shape}"
                )
            _, *kernel, _ = layer.weights.shape
            if max(kernel) > MAX_KERNEL:
                raise ModelError(
                    f"kernel must be at most {MAX_KERNEL} x {MAX_KERNEL}, not {times((*kernel,))}"
                )
            _check_pair("stride", layer.stride)
            _check_pair("dilation", layer.dilation)
            _check_padding(layer.padding, layer.inputs)
        case Dense():
            _check_weights(layer, 2)
        case BatchNorm():
            _check_batch_norm(layer)
        case MaxPool():
            _check_pair("window", layer.window)
            _check_pair("stride", layer.stride)
            if not isinstance(layer.ceil, bool):
                raise ModelError(f"ceil must be True or False, not {describe(layer.ceil)}")
            _check_margin(layer)
        case AveragePool():
            _check_pair("window", layer.window)
            _check_pair("stride", layer.stride)
        case Quantise():
            check_int("bits", layer.bits, 1, MAX_BITS)
            check_int("fraction_bits", layer.fraction_bits, 0, MAX_BITS - 1)
            if not isinstance(layer.signed, bool):
                raise ModelError(f"signed must be True or False, not {describe(layer.signed)}")
            if layer.signed and layer.bits == 1:
                raise ModelError("bits must be at least 2 for signed numbers: use sign for -1/+1")
        case Sign() | Relu() | Add() | Concat() | Flatten():
            pass
        case _:
            raise ModelError(f"kind {layer.kind!r} is not built by this version")


def _check_pair(what: str, value: object) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ModelError(f"{what} must be (rows, columns), not {describe(value)}")
    for size in value:
        check_int(what, size, 1, MAX_STEP)


def _check_weights(layer: Conv2d | Dense, ndim: int) -> None:
    weights, bits = layer.weights, layer.weight_bits
    check_int("weight_bits", bits, 1, MAX_BITS)
    check_int("weight_fraction_bits", layer.weight_fraction_bits, 0, MAX_BITS - 1)
    dtype = np.dtype(weight_dtype(bits))
    if not isinstance(weights, np.ndarray) or weights.dtype != dtype:
        raise ModelError(f"weights must be an {dtype} array, not {describe(weights)}")
    if weights.ndim != ndim or weights.size == 0:
        wanted = "(filters, rows, columns, channels)" if ndim == 4 else "(units, inputs)"
        raise ModelError(f"weights must have the shape {wanted}, not {weights.shape}")
    check_weight_values("weights", weights, bits)


def _check_padding(padding: object, inputs: tuple[str, ...]) -> None:
    if not isinstance(padding, Padding) or padding.mode not in ("same", "valid", "explicit"):
        raise ModelError(f"padding must be a Padding with a known mode, not {describe(padding)}")
    for side in ("top", "bottom", "left", "right"):
        check_int(f"padding {side}", getattr(padding, side), 0, MAX_STEP)
    check_int("pad_value", padding.value, -1, 1)
    if padding.pixel is not None:
        check_int("pad_value pixel", padding.pixel, 0, 255)
        if inputs != (INPUT_NAME,):
            raise ModelError(
                f"pad_value can be a pixel only where the picture is read, not {inputs[0]!r}"
            )


def _check_margin(layer: MaxPool) -> None:
    """Check the padding of a maximum: no window may lie outside of the input altogether."""
    padding = layer.padding
    _check_padding(padding, layer.inputs)
    if padding.value or padding.pixel is not None:
        raise ModelError("padding of a maximum has no value")
    if layer.ceil and padding.mode == "same":
        raise ModelError('mode must be "floor" with padding "same", which drops no window')
    if padding.mode != "explicit":
        return
    sides = ((padding.top, padding.bottom), (padding.left, padding.right))
    for axis, counts in enumerate(sides):
        if max(counts) >= layer.window[axis]:
            raise ModelError(
                f"padding must be less than the window of {times(layer.window)}, not {max(counts)}"
            )


def _check_batch_norm(layer: BatchNorm) -> None:
    for what in ("gamma", "beta", "mean", "variance"):
        figures = getattr(layer, what)
        if not isinstance(figures, np.ndarray) or figures.dtype != np.float64:
            raise ModelError(f"{what} must be a float64 array, not {describe(figures)}")
        if figures.shape != layer.gamma.shape or figures.ndim != 1 or figures.size == 0:
            raise ModelError(f"{what} must have one figure for each channel, not {figures.shape}")
        _check_figures(what, figures, np.isfinite(figures), "be finite")
    if not isinstance(layer.epsilon, float) or not np.isfinite(layer.epsilon) or layer.epsilon < 0:
        raise ModelError(
            f"epsilon must be a finite float and not negative, but is {describe(layer.epsilon)}"
        )
    _check_figures("variance", layer.variance, layer.variance >= 0, "not be negative")
    # Neither is negative, so the sum is zero only where both are.
    positive = (layer.variance > 0) | (layer.epsilon > 0)
    _check_figures("variance + epsilon", np.zeros_like(positive, float), positive, "be above 0")


def _check_figures(what: str, figures: np.ndarray, good: np.ndarray, rule: str) -> None:
    if not good.all():
        channel = int(np.argmin(good))
        raise ModelError(f"{what} must {rule}, but is {figures[channel]} at channel {channel}")
