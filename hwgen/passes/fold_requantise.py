"""Fold batch normalisation and rounding to fixed point into integer arithmetic, exactly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwgen.passes.floor_sums import Ramp
from hwgen.passes.fold_threshold import Norm

__all__ = ["MAX_SHIFT", "Channel", "Range", "Rounding", "fold_requantise"]

MAX_SHIFT = 96
"""Bits behind the binary point of a multiplier: more are tried for no channel."""

SAMPLES = 64
"""Accumulators that a multiplier is tried on first."""

PRECISION, DOUBT = 256, 128
"""Bits of a rounded line, and how near to a whole number (2**-DOUBT) it is not relied on."""


FLOAT_ERROR = 2.0**-50
MOST = 1 << 62
"""Sums are below, where they are summed up in 64 bits."""


class Channel(NamedTuple):
    """``norm(scale * acc + offset)`` for integers ``acc`` in [low, high], in steps of ``unit``."""

    norm: Norm
    scale: Fraction
    offset: Fraction
    low: int
    high: int
    unit: Fraction = Fraction(1)


class Range(NamedTuple):
    """Numbers of steps in [low, high]; halves go up or, where ``even``, to the even one."""

    low: int
    high: int
    even: bool = False


class Rounding(NamedTuple):
    """``min(max((multipliers[c] * acc + biases[c]) >> shift, low), high)``.

    Where ``even`` an odd result of a whole number, that is ``shift`` bits of 0 shifted out, is one
    less ahead of the limits.
    """

    multipliers: list[int]
    biases: list[int]
    shift: int
    even: bool


def fold_requantise(channels: Sequence[Channel], out: Range) -> Rounding | None:
    """Multipliers and biases, with which rounding is one multiplication and one shift.

    The nearest number of ``out``, saturating, is that of the `Rounding` for every ``acc`` of a
    channel: each multiplier is the slope rounded, with the fewest fractional bits with which the
    result is that of the exact function at both sides of each of its steps. Both are monotone, so
    it is then everywhere.

    Returns
    -------
    Rounding or None
        None where `MAX_SHIFT` bits are too few, as they are where halves that go to the even number
        are no whole numbers of any shift. It is ``even`` only where ``out`` is and must be.
    """
    for ties in (False, True) if out.even else (False,):
        found = []
        for channel in channels:
            one = _fold(channel, out, ties)
            if one is None:
                break
            found.append(one)
        else:
            shift = max(s for _, _, s in found)
            multipliers = [m << (shift - s) for m, _, s in found]
            return Rounding(multipliers, [b << (shift - s) for _, b, s in found], shift, ties)
    return None


def _fold(channel: Channel, out: Range, ties: bool) -> tuple[int, int, int] | None:
    """Multiplier, bias and shift of one channel."""
    line = _Line(channel, out)
    if line.slope == 0:
        # Nothing depends on the accumulator, and one is as good as another; but no whole number.
        level = line.level(channel.low)
        return (0, 2 * level + 1, 1) if ties else (0, level, 0)
    fits = _tester(line, out, ties)
    numerator, denominator = line.slope, line.unit
    for shift in range(MAX_SHIFT + 1):
        multiplier = ((numerator << (shift + 1)) + denominator) // (2 * denominator)
        # Never below the exact line, and touching it as nearly as whole numbers can.
        gaps = [
            (line.value(k) << shift) - multiplier * k * denominator
            for k in (channel.low, channel.high)
        ]
        bias = -(-max(gaps) // denominator)
        if fits(multiplier, bias, shift):
            return multiplier, bias, shift
    return None


def _tester(line: "_Line", out: Range, ties: bool) -> Callable[[int, int, int], bool]:
    """Whether a multiplier, a bias and a shift do for all accumulators of a channel.

    They are those of a line that is never below the exact one.
    """
    ramp = line.ramp()
    if ramp is not None:
        # A falling line is looked at from its other end.
        sign = 1 if line.slope > 0 else -1
        return lambda m, b, shift: ramp.is_that_of(sign * m, b, 1 << shift)
    points = line.points()
    wanted = line.levels(points)
    few = slice(None, None, max(1, len(points) // SAMPLES))

    def fits(multiplier: int, bias: int, shift: int) -> bool:
        by = Rounding([multiplier], [bias], shift, ties)
        return all((_rounded(points[k], by, out) == wanted[k]).all() for k in (few, slice(None)))

    return fits


def _rounded(points: NDArray[np.int64], by: Rounding, out: Range) -> NDArray[Any]:
    """What a rounding of one channel makes of accumulators."""
    (multiplier,), (bias,), shift, ties = by
    most = abs(multiplier) * int(np.abs(points).max()) + abs(bias)
    # Numbers of Python's own where those of 64 bits are too short.
    whole: Any = np.int64 if most < MOST and shift < MOST.bit_length() else object
    totals = points.astype(whole) * multiplier + bias
    levels = totals >> shift
    if ties:
        levels = levels - (levels & 1) * (levels << shift == totals)
    return np.minimum(np.maximum(levels, out.low), out.high)


class _Line:
    """The value of an accumulator in units, half of one added: ``(slope * k + intercept) / unit``.

    All three are integers. Where the root of the spread is irrational they are rounded, with an
    error far below `DOUBT`; what lies nearer to a whole number than that is decided exactly.
    """

    def __init__(self, channel: Channel, out: Range):
        self.channel = channel
        self.out = out
        norm = channel.norm
        root, self.exact = _root(norm.spread)
        factor = norm.gamma / root
        slope = factor * channel.scale / channel.unit
        intercept = (factor * (channel.offset - norm.mean) + norm.beta) / channel.unit
        intercept += Fraction(1, 2)
        self.unit = lcm(slope.denominator, intercept.denominator) if self.exact else 1 << PRECISION
        self.slope, self.intercept = int(slope * self.unit), int(intercept * self.unit)

    def value(self, acc: int) -> int:
        """Value of an accumulator, times ``unit``."""
        return self.slope * acc + self.intercept

    def level(self, acc: int) -> int:
        """What an accumulator rounds to, saturated; exact."""
        value = self.value(acc)
        level, over = divmod(value, self.unit)
        if self.exact:
            level -= self.out.even and not over and level & 1
        elif min(over, self.unit - over) <= self.unit >> DOUBT:
            near = (value + self.unit // 2) // self.unit
            level = near if self._reached(near, acc) else near - 1
        return min(max(level, self.out.low), self.out.high)

    def levels(self, points: NDArray[np.int64]) -> NDArray[np.int64]:
        """What accumulators round to, as `level`: by floats where these are surely right."""
        try:
            slope, intercept = self.slope / self.unit, self.intercept / self.unit
        except OverflowError:
            return np.array([self.level(k) for k in points.tolist()], np.int64)
        steps = points * slope
        values = steps + intercept
        found = np.clip(np.floor(values), self.out.low, self.out.high).astype(np.int64)
        # Each float is off by 2**-53 of itself at most; this is more than all of them together.
        error = (np.abs(steps) + abs(intercept)) * FLOAT_ERROR
        for k in np.flatnonzero(np.abs(values - np.rint(values)) <= error):
            found[k] = self.level(int(points[k]))
        return found

    def ramp(self) -> Ramp | None:
        """The levels as those of a rising line, where each is the whole number below its value."""
        low, high = sorted((self.channel.low, self.channel.high), reverse=self.slope < 0)
        if self.slope < 0:
            low, high = -low, -high
        found = Ramp(
            abs(self.slope), self.intercept, self.unit, low, high, self.out.low, self.out.high
        )
        if self.exact:
            return None if self.out.even else found
        return None if found.comes_near(self.unit >> DOUBT) else found

    def points(self) -> NDArray[np.int64]:
        """Accumulators between which what they round to does not change; all, if they are few."""
        low, high = self.channel.low, self.channel.high
        if high - low <= 2 * (self.out.high - self.out.low):
            return np.arange(low, high + 1)
        first, last = sorted((self.level(low), self.level(high)))
        # The step itself lies between these, wherever rounding has put the line.
        steps = [
            ((level * self.unit) - self.intercept) // self.slope
            for level in range(first + 1, last + 1)
        ]
        around = np.array(steps, np.int64)[:, None] + np.arange(-1, 3)
        found = np.unique(np.append(around, (low, high)))
        return found[(found >= low) & (found <= high)]

    def _reached(self, level: int, acc: int) -> bool:
        norm = self.channel.norm
        beta = norm.beta - (level - Fraction(1, 2)) * self.channel.unit
        value, lowered = self.channel.scale * acc + self.channel.offset, replace(norm, beta=beta)
        # Half a step below an odd number is the even one below.
        return lowered.exceeds(value) if self.out.even and level & 1 else lowered.fires(value)


def _root(square: Fraction) -> tuple[Fraction, bool]:
    """Square root to `PRECISION` bits and more, and whether it is exact."""
    whole = square.numerator * square.denominator
    root = isqrt(whole)
    if root * root == whole:
        return Fraction(root, square.denominator), True
    shift = 2 * PRECISION + max(0, square.denominator.bit_length() - square.numerator.bit_length())
    shift += shift % 2
    return Fraction(
        isqrt((square.numerator << shift) // square.denominator), 1 << shift // 2
    ), False
