"""Turns what people hand to the builder into the exact types that the layers hold."""

import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.head import YoloHead
from hwgen.model.kinds.base import MAX_BITS
from hwgen.model.kinds.figures import as_array
from hwgen.model.layers import Affine, Padding, Table
from hwgen.model.values import check_int
from hwgen.model.weights import check_weight_values, weight_dtype

__all__ = [
    "as_figures",
    "as_fraction",
    "as_integer",
    "as_padding",
    "as_pair",
    "as_rationals",
    "as_rows",
    "as_scales",
    "as_transform",
    "as_weight_format",
    "as_weights",
    "as_yolo_head",
]


def as_integer(what: str, value: Any) -> int:
    """Take any integer type, but neither True nor a float."""
    if not isinstance(value, bool | np.bool_):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise ModelError(f"{what} must be an integer, not {describe(value)}")


def as_pair(what: str, value: Any) -> tuple[int, int]:
    """Take one integer for rows and columns, or both."""
    if not isinstance(value, tuple | list):
        value = (value, value)
    if len(value) != 2:
        raise ModelError(f"{what} must be a number or (rows, columns), not {describe(value)}")
    return (as_integer(what, value[0]), as_integer(what, value[1]))


def as_padding(padding: Any, value: int | None, pixel: int | None) -> Padding:
    """Make a Padding of "valid", "same" or (top, bottom, left, right) and what it stands for."""
    if padding == "valid":
        if value is not None or pixel is not None:
            raise ModelError("pad_value and pad_pixel are for a padding other than 'valid'")
        return Padding()
    if (value is None) == (pixel is None):
        raise ModelError("padding needs either pad_value or pad_pixel")
    number = 0 if value is None else as_integer("pad_value", value)
    pixel = None if pixel is None else as_integer("pad_pixel", pixel)
    if padding == "same":
        return Padding("same", value=number, pixel=pixel)
    if not isinstance(padding, tuple) or len(padding) != 4:
        raise ModelError(
            "padding must be 'valid', 'same' or (top, bottom, left, right), "
            f"not {describe(padding)}"
        )
    top, bottom, left, right = (as_integer("padding", count) for count in padding)
    return Padding("explicit", top, bottom, left, right, number, pixel)


def as_weights(weights: ArrayLike, bits: int) -> NDArray[np.int8] | NDArray[np.int16]:
    """Copy weights of any number type, all integers of ``bits`` bits, into a read-only array."""
    values = _array("weights", weights)
    if not values.size:
        raise ModelError(f"weights must not be empty, but have the shape {values.shape}")
    check_weight_values("weights", values, bits)
    whole = values.astype(weight_dtype(bits), order="C")
    if (whole != values).any():
        at = tuple(np.argwhere(whole != values)[0].tolist())
        raise ModelError(f"weights must be integers, not {values[at]} at {[*at]}")
    return _frozen(whole)


def as_weight_format(bits: int, fraction_bits: int) -> tuple[int, int]:
    """Bits of a weight, and those behind its binary point, as the description allows them."""
    width = as_integer("weight_bits", bits)
    check_int("weight_bits", width, 1, MAX_BITS)
    return width, as_integer("weight_fraction_bits", fraction_bits)


def as_figures(what: str, value: Any, channels: int) -> NDArray[Any]:
    """Copy one figure a channel, or one for all, into a read-only array as `as_array` makes it."""
    values = np.asarray(value, object) if _has_fractions(value) else _array(what, value)
    if values.shape not in ((), (channels,)):
        raise ModelError(f"{what} must have {channels} figures, not the shape {values.shape}")
    figures = np.broadcast_to(values, (channels,))
    if values.dtype == object:
        return as_array([as_fraction(what, figure) for figure in figures])
    return _frozen(figures.astype(np.float64))


def as_rationals(what: str, value: Any) -> tuple[Fraction, ...]:
    """Take one number or several, each exactly."""
    numbers = [value] if isinstance(value, str) or np.ndim(value) == 0 else list(value)
    # A float32 says what it is as a float64.
    return tuple(as_fraction(what, x.item() if isinstance(x, np.generic) else x) for x in numbers)


def as_scales(fraction_bits: int, scale: Any) -> tuple[Fraction, ...]:
    """Scales as given, or what so many bits behind a binary point say."""
    bits = as_integer("fraction_bits", fraction_bits)
    if scale is None:
        check_int("fraction_bits", bits, 0, MAX_BITS - 1)
        return (Fraction(1, 1 << bits),)
    if bits:
        raise ModelError("fraction_bits and scale say the same: leave one out")
    return as_rationals("scale", scale)


def as_rows(what: str, value: ArrayLike) -> NDArray[np.float64]:
    """Copy rows of figures, or one row, into a read-only float64 array (rows, figures)."""
    values = np.atleast_2d(_array(what, value)).astype(np.float64, order="C")
    return _frozen(values.copy())


def as_transform(transform: Affine | Table | None) -> Affine | Table:
    """Make an input transform's figures exact; None is the identity."""
    match transform:
        case None:
            return Affine()
        case Affine(scale=scale, offset=offset):
            return Affine(as_fraction("scale", scale), as_fraction("offset", offset))
        case Table(values=values, scale=scale):
            levels = _array("values", values)
            if levels.dtype.kind not in "iu":
                raise ModelError(f"values of a table must be integers, not {levels.dtype}")
            levels = np.atleast_2d(levels).astype(np.int64, order="C")
            return Table(_frozen(levels), as_fraction("scale", scale))
        case _:
            raise ModelError(f"transform must be an Affine or a Table, not {describe(transform)}")


def as_yolo_head(
    grid: Any, boxes: Any, classes: Any, scale: Any, names: Sequence[str] | None
) -> YoloHead:
    """Make a head of ``grid`` (rows, columns), its scale exact."""
    return YoloHead(
        *as_pair("grid", grid),
        as_integer("boxes", boxes),
        as_integer("classes", classes),
        as_fraction("scale", scale),
        None if names is None else tuple(names),
    )


def as_fraction(what: str, value: Any) -> Fraction:
    """Take any finite number, or text that a Fraction reads, exactly."""
    try:
        return Fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise ModelError(f"{what} must be a finite number, not {describe(value)}") from error


def _has_fractions(value: Any) -> bool:
    flat = [value] if isinstance(value, str) or np.ndim(value) == 0 else list(value)
    return any(isinstance(figure, str | Fraction) for figure in flat)


def _array(what: str, value: ArrayLike) -> NDArray[Any]:
    try:
        values = np.asarray(value)
    except ValueError as error:
        raise ModelError(f"{what} must be an array, not nested lists of uneven length") from error
    if values.dtype.kind not in "iuf":
        raise ModelError(f"{what} must be an array of numbers, not of {values.dtype}")
    return values


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
