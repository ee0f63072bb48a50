"""Convolutions and dense layers as matrix stages: weights, padding, and the range of their sums."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.kinds.shape import Shape
from hwgen.model.layers import Conv2d, Dense, DepthwiseConv2d
from hwgen.model.shapes import resolve_padding
from hwgen.network import BIPOLAR, Element, Matrix
from hwgen.passes.fold_picture import Picture
from hwgen.passes.stage_values import Values, bits_of, check_sums

__all__ = ["matrix_stage", "padding_element", "sums_range", "weights_of"]

Range = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Least and greatest integer of each channel."""


def weights_of(layer: Conv2d | Dense) -> NDArray[np.int64]:
    """Weights as integers, (out, ky, kx, in)."""
    weights = layer.weights.astype(np.int64)
    return weights if weights.ndim == 4 else weights[:, None, None, :]


def padding_element(
    layer: Conv2d | Dense, at: Values, picture: Picture, reader: Conv2d | None
) -> int | None:
    """What a padded element is stored as; None is the true zero of bipolar inputs.

    Parameters
    ----------
    at : Values
        What the layer reads.
    picture, reader
        The picture, and the layer that its padding was folded for.

    Raises
    ------
    ModelError
        If nothing that can be stored stands for it.
    """
    if not isinstance(layer, Conv2d) or not any(resolve_padding(layer, at.shape)):
        return 0
    padding = layer.padding
    if at.pixels:
        known = reader.padding if reader else padding
        if (padding.pixel, padding.value) != (known.pixel, known.value):
            raise ModelError("pads the picture with another pixel than others do")
        return picture.pad
    if padding.pixel is not None:
        raise ModelError("only a layer that reads the picture can pad with a pixel")
    if at.element.bipolar:
        return {-1: 0, 1: 1, 0: None}[padding.value]
    level = (padding.value - at.offset) / at.scale
    low, high = at.bounds
    if level.denominator > 1 or not low.min() <= level <= high.max():
        raise ModelError(f"no activation of what it reads is {padding.value}: pad with another")
    return int(level)


def sums_range(
    layer: Conv2d | Dense, at: Values, weights: NDArray[np.int64], pad: int | None
) -> Range:
    """Least and greatest sum of each output channel."""
    low, high = at.bounds
    if not at.element.bipolar:
        low, high = np.minimum(low, pad or 0), np.maximum(high, pad or 0)
    plus = np.maximum(weights, 0).sum(axis=(1, 2))
    minus = np.maximum(-weights, 0).sum(axis=(1, 2))
    if isinstance(layer, DepthwiseConv2d):
        plus, minus = np.diag(plus[:, 0]), np.diag(minus[:, 0])
    low = np.resize(low, plus.shape[1])
    high = np.resize(high, plus.shape[1])
    return plus @ low - minus @ high, plus @ high - minus @ low


def matrix_stage(
    layer: Conv2d | Dense,
    at: Values,
    weights: NDArray[np.int64],
    thresholds: NDArray[np.int64] | None,
    pad: int | None,
    sums: Range,
    out_shape: Shape,
) -> Matrix:
    """Stage of a layer, with thresholds or without.

    Parameters
    ----------
    weights : int64 (out, ky, kx, in)
        Those of the layer, negated where the thresholds ask for it.
    pad : int or None
        From `padding_element`.
    sums : Range
        From `sums_range`, of these weights.

    Raises
    ------
    ModelError
        If sums are too wide.
    """
    acc_min, acc_max = int(sums[0].min()), int(sums[1].max())
    acc_bits = bits_of(acc_min, acc_max)
    check_sums(acc_bits)
    in_shape, stride, dilation, padding = (1, 1, prod(at.shape)), (1, 1), (1, 1), (0, 0, 0, 0)
    if isinstance(layer, Conv2d):
        in_shape, stride, dilation = at.shape, layer.stride, layer.dilation
        padding = resolve_padding(layer, at.shape)
    element = _weight_format(layer, weights)
    return Matrix(
        layer.name,
        at.source,
        in_shape,
        out_shape,
        Element(acc_bits, signed=True) if thresholds is None else BIPOLAR,
        at.element,
        stride,
        padding,
        pad,
        (weights > 0).astype(np.uint8) if element.bipolar else weights,
        thresholds,
        acc_min,
        acc_max,
        element,
        dilation,
        layer.kind,
    )


def _weight_format(layer: Conv2d | Dense, weights: NDArray[np.int64]) -> Element:
    """Format of a layer's weights as they are stored, negated ones among them.

    A description of 1-bit weights has -1 and +1; wider ones are two's complement, however few bits
    their values happen to need.
    """
    if layer.weight_bits == 1:
        return BIPOLAR
    return Element(bits_of(int(weights.min()), int(weights.max())), signed=True)
