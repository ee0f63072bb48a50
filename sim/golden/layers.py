"""One function for each layer kind, from exact tensors to exact tensors."""

from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import (
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
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
)
from hwgen.model.shapes import output_shape, resolve_padding
from sim.golden.derive import (
    derive_once,
    normalised_form,
    padding_levels,
    product_form,
    repeated_form,
)
from sim.golden.fixed_point import average_pool, quantise, relu
from sim.golden.forms import Form, integer_dtype
from sim.golden.joins import add, concat
from sim.golden.packed import PackedBits, pack
from sim.golden.products import convolve, convolve_apart
from sim.golden.surd import Surd
from sim.golden.tensor import Tensor
from sim.golden.xnor import xnor_convolve

__all__ = [
    "apply",
    "batch_norm",
    "conv2d",
    "dense",
    "flatten",
    "max_pool",
    "multi_threshold",
    "sign",
]


def conv2d(x: Tensor, layer: Conv2d) -> Tensor:
    """Convolve bits, pixels or fixed-point numbers with weights of any width.

    The integers are ``sum(w * k)`` over the taps, ``k`` being the integers of ``x``. They keep
    the meaning of ``x``: on a picture ``scale * u + offset`` they stand for
    ``scale * k + offset * sum(w)``. True zero padding of such a picture pads with the level that
    stands for zero, ``-offset / scale``; should that be no integer, all levels are first
    multiplied by its denominator. Binary points of the weights only change the scale, and a
    bias the offset.

    Parameters
    ----------
    x : Tensor (N, H, W, C)
        Values of one scale and offset for all channels: a picture, bits, or maxima of those.
    layer : Conv2d
        A `DepthwiseConv2d` sums over the taps of each channel.

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
    grain, pad = 1, np.zeros(shape[2], np.int64)
    if any(padding):
        grain, pad = padding_levels(layer, x.form)
    if isinstance(layer, DepthwiseConv2d):
        ints = x.ints.astype(np.int64) * grain
        kernels = layer.weights[..., 0]
        sums = convolve_apart(
            ints, kernels, layer.stride, padding, pad, dilation=layer.dilation, peak=form.peak
        )
        return Tensor(sums, form)
    between = grain == 1 and abs(int(pad[0])) <= 1
    if isinstance(x.stored, PackedBits) and layer.weight_bits == 1 and between:
        sums = xnor_convolve(
            x.stored, layer.weights, layer.stride, padding, int(pad[0]), layer.dilation
        )
        return Tensor(sums, form)
    ints = x.ints.astype(np.int64) * grain if grain != 1 else x.ints
    sums = convolve(
        ints, layer.weights, layer.stride, padding, pad, dilation=layer.dilation, peak=form.peak
    )
    return Tensor(sums, form)


def dense(x: Tensor, layer: Dense) -> Tensor:
    """Multiply the flattened features, in HWC order, by weights of any width.

    Integers and errors are those of ``conv2d``; the result has the shape (N, 1, 1, units).
    """
    inputs = prod(_shape(x))
    if layer.weights.shape[1] != inputs:
        raise _error(layer, f"reads {inputs} values and has weights for {layer.weights.shape[1]}")
    form = product_form(x.form, layer, padded=False)
    kernel = layer.weights[:, np.newaxis, np.newaxis]
    if isinstance(x.stored, PackedBits) and layer.weight_bits == 1:
        return Tensor(xnor_convolve(x.stored.flattened(), kernel), form)
    flat = x.ints.reshape(len(x.ints), 1, 1, inputs)
    return Tensor(convolve(flat, kernel, peak=form.peak), form)


def batch_norm(x: Tensor, layer: BatchNorm) -> Tensor:
    """Normalise each channel: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, exactly.

    The integers stay as they are; what they stand for changes. Shapes (N, H, W, C) to the same.
    """
    return Tensor(x.stored, normalised_form(x.form, layer))


def sign(x: Tensor) -> Tensor:
    """Return +1 where the exact value is >= 0 and -1 elsewhere, packed; shape unchanged.

    Raises
    ------
    ModelError
        Behind a relu, where it would always be +1.
    """
    if x.form.rectified:
        raise ModelError("sign behind relu is always +1")
    return Tensor(x.form.bits(x.ints), Form.plain(x.shape[-1], 1))


def multi_threshold(x: Tensor, layer: MultiThreshold) -> Tensor:
    """Return how many thresholds of its channel are not above each value; shape unchanged.

    These counts stand for ``out_scale * k + out_bias``; of -1 and +1 they are packed bits.
    """
    channels = x.shape[-1]
    rows = np.broadcast_to(layer.thresholds, (channels, layer.count))
    counts = np.zeros(x.ints.shape, integer_dtype(layer.count))
    for limits in rows.T:
        reached = _lowered(x.form, tuple(limits.tolist())).bits(x.ints).booleans()
        # Behind a relu, what is below zero stands for zero.
        counts += reached | (limits <= 0) if x.form.rectified else reached
    if layer.signs:
        return Tensor(pack(counts > 0), Form.plain(channels, 1))
    scale, bias = Surd.of(layer.out_scale), Surd.of(layer.out_bias)
    form = derive_once(
        layer, (channels,), lambda: Form((scale,) * channels, (bias,) * channels, layer.count)
    )
    return Tensor(counts, form)


@lru_cache(maxsize=1024)
def _lowered(form: Form, limits: tuple[float, ...]) -> Form:
    """What integers stand for, less a limit of each channel."""
    pairs = zip(form.intercepts, limits, strict=True)
    return replace(form, intercepts=tuple(k - Surd.of(limit) for k, limit in pairs), levels=None)


def max_pool(x: Tensor, layer: MaxPool) -> Tensor:
    """Return the largest value of each window, (N, H, W, C) to (N, H', W', C).

    It is chosen among integers: where a negative gamma makes values fall with them, the smallest.
    With ``ceil``, windows overhang the bottom and the right, and none starts outside. Padding is
    never the maximum.

    Raises
    ------
    ModelError
        Where no window fits.
    """
    shape = _shape(x)
    with located(f"layer {layer.name!r}"):
        rows, columns, channels = output_shape(layer, shape)
    margin = resolve_padding(layer, shape)
    falls = x.form.directions < 0
    if isinstance(x.stored, PackedBits):
        # Bits that fall are inverted on the way in and on the way out.
        flip = pack(falls.reshape(1, 1, 1, channels)).words
        best = _largest(x.stored.words ^ flip, layer, (rows, columns), margin, np.bitwise_or, 0)
        return Tensor(PackedBits(best ^ flip, channels), x.form)
    planes = np.moveaxis(x.ints, -1, 0)
    order = np.where(falls, -1, 1).astype(planes.dtype).reshape(channels, 1, 1, 1)
    planes = planes * order if falls.any() else planes
    least = np.iinfo(planes.dtype).min
    best = _largest(planes, layer, (rows, columns), margin, np.maximum, least)
    best = best * order if falls.any() else best
    return Tensor(np.moveaxis(best, 0, -1), x.form)


def _largest(
    planes: NDArray[Any],
    layer: MaxPool,
    size: tuple[int, int],
    margin: tuple[int, int, int, int],
    larger: np.ufunc,
    least: int,
) -> NDArray[Any]:
    """Reduce each window of ``planes``, shape (..., H, W), by ``larger``."""
    top, bottom, left, right = margin
    if any(margin):
        sides = [(0, 0)] * (planes.ndim - 2) + [(top, bottom), (left, right)]
        planes = np.pad(planes, sides, constant_values=least)
    height, width = planes.shape[-2:]
    best = np.full((*planes.shape[:-2], *size), least, planes.dtype)
    for dy in range(min(layer.window[0], height)):
        for dx in range(min(layer.window[1], width)):
            tap = planes[..., dy :: layer.stride[0], dx :: layer.stride[1]]
            tap = tap[..., : size[0], : size[1]]
            corner = best[..., : tap.shape[-2], : tap.shape[-1]]
            larger(corner, tap, out=corner)
    return best


def flatten(x: Tensor) -> Tensor:
    """Reshape (N, H, W, C) to (N, 1, 1, H*W*C), channel fastest."""
    frames, height, width, channels = x.shape
    pixels = height * width
    if isinstance(x.stored, PackedBits):
        flat = x.stored.flattened()
    else:
        flat = x.ints.reshape(frames, 1, 1, pixels * channels)
    return Tensor(flat, repeated_form(x.form, pixels) if pixels > 1 else x.form)


def apply(layer: Layer, *sources: Tensor) -> Tensor:
    """Compute ``layer``, of whatever kind, from what it reads, in the order of its ``inputs``."""
    x = sources[0]
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
            with located(f"layer {layer.name!r}"):
                return sign(x)
        case Flatten():
            return flatten(x)
        case Relu():
            return relu(x)
        case MultiThreshold():
            return multi_threshold(x, layer)
        case Quantise():
            return quantise(x, layer)
        case AveragePool():
            return average_pool(x, layer)
        case Add():
            return add(layer, sources)
        case Concat():
            return concat(layer, sources)
        case _:
            assert_never(layer)


def _shape(x: Tensor) -> tuple[int, int, int]:
    _, height, width, channels = x.shape
    return height, width, channels


def _error(layer: Layer, constraint: str) -> ModelError:
    return ModelError(f"layer {layer.name!r}: {constraint}")
