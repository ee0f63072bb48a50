"""Least and greatest sum of a layer with weights, and how far apart sums can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.surds import Number
from hwgen.model import Conv2d, Dense, DepthwiseConv2d

__all__ = ["Spread", "common_step", "sums_of", "unit_of"]

MOST_RANGES = 32
"""Ranges of channels that are told apart; beyond, those that are no constants count as one."""

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True, eq=False)
class Spread:
    """What values the channels of a map can have.

    ``low`` and ``high`` are the ends of each channel, None where nothing is known of them. All
    values of a channel lie ``step`` times an integer from its end: 0 where all are constants, None
    where it is not known.
    """

    low: Sequence[Number | None]
    high: Sequence[Number | None]
    step: Fraction | None

    def constant(self, channel: int) -> Fraction | None:
        """The one value of a channel; None where it has several."""
        low = self.low[channel]
        return low if isinstance(low, Fraction) and low == self.high[channel] else None


def common_step(steps: Sequence[Fraction | None]) -> Fraction | None:
    """The largest number that all are multiples of; None where one is not known."""
    known = [step for step in steps if step is not None]
    if len(known) < len(steps):
        return None
    below = lcm(*(step.denominator for step in known))
    return Fraction(gcd(*(int(step * below) for step in known)), below)


def unit_of(layer: Conv2d | Dense) -> Fraction:
    """What a weight of 1 stands for."""
    return Fraction(1, 1 << layer.weight_fraction_bits)


def sums_of(layer: Conv2d | Dense, read: Spread, pads: Sequence[Fraction]) -> Spread | None:
    """Sums without the bias, for what a layer reads; None where that is not known.

    Parameters
    ----------
    pads : sequence of Fraction
        What padding stands for in each channel; empty where nothing is padded.
    """
    ranges = _ranges(read, pads)
    if ranges is None or read.step is None:
        return None
    first = ranges[0][0]
    apart = {abs(x - first) for x in (*read.low, *pads) if isinstance(x, Fraction)}
    axes = tuple(range(1, layer.weights.ndim - 1))
    plus = np.maximum(layer.weights, 0).sum(axis=axes, dtype=np.int64)
    minus = plus - layer.weights.sum(axis=axes, dtype=np.int64)
    unit = unit_of(layer)
    if isinstance(layer, DepthwiseConv2d):
        found = [_ends([p], [m], [r], unit) for (p,), (m,), r in
                 zip(plus.tolist(), minus.tolist(), ranges, strict=True)]  # fmt: skip
    else:
        kinds, places = _kinds(ranges)
        table = np.zeros((len(ranges), len(kinds)), np.int64)
        table[np.arange(len(ranges)), places] = 1
        rows = zip((plus @ table).tolist(), (minus @ table).tolist(), strict=True)
        found = [_ends(p, m, kinds, unit) for p, m in rows]
    step = common_step([read.step, *apart])
    return Spread(
        [low for low, _ in found], [high for _, high in found],
        None if step is None else step * unit,
    )  # fmt: skip


def _ranges(read: Spread, pads: Sequence[Fraction]) -> list[Range] | None:
    """Ends of what each channel gives, padding included."""
    found = []
    for k, (low, high) in enumerate(zip(read.low, read.high, strict=True)):
        if not isinstance(low, Fraction) or not isinstance(high, Fraction):
            return None
        found.append((min(low, pads[k]), max(high, pads[k])) if pads else (low, high))
    return found


def _kinds(ranges: Sequence[Range]) -> tuple[list[Range], NDArray[np.intp]]:
    """Different ranges, and which one each channel has."""
    several = {r for r in ranges if r[0] < r[1]}
    if len(several) > MOST_RANGES:
        whole = (min(low for low, _ in several), max(high for _, high in several))
        ranges = [whole if low < high else (low, high) for low, high in ranges]
    kinds = list(dict.fromkeys(ranges))
    place = {kind: k for k, kind in enumerate(kinds)}
    return kinds, np.array([place[r] for r in ranges], np.intp)


def _ends(
    plus: Sequence[int], minus: Sequence[int], ranges: Sequence[Range], unit: Fraction
) -> Range:
    terms = list(zip(plus, minus, ranges, strict=True))
    low = sum((p * low - m * high for p, m, (low, high) in terms), Fraction(0))
    high = sum((p * high - m * low for p, m, (low, high) in terms), Fraction(0))
    return low * unit, high * unit
