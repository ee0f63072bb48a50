"""Rectification, rounding to fixed point, and means: exact, on integers and what they stand for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import AveragePool, Quantise
from hwgen.model.shapes import output_shape
from sim.golden.derive import derive_once
from sim.golden.forms import LARGEST, Form, integer_dtype
from sim.golden.surd import ONE, ZERO, Surd
from sim.golden.tensor import Tensor

__all__ = ["average_pool", "quantise", "relu"]

DOUBT = 2.0**-40
"""Relative distance from an integer within which a float64 does not say what its floor is."""

FAR = 1 << 32
"""Beyond all that quantised numbers can be."""


def relu(x: Tensor) -> Tensor:
    """Return the larger of each value and zero; integers stay as they are, shape unchanged."""
    form = x.form
    rectified = derive_once(form, ("relu",), lambda: replace(form, rectified=True, levels=None))
    return Tensor(x.stored, rectified)


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
    least = max(low, 0) if form.rectified else low
    peak = max(-low, high)
    channels = ints.shape[-1]
    units = layer.scales if len(layer.scales) > 1 else layer.scales * channels
    out = np.empty_like(ints, integer_dtype(peak))
    for line, alike in _lines(form, units):

        def nearest(ks: NDArray[np.int64], line: _Line = line) -> NDArray[np.int64]:
            found = line.floors(ks)
            if layer.rounding == "half_even":
                # They differ where a number is halfway, and one of them is even.
                found = np.where(found % 2 == 0, found, -line.mirrored.floors(ks))
            return np.clip(found, least, high)

        out[..., alike] = _of_each(ints[..., alike], nearest)
    scaled = derive_once(
        layer, (channels,), lambda: Form(tuple(map(Surd.of, units)), (ZERO,) * channels, peak)
    )
    return Tensor(out, scaled)


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

    def averaged() -> Form:
        slopes = tuple(slope * Fraction(1, count) for slope in x.form.slopes)
        return replace(x.form, slopes=slopes, peak=peak, levels=None)

    return Tensor(total, derive_once(layer, (x.form,), averaged))


@dataclass(frozen=True)
class _Line:
    """Numbers ``slope * k + intercept`` of integers ``k``."""

    slope: Surd
    intercept: Surd

    @cached_property
    def floats(self) -> tuple[float, float]:
        """Slope and intercept rounded to float64."""
        return float(self.slope), float(self.intercept)

    @cached_property
    def ratio(self) -> tuple[int, int, int] | None:
        """``p, q, d`` for ``(p * k + q) / d``; None where the numbers have a root."""
        a, b = self.slope.rational, self.intercept.rational
        if a is None or b is None:
            return None
        common = lcm(a.denominator, b.denominator)
        return int(a * common), int(b * common), common

    @cached_property
    def mirrored(self) -> "_Line":
        """One minus these numbers."""
        return _Line(self.slope * -1, self.intercept * -1 + ONE)

    def floors(self, ks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the floors of the numbers, exactly within `FAR` of zero and no nearer beyond."""
        if self.ratio is not None:
            p, q, common = self.ratio
            # Zero times a slope that int64 cannot hold would not fit either.
            reach = abs(p) * max(1, int(np.abs(ks).max()) if len(ks) else 0) + abs(q)
            if max(reach, common) < LARGEST:
                return (p * ks + q) // common
        slope, intercept = self.floats
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = ks * slope
            values = scaled + intercept
            error = DOUBT * (np.abs(scaled) + abs(intercept) + 1)
            known = np.abs(values - np.round(values)) > error
            known |= (np.abs(values) - error > FAR) & np.isfinite(values)
        floors = np.floor(np.clip(np.where(known, values, 0), -FAR, FAR)).astype(np.int64)
        for n in np.flatnonzero(~known):
            floors[n] = _floor(self.slope * int(ks[n]) + self.intercept)
        return floors


@lru_cache(maxsize=256)
def _lines(
    form: Form, units: tuple[Fraction, ...]
) -> tuple[tuple[_Line, slice | NDArray[np.intp]], ...]:
    """Values in units, and a half, whose floors are the nearest integers; channels of each."""
    half = Surd.of(Fraction(1, 2))
    alike: dict[tuple[Any, ...], list[int]] = {}
    for c, (slope, intercept, unit) in enumerate(
        zip(form.slopes, form.intercepts, units, strict=True)
    ):
        alike.setdefault((slope.digits, intercept.digits, unit), []).append(c)
    found = []
    for channels in alike.values():
        c = channels[0]
        scale = 1 / units[c]
        line = _Line(form.slopes[c] * scale, form.intercepts[c] * scale + half)
        every = len(channels) == len(units)
        found.append((line, slice(None) if every else np.array(channels, np.intp)))
    return tuple(found)


def _of_each(
    ints: NDArray[Any], function: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return the function of all integers; where few are different, it is asked once for each."""
    low = int(ints.min(initial=0))
    span = int(ints.max(initial=0)) - low + 1
    if span > ints.size:
        return function(ints.astype(np.int64).ravel()).reshape(ints.shape)
    places = np.subtract(ints, low, dtype=np.intp)
    there = np.zeros(span, np.bool_)
    there[places] = True
    found = np.zeros(span, np.int64)
    found[there] = function(np.flatnonzero(there) + low)
    return found[places]


def _floor(value: Surd) -> int:
    """Return the floor of a number, or `FAR` on its side of zero where it is farther away."""
    if (value - Surd.of(FAR)).sign() >= 0:
        return FAR
    if (value + Surd.of(FAR)).sign() < 0:
        return -FAR
    near = round(float(value))
    while (value - Surd.of(near)).sign() < 0:
        near -= 1
    while (value - Surd.of(near + 1)).sign() >= 0:
        near += 1
    return near
