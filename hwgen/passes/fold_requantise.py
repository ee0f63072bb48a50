"""Fold batch normalisation and rounding to fixed point into integer arithmetic, exactly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from hwgen.passes.fold_threshold import Norm

__all__ = ["MAX_SHIFT", "Channel", "Range", "fold_requantise"]

MAX_SHIFT = 96
"""Bits behind the binary point of a multiplier: more are tried for no channel."""

SAMPLES = 64
"""Steps that a multiplier is tried on first."""


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
    each multiplier is the slope rounded, with the fewest fractional bits with which all steps of
    the exact function are where they were.

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
    slope, intercept = _line(channel, out.unit)
    reached = _reached(channel, out.unit)
    if slope == 0:
        # Nothing depends on the accumulator, and 0 is as good as any.
        level = out.low
        while level < out.high and reached(level + 1, 0):
            level += 1
        return 0, level, 0
    steps = _steps(channel, out, slope, intercept, reached)
    ends = (channel.low, channel.high)
    few = steps[:: max(1, len(steps) // SAMPLES)]
    for shift in range(MAX_SHIFT + 1):
        power = 1 << shift
        multiplier = round(slope * power)
        # Never below the exact line, and touching it as nearly as whole numbers can.
        gaps = [(slope * k + intercept) * power - multiplier * k for k in ends]
        bias = -(-max(gaps).numerator // max(gaps).denominator)
        if all(
            multiplier * before + bias < level << shift <= multiplier * at + bias
            for part in (few, steps)
            for level, before, at in part
        ) and _saturates(channel, out, steps, multiplier, bias, shift):
            return multiplier, bias, shift
    return None


def _line(channel: Channel, unit: Fraction) -> tuple[Fraction, Fraction]:
    """Slope and intercept, half a unit added, in units; the root is off by 2**-190 of itself."""
    norm = channel.norm
    spread = norm.spread
    root = Fraction(isqrt((spread.numerator << 384) // spread.denominator), 1 << 192)
    factor = norm.gamma / root
    slope = factor * channel.scale / unit
    intercept = (factor * (channel.offset - norm.mean) + norm.beta) / unit + Fraction(1, 2)
    return slope, intercept


def _reached(channel: Channel, unit: Fraction) -> Callable[[int, int], bool]:
    """Whether an accumulator's value rounds to ``level`` units or more; exact."""
    norm, half = channel.norm, Fraction(1, 2)
    known: dict[int, Norm] = {}

    def reached(level: int, acc: int) -> bool:
        if level not in known:
            known.clear()
            known[level] = replace(norm, beta=norm.beta - (level - half) * unit)
        return known[level].fires(channel.scale * acc + channel.offset)

    return reached


def _steps(
    channel: Channel,
    out: Range,
    slope: Fraction,
    intercept: Fraction,
    reached: Callable[[int, int], bool],
) -> list[tuple[int, int, int]]:
    """Levels that are stepped to within the accumulator's range: level, acc before, acc at it."""
    rising = 1 if slope > 0 else -1
    first, last = (channel.low, channel.high)[::rising]
    steps = []
    for level in range(out.low + 1, out.high + 1):
        if reached(level, first) or not reached(level, last):
            continue
        near = (level - intercept) / slope
        at = -(-near.numerator // near.denominator) if rising > 0 else near.__floor__()
        # The root was rounded: what is returned has been seen to be the first.
        while not reached(level, at):
            at += rising
        while reached(level, at - rising):
            at -= rising
        steps.append((level, at - rising, at))
    return steps


def _saturates(
    channel: Channel,
    out: Range,
    steps: list[tuple[int, int, int]],
    multiplier: int,
    bias: int,
    shift: int,
) -> bool:
    """Whether both ends of the range give what the exact function gives there.

    Between steps and ends the line is monotone, so all accumulators do then.
    """
    reached = _reached(channel, out.unit)
    for acc in (channel.low, channel.high):
        if steps:
            below, above = steps[0][0] - 1, steps[-1][0]
            rising = steps[0][2] > steps[0][1]
            level = above if (acc == channel.high) == rising else below
        else:
            level = out.low
            while level < out.high and reached(level + 1, acc):
                level += 1
        found = min(max((multiplier * acc + bias) >> shift, out.low), out.high)
        if found != level:
            return False
    return True
