"""Which channels have equal values, or values of opposite sign, on every picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.steps import Norm, Pool, Rectify, Shift, Stairs
from hwgen.compress.surds import Number

__all__ = ["Identities", "Lattice", "Pending"]

MOST_LEVELS = 256
"""Levels of an activation up to which two are compared by what they do, not by their figures."""

Pending = tuple[Shift | Norm | Rectify | Pool, ...]
"""What was done to a root since it got its number."""


@dataclass(frozen=True)
class Lattice:
    """``low + step * i``, i from 0 to ``count``: all values that a root can have."""

    low: Fraction
    step: Fraction
    count: int

    @classmethod
    def between(cls, low: Number | None, high: Number | None, step: Fraction) -> "Lattice | None":
        """Lattice from one end to the other; None where they are not known."""
        if not isinstance(low, Fraction) or not isinstance(high, Fraction) or not step:
            return None
        return cls(low, step, int((high - low) / step))


class Identities:
    """Numbers of roots: what has the same number is equal.

    A channel is ``sign`` times a root. Only roots that several channels can have are known by
    what they are; all others get a number each.
    """

    def __init__(self) -> None:
        self._known: dict[object, int] = {}
        self._shared: set[int] = set()
        self._next = 0
        self.lattices: dict[int, Lattice] = {}

    def fresh(self, count: int) -> NDArray[np.int64]:
        """Numbers that nothing has."""
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.int64)

    def fresh_shared(self, count: int) -> NDArray[np.int64]:
        """Numbers that nothing has, of roots that several channels have."""
        found = self.fresh(count)
        self._shared.update(found.tolist())
        return found

    def of(self, key: object, lattice: Lattice | None = None) -> int:
        """Number of what a key says all of."""
        if key not in self._known:
            self._known[key] = root = int(self.fresh_shared(1)[0])
            if lattice is not None:
                self.lattices[root] = lattice
        return self._known[key]

    def constant(self, value: Fraction) -> tuple[int, int]:
        """Root and sign of a constant."""
        return self.of(("constant", abs(value))), -1 if value < 0 else 1

    def shared(self, root: int) -> bool:
        """Whether others may have the root too."""
        return root in self._shared

    def closed(self, root: int, sign: int, pending: Pending) -> tuple[int, int]:
        """Root and sign of what was done to a root."""
        return (self.of((root, sign, pending)), 1) if pending else (root, sign)

    def pooled(self, root: int, sign: int, pool: Pool) -> int:
        """Root of a maximum; the sign stays, as the maximum of ``-x`` is that of ``-min(x)``."""
        return self.of((root, pool, sign), self.lattices.get(root))

    def activated(self, root: int, sign: int, pending: Pending, stairs: Stairs) -> tuple[int, int]:
        """Root and sign of the levels that an activation makes of a root."""
        low, high = stairs.ends
        lattice = self.lattices.get(root)
        few = (high - low) / stairs.scale < MOST_LEVELS
        levels = _levels(lattice, sign, pending, stairs) if lattice and few else None
        if levels is None:
            return self.of((root, sign, pending, stairs)), 1
        first, last = levels[0][1], levels[-1][1]
        turned = -1 if first < 0 or (first == 0 and last < 0) else 1
        values = [turned * level for _, level in levels]
        key = (
            root,
            tuple((i, value) for (i, _), value in zip(levels, values, strict=True)),
            _pools(pending, turned),
        )
        return self.of(key, Lattice.between(min(values), max(values), stairs.scale)), turned


def _levels(
    lattice: Lattice, sign: int, pending: Pending, stairs: Stairs
) -> list[tuple[int, Fraction]] | None:
    """Places of a lattice from which on a level holds, and the level; None where not known."""
    smooth = [step for step in pending if not isinstance(step, Pool)]

    def level(i: int) -> Fraction | None:
        x: Number | None = sign * (lattice.low + lattice.step * i)
        for step in smooth:
            if x is None:
                return None
            x = step.of(x)
        return None if x is None else stairs.of(x)

    first, last = level(0), level(lattice.count)
    if first is None or last is None:
        return None
    found = [(0, first)]
    open_parts = [(0, first, lattice.count, last)]
    while open_parts:
        start, before, end, after = open_parts.pop()
        if before == after:
            continue
        if end - start == 1:
            found.append((end, after))
            continue
        middle = (start + end) // 2
        value = level(middle)
        if value is None:
            return None
        open_parts += [(middle, value, end, after), (start, before, middle, value)]
    return found


def _pools(pending: Sequence[object], turned: int) -> tuple[object, ...]:
    """Maxima among steps, moved behind them all: what falls makes minima of them."""
    found: list[object] = []
    direction = turned
    for step in reversed(pending):
        if isinstance(step, Pool):
            found.append((step, direction))
        elif isinstance(step, Norm):
            direction *= step.direction
    return tuple(reversed(found))
