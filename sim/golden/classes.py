"""The class of each frame: the largest score, decided exactly."""

from functools import cmp_to_key
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden.forms import Form

__all__ = ["best_channels"]

ROUNDINGS = 2.0**-50
"""More than the relative error of slope, intercept, product and sum in float64 together."""

SMALLEST = 2.0**-1074
"""The spacing of float64 near zero, where errors are no longer relative."""


def best_channels(ints: NDArray[Any], form: Form) -> NDArray[np.int64]:
    """Return the channel with the largest value, the lowest index among equal ones.

    Most frames are decided in float64: the channels whose value may, within a bound on the
    rounding error, be the largest are found, and when that is only one it is the answer. The
    others are compared exactly, so equal values count as equal whatever their scales.

    Parameters
    ----------
    ints : integer array (N, channels)
    form : Form

    Returns
    -------
    int64 array (N,)
    """
    slopes, intercepts = form.floats
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = ints * slopes
        values = scaled + intercepts
        error = ROUNDINGS * (np.abs(scaled) + np.abs(intercepts)) + SMALLEST * (
            np.abs(ints.astype(np.float64)) + 4
        )
        floor = (values - error).max(axis=1, keepdims=True)
        # What has overflowed is not finite, fails the comparison, and so stays open.
        possible = ~(values + error < floor)
    classes = possible.argmax(axis=1).astype(np.int64)
    for frame in np.flatnonzero(possible.sum(axis=1) > 1):
        classes[frame] = _exactly(ints[frame].tolist(), np.flatnonzero(possible[frame]), form)
    return classes


def _exactly(ints: list[int], channels: NDArray[np.intp], form: Form) -> int:
    def compare(a: int, b: int) -> int:
        if form.slopes[a] == form.slopes[b] and form.intercepts[a] == form.intercepts[b]:
            return int(form.directions[a]) * (ints[a] - ints[b])
        value_a = form.slopes[a] * ints[a] + form.intercepts[a]
        value_b = form.slopes[b] * ints[b] + form.intercepts[b]
        return (value_a - value_b).sign()

    return max(channels.tolist(), key=cmp_to_key(compare))  # the first of equal ones
