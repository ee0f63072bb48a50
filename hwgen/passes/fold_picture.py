"""Fold the input transform: pixels become integer levels with one scale and offset."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.layers import Affine, Conv2d, Model
from hwgen.network import Element

__all__ = ["Picture", "fold_picture"]

PIXEL = Element(8, signed=False)


@dataclass(frozen=True, eq=False)
class Picture:
    """The picture as integers: ``x = scale * level + offset`` with ``level = table[c, u]``.

    ``table`` is int64 (channels or 1, 256), or None where the level is the pixel itself.
    ``pad`` is the level that stands for the padding of the layer that reads the picture; for that,
    affine levels are ``grain`` times the pixels.
    """

    table: NDArray[np.int64] | None
    element: Element
    scale: Fraction
    offset: Fraction
    pad: int
    grain: int = 1


def fold_picture(model: Model, reader: Conv2d | None) -> Picture:
    """Levels for the picture and for the padding of ``reader`` (None: nothing pads).

    True zero padding of an affine transform needs a level ``-offset / scale``; where that is a
    fraction with a small denominator the pixels are scaled by it.

    Raises
    ------
    ModelError
        If no level stands for the padding.
    """

    def refuse(why: str) -> ModelError:
        name = reader.name if reader else "input"
        return ModelError(f"{model.source}: layer {name!r}: {why}")

    transform = model.input.transform
    padding = reader.padding if reader is not None and reader.padding.mode != "valid" else None
    if padding and padding.pixel is None and padding.value:
        raise refuse(f"padding a picture takes a pixel or 0, not {padding.value:+d}")

    if isinstance(transform, Affine):
        factor, zero = 1, 0
        if padding and padding.pixel is None:
            level = -transform.offset / transform.scale
            factor, zero = level.denominator, level.numerator
            if factor > 256 or abs(zero) > 1 << 16:
                raise refuse(
                    "zero padding needs offset/scale of the input transform to be a fraction "
                    'with a denominator up to 256 (write "2/255", not 0.00784), or pad with a '
                    "pixel"
                )
        elif padding and padding.pixel is not None:
            zero = padding.pixel
        element = _element(min(0, zero), max(255 * factor, zero))
        plain = element == PIXEL
        table = None if plain else np.arange(256, dtype=np.int64)[None] * factor
        return Picture(table, element, transform.scale / factor, transform.offset, zero, factor)

    zero = 0
    if padding and padding.pixel is not None:
        pads = np.unique(transform.values[:, padding.pixel])
        if pads.size > 1:
            raise refuse(
                f"pixel {padding.pixel} pads with a different level in each channel's table; "
                "pad with 0 or share one table"
            )
        zero = int(pads[0])
    low, high = int(transform.values.min()), int(transform.values.max())
    element = _element(min(low, zero), max(high, zero))
    return Picture(transform.values, element, transform.scale, Fraction(0), zero)


def _element(low: int, high: int) -> Element:
    signed = low < 0
    bits = max(high.bit_length(), (-low - 1).bit_length() if signed else 0, 1) + signed
    return Element(bits, signed=signed)
