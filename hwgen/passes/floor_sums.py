"""Lines and the whole numbers below them, without a look at each argument."""

from typing import NamedTuple

__all__ = ["Ramp", "floor_sum"]


def floor_sum(count: int, slope: int, intercept: int, unit: int) -> int:
    """Sum of ``(slope * k + intercept) // unit`` for k from 0 to ``count - 1``, ``unit`` above 0.

    It takes as many steps as Euclid's algorithm for ``slope`` and ``unit``, or fewer.
    """
    total = 0
    while True:
        whole, slope = divmod(slope, unit)
        total += whole * count * (count - 1) // 2
        whole, intercept = divmod(intercept, unit)
        total += whole * count
        # Below the line that is left lie whole points, which are counted by their rows.
        count, intercept = divmod(slope * count + intercept, unit)
        if not count:
            return total
        slope, unit = unit, slope


class Ramp(NamedTuple):
    """``(slope * k + intercept) // unit``, limited to [least, most], for k in [low, high].

    ``slope`` and ``unit`` are above 0.
    """

    slope: int
    intercept: int
    unit: int
    low: int
    high: int
    least: int
    most: int

    def comes_near(self, distance: int) -> bool:
        """Whether some value is at most ``distance`` parts of ``unit`` off a whole number."""
        over = self._sum(self.low, self.high, self.intercept + distance)
        return over != self._sum(self.low, self.high, self.intercept - distance - 1)

    def is_that_of(self, slope: int, intercept: int, unit: int) -> bool:
        """Whether another line, never below this one for k in [low, high], has the same floors.

        Its slope may be 0. Where the floors of two lines are never less and have the same sum, they
        are the same.
        """
        if self.least == self.most:
            return True
        # Limited to the least up to here, to the most from there on.
        first = min(((self.least + 1) * self.unit - self.intercept - 1) // self.slope, self.high)
        last = max(-((self.intercept - self.most * self.unit) // self.slope), self.low)
        if first >= self.low and (slope * first + intercept) // unit > self.least:
            return False
        between = max(first + 1, self.low), min(last - 1, self.high)
        if between[0] > between[1]:
            return True
        count = between[1] - between[0] + 1
        other = floor_sum(count, slope, slope * between[0] + intercept, unit)
        return other == self._sum(*between, self.intercept)

    def _sum(self, first: int, last: int, intercept: int) -> int:
        start = self.slope * first + intercept
        return floor_sum(last - first + 1, self.slope, start, self.unit)
