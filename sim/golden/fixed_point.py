"""Rectification, rounding to fixed point, and means: exact, on integers and what they stand for."""

from dataclasses import replace
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import AveragePool, Quantise
from hwgen.model.shapes import output_shape
from sim.golden.forms import LARGEST, Form, integer_dtype
from sim.golden.surd import ZERO, Surd
from sim.golden.tensor import Tensor

__all__ = ["average_pool", "quantise", "relu"]

DOUBT = 2.0**-40
"""Relative distance from an integer within which a float64 does not say what its floor is."""


def relu(x: Tensor) -> Tensor:
    """Return the larger of each value and zero; integers stay as they are, shape unchanged."""
    return Tensor(x.stored, replace(x.form, rectified=True, levels=None))


def quantise(x: Tensor, layer: Quantise) -> Tensor:
    """Return the nearest multiples of the scale, saturating; shape unchanged.

    The integers are ``floor(value / scale + 1/2)``, kept within their range; of half_even the even
    one of that and ``ceil(value / scale - 1/2)``.
    """
    low, high = 0, (1 << layer.bits) - 1
    if layer.signed:
        low, high = -(1 << (layer.bits - 1)), (1 << (layer.bits - 1)) - 1
    if layer.narrow:
        low, high = (low + 1, high) if layer.signed else (low, high - 1)
    form, ints = x.form, x.ints
    channels = ints.shape[-1]
    units = layer.scales if len(layer.scales) > 1 else layer.scales * channels
    least = max(low, 0) if form.rectified else low
    peak = max(-low, high)
    out = np.empty(ints.shape, integer_dtype(peak))
    half = Surd.of(Fraction(1, 2))
    for c, (slope, intercept, unit) in enumerate(
        zip(form.slopes, form.intercepts, units, strict=True)
    ):
        found, places = np.unique(ints[..., c], return_inverse=True)
        found = found.astype(np.int64)
        slope, intercept = slope * (1 / unit), intercept * (1 / unit)
        nearest = _floors(found, slope, intercept + half)
        if layer.rounding == "half_even":
            # They differ where a number is halfway, and one of them is even.
            below = -_floors(found, slope * -1, intercept * -1 + half)
            nearest = np.where(nearest % 2 == 0, nearest, below)
        out[..., c] = np.clip(nearest, least, high)[places.reshape(ints.shape[:-1])]
    return Tensor(out, Form(tuple(map(Surd.of, units)), (ZERO,) * channels, peak))


def average_pool(x: Tensor, layer: AveragePool) -> Tensor:
    """Return the mean of each window, (N, H, W, C) to (N, H', W', C).

    The integers are the windows' sums.

    Raises
    ------
    ModelError
        Where no window fits, or behind a relu, which no sum of these integers stands for.
    """
    frames, height, width, channels = x.shape
    if x.form.rectified:
        raise ModelError(f"layer {layer.name!r}: reads what relu left; put a quantise before it")
    with located(f"layer {layer.name!r}"):
        rows, columns, _ = output_shape(layer, (height, width, channels))
    count = prod(layer.window)
    peak = x.form.peak * count
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its sums may need more than 62 bits")
    total = np.zeros((frames, rows, columns, channels), integer_dtype(peak))
    ints = x.ints
    for dy in range(layer.window[0]):
        for dx in range(layer.window[1]):
            tap = ints[:, dy :: layer.stride[0], dx :: layer.stride[1]]
            total += tap[:, :rows, :columns]
    share = Fraction(1, count)
    slopes = tuple(slope * share for slope in x.form.slopes)
    return Tensor(total, replace(x.form, slopes=slopes, peak=peak, levels=None))


def _floors(ks: NDArray[np.int64], slope: Surd, intercept: Surd) -> NDArray[Any]:
    """Return ``floor(slope * k + intercept)``, exactly."""
    a, b = slope.rational, intercept.rational
    if a is not None and b is not None:
        common = lcm(a.denominator, b.denominator)
        p, q = int(a * common), int(b * common)
        reach = abs(p) * (int(np.abs(ks).max()) if len(ks) else 0) + abs(q)
        if max(reach, common) < LARGEST:
            return (p * ks + q) // common
        return np.array([(p * int(k) + q) // common for k in ks.tolist()], object)
    scaled = ks * float(slope)
    values = scaled + float(intercept)
    floors = np.floor(values)
    error = DOUBT * (np.abs(scaled) + abs(float(intercept)) + 1)
    result = np.array([int(f) for f in floors.tolist()], object)
    for n in np.flatnonzero(np.abs(values - np.round(values)) <= error):
        result[n] = _floor(slope * int(ks[n]) + intercept, round(values[n]))
    return result


def _floor(value: Surd, near: int) -> int:
    """Return the floor of a number that is less than one away from ``near``."""
    while (value - Surd.of(near)).sign() < 0:
        near -= 1
    while (value - Surd.of(near + 1)).sign() >= 0:
        near += 1
    return near
