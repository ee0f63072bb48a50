"""One function for each layer kind, from exact tensors to exact tensors."""

from math import prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.layers import BatchNorm, Conv2d, Dense, Flatten, Layer, MaxPool, Sign
from hwgen.model.locate import located
from hwgen.model.shapes import output_shape, resolve_padding
from sim.golden.derive import normalised_form, padding_levels, product_form, repeated_form
from sim.golden.forms import Form
from sim.golden.products import convolve, multiply
from sim.golden.tensor import Tensor

__all__ = ["apply", "batch_norm", "conv2d", "dense", "flatten", "max_pool", "sign"]


def conv2d(x: Tensor, layer: Conv2d) -> Tensor:
    """Convolve bits or pixels with -1/+1 weights.

    The integers are ``sum(w * k)`` over the taps, ``k`` being the integers of ``x``. They keep
    the meaning of ``x``: on a picture ``scale * u + offset`` they stand for
    ``scale * k + offset * sum(w)``. True zero padding of such a picture pads with the level that
    stands for zero, ``-offset / scale``; should that be no integer, all levels are first
    multiplied by its denominator.

    Parameters
    ----------
    x : Tensor (N, H, W, C)
        Values of one scale and offset for all channels: a picture, bits, or maxima of those.
    layer : Conv2d

    Returns
    -------
    Tensor (N, H', W', filters)

    Raises
    ------
    ModelError
        Where ``x`` is batch normalised or has other channels than the weights, padding asks for
        a value that ``x`` cannot take, or sums may leave 62 bits.
    """
    shape = _shape(x)
    with located(f"layer {layer.name!r}"):
        output_shape(layer, shape)  # raises where the kernel does not fit
    padding = resolve_padding(layer, shape)
    form = product_form(x.form, layer, padded=any(padding))
    ints, pad = x.ints, np.zeros(shape[2], np.int64)
    if any(padding):
        grain, pad = padding_levels(layer, x.form)
        ints = ints.astype(np.int64) * grain if grain != 1 else ints
    return Tensor(convolve(ints, layer.weights, layer.stride, padding, pad, form.peak), form)


def dense(x: Tensor, layer: Dense) -> Tensor:
    """Multiply the flattened features, in HWC order, by -1/+1 weights.

    Integers and errors are those of ``conv2d``; the result has the shape (N, 1, 1, units).
    """
    flat = x.ints.reshape(len(x.ints), prod(_shape(x)))
    if layer.weights.shape[1] != flat.shape[1]:
        raise _error(
            layer, f"reads {flat.shape[1]} values and has weights for {layer.weights.shape[1]}"
        )
    form = product_form(x.form, layer, padded=False)
    sums = multiply(flat, layer.weights, form.peak)
    return Tensor(sums[:, np.newaxis, np.newaxis], form)


def batch_norm(x: Tensor, layer: BatchNorm) -> Tensor:
    """Normalise each channel: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, exactly.

    The integers stay as they are; what they stand for changes. Shapes (N, H, W, C) to the same.
    """
    return Tensor(x.ints, normalised_form(x.form, layer))


def sign(x: Tensor) -> Tensor:
    """Return int8 +1 where the exact value is >= 0 and -1 elsewhere, shape unchanged."""
    return Tensor(x.form.bits(x.ints), Form.plain(x.ints.shape[-1], 1))


def max_pool(x: Tensor, layer: MaxPool) -> Tensor:
    """Return the largest value of each window, (N, H, W, C) to (N, H', W', C).

    It is chosen among integers: where a negative gamma makes values fall with them, the smallest.
    With ``ceil``, windows overhang the bottom and the right, and none starts outside.

    Raises
    ------
    ModelError
        Where no window fits.
    """
    shape = _shape(x)
    with located(f"layer {layer.name!r}"):
        rows, columns, channels = output_shape(layer, shape)
    order = np.where(x.form.directions < 0, -1, 1).astype(x.ints.dtype)
    falling = bool((order < 0).any())
    ints = x.ints * order if falling else x.ints
    best = np.full((len(ints), rows, columns, channels), np.iinfo(ints.dtype).min, ints.dtype)
    for dy in range(min(layer.window[0], shape[0])):
        for dx in range(min(layer.window[1], shape[1])):
            tap = ints[:, dy :: layer.stride[0], dx :: layer.stride[1]][:, :rows, :columns]
            corner = best[:, : tap.shape[1], : tap.shape[2]]
            np.maximum(corner, tap, out=corner)
    return Tensor(best * order if falling else best, x.form)


def flatten(x: Tensor) -> Tensor:
    """Reshape (N, H, W, C) to (N, 1, 1, H*W*C), channel fastest."""
    pixels = x.ints.shape[1] * x.ints.shape[2]
    ints = x.ints.reshape(len(x.ints), 1, 1, pixels * x.ints.shape[3])
    return Tensor(ints, repeated_form(x.form, pixels) if pixels > 1 else x.form)


def apply(layer: Layer, x: Tensor) -> Tensor:
    """Compute ``layer``, of whatever kind, from its only source ``x``."""
    match layer:
        case Conv2d():
            return conv2d(x, layer)
        case Dense():
            return dense(x, layer)
        case BatchNorm():
            return batch_norm(x, layer)
        case MaxPool():
            return max_pool(x, layer)
        case Sign():
            return sign(x)
        case Flatten():
            return flatten(x)
    raise _error(layer, f"the golden model knows no layer of kind {layer.kind!r}")


def _shape(x: Tensor) -> tuple[int, int, int]:
    _, height, width, channels = x.ints.shape
    return height, width, channels


def _error(layer: Layer, constraint: str) -> ModelError:
    return ModelError(f"layer {layer.name!r}: {constraint}")
