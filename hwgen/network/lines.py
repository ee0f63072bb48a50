"""One multiplication for a staircase: the line of the fewest bits between two rows of points."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Lines", "Points", "Steps", "lines_between"]

Points = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Arguments, ascending, and a level for each."""

Corner = tuple[int, int, int]
"""Argument, level, and what a whole number of that level is short of it."""


class Steps(NamedTuple):
    """What a staircase that never falls asks of a line: to reach some points, to miss others.

    Where ``even`` an odd level is reached only above it.
    """

    reached: Points
    missed: Points
    even: bool = False


class Lines(NamedTuple):
    """``(factors[k] * x + offsets[k]) >> shift``, one for each staircase."""

    factors: list[int]
    offsets: list[int]
    shift: int


def lines_between(rows: Sequence[Steps], most: int) -> Lines | None:
    """The lines of rows of steps, with the least shift that there is for all of them.

    ``factor`` and ``offset`` of ``shift`` fractional bits do what a row asks if, and only if, each
    of its points keeps an inequality. Those of the convex hulls settle all others. The room that
    they leave the offset of a factor is concave, so the factor of the most is found by climbing,
    and where it has none the shift is too short. With the shift that the worst row needs the others
    have a choice: all get one factor where one is right for all, else none has more bits than the
    largest needs; and of those left factors and offsets are what ends in the most zeros.

    Parameters
    ----------
    most : int
        Bits of shift that are tried.

    Returns
    -------
    Lines or None
        Of factors of 0 or more. None where ``most`` bits are too few for a row.
    """
    found = [_Row(steps) for steps in rows]
    if not all(row.climbs(most) for row in found):
        return None
    shift = max(row.shift for row in found)
    for row in found:
        row.widen(shift)
    least, greatest = max(row.least for row in found), min(row.greatest for row in found)
    if least <= greatest:
        factors = [_roundest(least, greatest)] * len(found)
    else:
        # The largest of all is at least ``least``.
        most = (1 << least.bit_length()) - 1
        factors = [_roundest(row.least, min(row.greatest, most)) for row in found]
    offsets = [_roundest(*row.offsets(factor)) for row, factor in zip(found, factors, strict=True)]
    return Lines(factors, offsets, shift)


class _Row:
    """Search for one row: its factor for a shift, and the factors beside it that do as well."""

    def __init__(self, steps: Steps):
        self.over = _corners(steps.reached, 1, even=steps.even)
        self.under = _corners(steps.missed, -1, even=steps.even)
        levels = [level for _, level, _ in self.over + self.under]
        # No two points ask for more, and where none asks for less there is no end otherwise. Where
        # levels are even, one may have to be passed as the next one below another is not reached.
        self.steepest = max(levels) - min(levels) + 1 + steps.even
        self.shift = 0
        self.factor = 0
        self.least = self.greatest = 0

    def offsets(self, factor: int) -> tuple[int, int]:
        """Least and greatest offset for a factor; there is none where they have crossed."""
        low = [(level << self.shift) + short - factor * x for x, level, short in self.over]
        high = [(level << self.shift) + short - 1 - factor * x for x, level, short in self.under]
        # With points on one side only any line will do that is far enough on the other.
        if not low or not high:
            enough = min(high) if high else max(low)
            return enough, enough
        return max(low), min(high)

    def _room(self, factor: int) -> int:
        low, high = self.offsets(factor)
        return high - low

    def climbs(self, most: int) -> bool:
        """Find the least shift, and a factor for it; whether there is one."""
        step = 1 << self.steepest.bit_length()
        while True:
            self.factor = _peak(self._room, self.factor, step, self.steepest << self.shift)
            if self._room(self.factor) >= 0:
                return True
            if self.shift == most:
                return False
            self.shift, self.factor, step = self.shift + 1, 2 * self.factor, 1

    def widen(self, shift: int) -> None:
        """Find all factors for a shift that is no shorter than the least."""
        self.factor <<= shift - self.shift
        self.shift = shift
        if not (self.over and self.under):
            self.least = self.greatest = self.factor
            return
        self.least = self.factor - _reach(lambda k: self._fits(self.factor - k))
        self.greatest = self.factor + _reach(lambda k: self._fits(self.factor + k))

    def _fits(self, factor: int) -> bool:
        return 0 <= factor <= self.steepest << self.shift and self._room(factor) >= 0


def _peak(value: Callable[[int], int], at: int, step: int, most: int) -> int:
    """Argument in [0, most] of the greatest value of a concave function, near ``at``."""
    best = value(at)
    while step:
        for side in (step, -step):
            while 0 <= at + side <= most and (other := value(at + side)) > best:
                at, best = at + side, other
        step >>= 1
    return at


def _reach(fits: Callable[[int], bool]) -> int:
    """The greatest number that fits, where all below it do, 0 does and not all do."""
    step = 1
    while fits(step):
        step *= 2
    low = step // 2
    while step - low > 1:
        middle = (low + step) // 2
        low, step = (middle, step) if fits(middle) else (low, middle)
    return low


def _roundest(low: int, high: int) -> int:
    """The number of [low, high] that ends in the most zeros."""
    if low <= 0 <= high:
        return 0
    zeros = (low ^ high).bit_length()
    while -(-low >> zeros) << zeros > high:
        zeros -= 1
    return -(-low >> zeros) << zeros


def _corners(points: Points, side: int, *, even: bool) -> list[Corner]:
    """Points that lie farthest to a side, up or down, for some line."""
    x, level = points
    if not even:
        return [(*corner, 0) for corner in _hull(x, level, side)]
    odd = level % 2 == 1
    return [
        (*corner, short)
        for short, some in enumerate((~odd, odd))
        for corner in _hull(x[some], level[some], side)
    ]


def _hull(x: NDArray[np.int64], y: NDArray[np.int64], side: int) -> list[tuple[int, int]]:
    """Corners of one side of a convex hull: the farthest from a chord, then on both sides of it."""
    if not len(x):
        return []
    if int(x[-1] - x[0]).bit_length() + int(y.max() - y.min()).bit_length() > 60:
        x, y = x.astype(object), y.astype(object)
    last = len(x) - 1
    kept, todo = {0, last}, [(0, last)]
    while todo:
        a, b = todo.pop()
        if b - a < 2:
            continue
        inside = slice(a + 1, b)
        above = side * (
            (y[inside] - y[a]) * (x[b] - x[a]) - (y[b] - y[a]) * (x[inside] - x[a])
        )  # fmt: skip
        k = int(np.argmax(above))
        if above[k] > 0:
            kept.add(a + 1 + k)
            todo += [(a, a + 1 + k), (a + 1 + k, b)]
    return [(int(x[k]), int(y[k])) for k in sorted(kept)]
