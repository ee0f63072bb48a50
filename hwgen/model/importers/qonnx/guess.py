"""Least integers that reach a level, by floats with a bound on their error.

Exact arithmetic with roots takes some 50 microseconds a threshold, floats next to nothing. A float
settles an integer wherever the number that it stands for surely lies between two integers, and that
is nearly always: only the others are left to `steps.inverse`.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.importers.qonnx.steps import Clip, Linear, Norm, Steps

__all__ = ["guess"]

_EPSILON = 16 * np.finfo(np.float64).eps
"""Relative error of a few operations, generously."""

_LARGEST = 2.0**50

Floats = NDArray[np.float64]


def guess(
    steps: Steps, channels: int, cuts: NDArray[Any], falling: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Least integers whose values reach cuts; of negated integers where values fall.

    Parameters
    ----------
    steps : tuple of Step
        From an integer to its value.
    cuts : Fractions (channels or 1, count)
    falling : bool (channels)
        Whether the value falls where the integer rises.

    Returns
    -------
    found : int64 (channels, count)
    sure : bool (channels, count)
        Where ``found`` is the exact answer, whether or not the cut itself is reached.
    """
    numbers = np.array([[_float(cut) for cut in row] for row in cuts])
    at = np.broadcast_to(numbers, (channels, numbers.shape[1])).copy()
    error = np.abs(at) * _EPSILON
    sure = np.isfinite(at)
    with np.errstate(all="ignore"):
        for step in reversed(steps):
            match step:
                case Linear():
                    slope, offset = _column(step.slope), _column(step.offset)
                    at, error = _divided(at - offset, error, np.abs(at) + np.abs(offset), slope)
                case Norm():
                    beta, mean = _column(step.beta), _column(step.mean)
                    size = np.abs(at) + np.abs(beta)
                    factor = _column(step.gamma) / np.sqrt(_column(step.variance))
                    at, error = _divided(at - beta, error, size, factor)
                    at = at + mean
                    error = error + (np.abs(at) + np.abs(mean)) * _EPSILON
                case Clip(low, high):
                    # Inside the ends nothing changes; at them and beyond is for exact arithmetic.
                    if low is not None:
                        sure &= at - error > _float(low)
                    if high is not None:
                        sure &= at + error < _float(high)
                case _:
                    sure &= False
        at = np.where(falling[:, None], -at, at)
        sure &= (np.abs(at - np.rint(at)) > error) & (np.abs(at) < _LARGEST)
    return np.where(sure, np.ceil(np.where(sure, at, 0)), 0).astype(np.int64), sure


def _divided(above: Floats, error: Floats, size: Floats, below: Floats) -> tuple[Floats, Floats]:
    """A difference of numbers of a ``size`` over a factor, with its error."""
    at = above / below
    return at, (error + size * _EPSILON) / np.abs(below) + np.abs(at) * _EPSILON


def _column(figures: NDArray[Any]) -> Floats:
    return np.array([_float(figure) for figure in figures])[:, None]


def _float(number: Fraction) -> float:
    """The nearest float; not a number where it is too large for one."""
    try:
        return float(number)
    except OverflowError:
        return float("nan")
