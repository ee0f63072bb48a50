"""Fold the input transform: pixels become integer levels with one scale and offset."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import Affine, Conv2d, Input, Model, Padding
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.network import BIPOLAR, Element

__all__ = ["Picture", "fold_picture", "pixel_element"]

MAX_TABLE_BITS = 12
"""Bits of a pixel that a table in hardware makes a level of."""


@dataclass(frozen=True, eq=False)
class Picture:
    """The picture as integers: ``x = scale * level + offset`` with ``level = table[c, u]``.

    ``table`` is int64 (channels or 1, 2 ** bits), as `Levels` has it, or None where the level is
    the pixel itself, or, of 1-bit pixels, -1 and +1: ``element`` is bipolar then. ``low`` and
    ``high`` are the least and greatest level, one a channel or one for all. ``pad`` is what stands
    for the padding of the layer that reads the picture, as it is stored: a level, a bit, or None
    for the true zero between two bits. For padding, affine levels are ``grain`` times the pixels.
    """

    table: NDArray[np.int64] | None
    element: Element
    scale: Fraction
    offset: Fraction
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    pad: int | None
    grain: int = 1


def pixel_element(picture: Input) -> Element:
    """Format of a pixel as it comes in: 1-bit pixels of two values are bipolar."""
    if picture.bits == 1 and isinstance(picture.meaning, Affine):
        return BIPOLAR
    return Element(picture.bits, signed=picture.signed)


def fold_picture(model: Model, reader: Conv2d | None) -> Picture:
    """Levels for the picture and for the padding of ``reader`` (None: nothing pads).

    True zero padding of an affine transform needs a level ``-offset / scale``; where that is a
    fraction with a small denominator the pixels are scaled by it.

    Raises
    ------
    ModelError
        If no level stands for the padding.
    """
    padding = None
    if reader is not None and any(resolve_padding(reader, infer_shapes(model)[reader.inputs[0]])):
        padding = reader.padding
    name = reader.name if reader else "input"
    with located(f"{model.source}: layer {name!r}"):
        if padding and padding.pixel is None and padding.value:
            raise ModelError(f"padding a picture takes a pixel or 0, not {padding.value:+d}")
        transform = model.input.meaning
        if not isinstance(transform, Affine):
            return _levels(model.input, transform.values, transform.scale, padding)
        return _affine(model.input, transform, padding)


def _affine(picture: Input, transform: Affine, padding: Padding | None) -> Picture:
    """Pixels themselves, -1 and +1 of one bit, or so many times them that padding is a level."""
    low, bit = picture.low, picture.bits == 1
    levels = np.array([[-1, 1]]) if bit else np.arange(low, picture.high + 1)[None]
    scale = transform.scale / 2 if bit else transform.scale
    offset = transform.offset + scale if bit else transform.offset
    factor, zero = 1, 0
    if padding and padding.pixel is not None:
        zero = int(levels[0, padding.pixel - low])
    elif padding:
        level = -offset / scale
        factor, zero = level.denominator, level.numerator
        if factor > 256 or abs(zero) > 1 << 16:
            raise ModelError(
                "zero padding needs offset/scale of the input transform to be a fraction "
                'with a denominator up to 256 (write "2/255", not 0.00784), or pad with a '
                "pixel"
            )
    least, most = levels[:, 0] * factor, levels[:, -1] * factor
    if factor == 1 and least[0] <= zero <= most[0]:
        # Between two bits there is a true zero.
        pad = {-1: 0, 0: None, 1: 1}[zero] if bit else zero
        return Picture(None, pixel_element(picture), scale, offset, least, most, pad)
    if picture.bits > MAX_TABLE_BITS:
        raise ModelError(
            f"zero padding of pixels of more than {MAX_TABLE_BITS} bits needs a pixel that stands "
            "for zero; pad with a pixel"
        )
    element = _element(min(int(least[0]), zero), max(int(most[0]), zero))
    table = _as_stored(picture, levels) * factor
    return Picture(table, element, scale / factor, offset, least, most, zero, factor)


def _levels(
    picture: Input, values: NDArray[np.int64], scale: Fraction, padding: Padding | None
) -> Picture:
    """Levels of a table."""
    zero = 0
    if padding and padding.pixel is not None:
        pads = np.unique(values[:, padding.pixel - picture.low])
        if pads.size > 1:
            raise ModelError(
                f"pixel {padding.pixel} pads with a different level in each channel's table; "
                "pad with 0 or share one table"
            )
        zero = int(pads[0])
    low, high = values.min(axis=1), values.max(axis=1)
    element = _element(min(int(low.min()), zero), max(int(high.max()), zero))
    table = _as_stored(picture, values)
    return Picture(table, element, scale, Fraction(0), low, high, zero)


def _as_stored(picture: Input, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Values of pixels from the least on, in the order of the pixels' bits."""
    return np.roll(values, picture.low, axis=1)


def _element(low: int, high: int) -> Element:
    signed = low < 0
    bits = max(high.bit_length(), (-low - 1).bit_length() if signed else 0, 1) + signed
    return Element(bits, signed=signed)
