"""Fold batch normalisation and rounding to fixed point into integer arithmetic, exactly."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwgen.network.lines import Steps, lines_between
from hwgen.passes.fold_threshold import Norm

__all__ = ["MAX_SHIFT", "Channel", "Range", "Rounding", "fold_requantise"]

MAX_SHIFT = 96
"""Bits behind the binary point of a multiplier: more are tried for no channel."""

PRECISION, DOUBT = 256, 128
"""Bits of a rounded line, and how near to a whole number (2**-DOUBT) it is not relied on."""

FLOAT_ERROR = 2.0**-50


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
    """Multipliers and biases of the fewest bits, with which rounding is a product and a shift.

    The nearest number of ``out``, saturating, is that of the `Rounding` for every ``acc`` of a
    channel. Both are monotone, so it is that everywhere if it is at both sides of each step.

    Returns
    -------
    Rounding or None
        None where `MAX_SHIFT` bits are too few, as they are where halves that go to the even number
        are no whole numbers of any shift. It is ``even`` only where ``out`` is and must be.
    """
    lines = [_Line(channel, out) for channel in channels]
    steps = [line.steps() for line in lines]
    for even in (False, True) if out.even else (False,):
        found = lines_between([row._replace(even=even) for row in steps], MAX_SHIFT)
        if found is not None:
            pairs = zip(found.factors, lines, strict=True)
            multipliers = [-factor if line.slope < 0 else factor for factor, line in pairs]
            return Rounding(multipliers, found.offsets, found.shift, even)
    return None


class _Line:
    """Value of an accumulator in units, half of one added: ``(slope * acc + intercept) / unit``.

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

    def steps(self) -> Steps:
        """What a line must do to round as this one; of ``-acc`` where this one falls."""
        low, high = self.channel.low, self.channel.high
        if self.slope < 0:
            low, high = -high, -low
        ends = self._levels(np.array([low, high]))
        first, last = ends.tolist()
        if high - low <= last - first:
            x = np.arange(low, high + 1)
            levels = self._levels(x)
            over, under = levels > self.out.low, levels < self.out.high
            return Steps((x[over], levels[over]), (x[under], levels[under] + 1))
        levels = np.arange(first + 1, last + 1)
        x = self._first(levels, low, high)
        over, under = int(first == self.out.low), int(last == self.out.high)
        return Steps(
            (np.concatenate([[low], x])[over:], np.arange(first, last + 1)[over:]),
            (
                np.concatenate([x - 1, [high]])[: len(x) + 1 - under],
                np.arange(first + 1, last + 2)[: len(x) + 1 - under],
            ),
        )

    def _rising(self, x: int) -> int:
        """Level of an accumulator, or of one negated where the line falls."""
        return self.level(-x if self.slope < 0 else x)

    def _levels(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """`_rising` of each: by floats where these are surely right."""
        try:
            slope, intercept = abs(self.slope) / self.unit, self.intercept / self.unit
        except OverflowError:
            return np.array([self._rising(k) for k in x.tolist()], np.int64)
        steps = x * slope
        values = steps + intercept
        found = np.clip(np.floor(values), self.out.low, self.out.high).astype(np.int64)
        # Each float is off by 2**-53 of itself at most; this is more than all of them together.
        error = (np.abs(steps) + abs(intercept)) * FLOAT_ERROR
        for k in np.flatnonzero(np.abs(values - np.rint(values)) <= error):
            found[k] = self._rising(int(x[k]))
        return found

    def _first(self, levels: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
        """The first of [low, high] that reaches each level; likewise."""
        slope = abs(self.slope)
        found = np.zeros(len(levels), np.int64)
        doubtful = np.ones(len(levels), np.bool_)
        try:
            floats = slope / self.unit, self.intercept / self.unit
        except OverflowError:
            floats = (0.0, 0.0)
        if floats[0] > 0:
            values = (levels - floats[1]) / floats[0]
            error = (np.abs(levels) + abs(floats[1])) / floats[0] * FLOAT_ERROR
            doubtful = ~(np.abs(values - np.rint(values)) > error)
            found[~doubtful] = np.ceil(values[~doubtful]).astype(np.int64)
        for k in np.flatnonzero(doubtful):
            level = int(levels[k])
            # The step itself lies between these, wherever rounding has put the line.
            at = (level * self.unit - self.intercept) // slope
            near = (min(max(x, low), high) for x in range(at - 1, at + 3))
            found[k] = next(x for x in near if self._rising(x) >= level)
        return found

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
