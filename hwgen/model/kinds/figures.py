"""Figures of a layer: one for each channel, or one for all of them, in exact rationals."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.values import check_rational, write_rational

__all__ = [
    "FIGURES",
    "as_array",
    "check_array",
    "check_rationals",
    "read_array",
    "read_rationals",
    "write_array",
    "write_rationals",
]

FIGURES = {"$ref": "#/$defs/figures"}


def read_rationals(what: str, value: Any, channels: int) -> tuple[Fraction, ...]:
    """Figures as the file has them: one, or one a channel."""
    if not isinstance(value, list):
        return (Fraction(value),)
    _check_count(what, len(value), channels)
    return tuple(map(Fraction, value))


def write_rationals(figures: Sequence[Fraction]) -> int | str | list[int | str]:
    """Figures as the file has them."""
    written = [write_rational(figure) for figure in figures]
    return written if len(written) > 1 else written[0]


def check_rationals(what: str, figures: object) -> None:
    """Refuse what is no tuple of exact fractions."""
    if not isinstance(figures, tuple) or not figures:
        raise ModelError(f"{what} must be a tuple of Fractions, not {describe(figures)}")
    for figure in figures:
        check_rational(what, figure)


def as_array(figures: Sequence[Any]) -> NDArray[Any]:
    """Numbers and fractions in a read-only array: float64 where that holds them all.

    Else of Fractions, each exactly what it was given as.
    """
    exact = any(isinstance(figure, str | Fraction) for figure in figures)
    if exact and not _all_floats(figures):
        array = np.empty(len(figures), object)
        array[:] = [Fraction(figure) for figure in figures]
    else:
        array = np.array([float(Fraction(x)) if exact else x for x in figures], np.float64)
    array.flags.writeable = False
    return array


def read_array(what: str, value: Any, channels: int) -> NDArray[Any]:
    """Figures as the file has them, one a channel, as `as_array` has them."""
    if isinstance(value, list):
        _check_count(what, len(value), channels)
    return as_array(value if isinstance(value, list) else [value] * channels)


def write_array(array: NDArray[Any]) -> list[float | int | str]:
    """One figure a channel: a number where float64 holds it, else text."""
    return [write_rational(x) if isinstance(x, Fraction) else x for x in array.tolist()]


def check_array(what: str, array: object, length: int) -> None:
    """Refuse what is no array of so many float64 that are finite, or of Fractions."""
    if not isinstance(array, np.ndarray) or array.dtype not in (np.float64, np.dtype(object)):
        raise ModelError(f"{what} must be a float64 array, not {describe(array)}")
    if array.shape != (length,) or not length:
        raise ModelError(f"{what} must have one figure for each channel, not {array.shape}")
    if array.dtype == object:
        for figure in array:
            check_rational(what, figure)
    elif not (good := np.isfinite(array)).all():
        channel = int(np.argmin(good))
        raise ModelError(f"{what} must be finite, but is {array[channel]} at channel {channel}")


def _check_count(what: str, count: int, channels: int) -> None:
    if count != channels:
        raise ModelError(f"{what} must have {channels} figures, not {count}")


def _all_floats(figures: Sequence[Any]) -> bool:
    """Whether float64 holds every one of the figures exactly."""
    try:
        return all(Fraction(float(x)) == x for x in map(Fraction, figures))
    except OverflowError:
        return False
