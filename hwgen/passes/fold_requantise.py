"""Fold batch normalisation and rounding to fixed point into integer arithmetic, exactly."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt, lcm
from typing import NamedTuple

from hwgen.passes.fold_threshold import Norm

__all__ = ["MAX_SHIFT", "Channel", "Range", "fold_requantise"]

MAX_SHIFT = 96
"""Bits behind the binary point of a multiplier: more are tried for no channel."""

SAMPLES = 64
"""Accumulators that a multiplier is tried on first."""

PRECISION, DOUBT = 256, 128
"""Bits of a rounded line, and how near to a whole number (2**-DOUBT) it is not relied on."""


class Channel(NamedTuple):
    """``norm(scale * acc + offset)`` for integers ``acc`` in [low, high]."""

    norm: Norm
    scale: Fraction
    offset: Fraction
    low: int
    high: int


class Range(NamedTuple):
    """Fixed-point numbers ``k * unit`` with ``k`` in [low, high]."""

    unit: Fraction
    low: int
    high: int


def fold_requantise(
    channels: Sequence[Channel], out: Range
) -> tuple[list[int], list[int], int] | None:
    """Multipliers and biases, with which rounding is one multiplication and one shift.

    The nearest number of ``out``, halves up and saturating, is
    ``min(max((multiplier * acc + bias) >> shift, low), high)`` for every ``acc`` of a channel:
    each multiplier is the slope rounded, with the fewest fractional bits with which the result is
    that of the exact function at both sides of each of its steps. Both are monotone, so it is then
    everywhere.

    Returns
    -------
    multipliers, biases, shift
        The first two one a channel; or None where `MAX_SHIFT` bits are too few.
    """
    found = []
    for channel in channels:
        one = _fold(channel, out)
        if one is None:
            return None
        found.append(one)
    shift = max(s for _, _, s in found)
    multipliers = [m << (shift - s) for m, _, s in found]
    return multipliers, [b << (shift - s) for _, b, s in found], shift


def _fold(channel: Channel, out: Range) -> tuple[int, int, int] | None:
    """Multiplier, bias and shift of one channel."""
    line = _Line(channel, out)
    if line.slope == 0:
        # Nothing depends on the accumulator, and one is as good as another.
        return 0, line.level(channel.low), 0
    points = line.points()
    wanted = [(k, line.level(k)) for k in points]
    few = wanted[:: max(1, len(wanted) // SAMPLES)]
    numerator, denominator = line.slope, line.unit
    for shift in range(MAX_SHIFT + 1):
        multiplier = ((numerator << (shift + 1)) + denominator) // (2 * denominator)
        # Never below the exact line, and touching it as nearly as whole numbers can.
        gaps = [
            (line.value(k) << shift) - multiplier * k * denominator
            for k in (channel.low, channel.high)
        ]
        bias = -(-max(gaps) // denominator)
        if all(
            min(max((multiplier * k + bias) >> shift, out.low), out.high) == level
            for part in (few, wanted)
            for k, level in part
        ):
            return multiplier, bias, shift
    return None


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
        slope = factor * channel.scale / out.unit
        intercept = (factor * (channel.offset - norm.mean) + norm.beta) / out.unit
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
        if not self.exact and min(over, self.unit - over) <= self.unit >> DOUBT:
            near = (value + self.unit // 2) // self.unit
            level = near if self._reached(near, acc) else near - 1
        return min(max(level, self.out.low), self.out.high)

    def points(self) -> list[int]:
        """Accumulators between which what they round to does not change; all, if they are few."""
        low, high = self.channel.low, self.channel.high
        if high - low <= 2 * (self.out.high - self.out.low):
            return list(range(low, high + 1))
        first, last = sorted((self.level(low), self.level(high)))
        found = {low, high}
        for level in range(first + 1, last + 1):
            # The step itself lies between these, wherever rounding has put the line.
            at = ((level * self.unit) - self.intercept) // self.slope
            found.update(k for k in range(at - 1, at + 3) if low <= k <= high)
        return sorted(found)

    def _reached(self, level: int, acc: int) -> bool:
        norm = self.channel.norm
        beta = norm.beta - (level - Fraction(1, 2)) * self.out.unit
        return replace(norm, beta=beta).fires(self.channel.scale * acc + self.channel.offset)


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
