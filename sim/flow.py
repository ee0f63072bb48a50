"""What is known of a stream, and the form of the rules that bound it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNLIMITED", "Count", "Counts", "Cycles", "Flow", "Rule", "Sides"]

Cycles = NDArray[np.int64]

UNLIMITED = 1 << 62
"""More words than any run has."""


@dataclass(eq=False)
class Flow:
    """One stream, for each word: int64 (words).

    Word k is there from cycle ``offered[k]`` on (``valid``), can be taken from ``room[k]`` on
    (``ready``, as far as the consumer decides), and is taken in ``transfer[k]``.
    """

    transfer: Cycles
    offered: Cycles
    room: Cycles

    def part(self, where: slice) -> "Flow":
        """Some consecutive words."""
        return Flow(self.transfer[where], self.offered[where], self.room[where])

    def repeated(self, shifts: Cycles) -> "Flow":
        """Copies of all words one after another, each so many cycles later: int64 (copies)."""
        parts = (self.transfer, self.offered, self.room)
        return Flow(*((part + shifts[:, None]).ravel() for part in parts))


@dataclass
class Count:
    """One stream without time: words that can be offered, accepted and so transferred, in all."""

    offered: int = 0
    room: int = 0
    moved: int = 0

    @property
    def shown(self) -> int:
        """Words whose `valid` is ever high: each only shows when the one before has gone."""
        return min(self.offered, self.moved + 1)


Sides = Mapping[str, Flow]
"""Flows on all inputs, or on all outputs, of a unit, by port, in the order of its ports."""

Counts = Mapping[str, Count]


@dataclass(frozen=True, eq=False)
class Rule:
    """Bounds of one unit.

    ``offer(ins, outs)`` gives for each output stream the least cycle in which each word can be
    offered; ``take(ins, outs)`` for each input stream the least cycle in which each word can be
    accepted. ``gives(ins, outs)`` and ``accepts(ins, outs)`` say the same without time: how many
    words can be offered on each output, or accepted on each input, in all. What has room on an
    output counts as gone: it leaves as soon as it comes. All take and give by port.
    """

    offer: Callable[[Sides, Sides], Mapping[str, Cycles]]
    take: Callable[[Sides, Sides], Mapping[str, Cycles]]
    gives: Callable[[Counts, Counts], Mapping[str, int]]
    accepts: Callable[[Counts, Counts], Mapping[str, int]]
