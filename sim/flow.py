"""What is known of a stream, and the form of the rules that bound it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "UNLIMITED", "Count", "Counts", "Cycles", "Flow", "Rule", "Sides", "Solved", "Wanted",
]  # fmt: skip

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

    def last(self, frames: int) -> "Flow":
        """The words of the last of so many frames."""
        parts = (self.transfer, self.offered, self.room)
        return Flow(*(part[part.size - part.size // frames :] for part in parts))

    def copy(self) -> "Flow":
        """The same words in arrays of their own."""
        return Flow(self.transfer.copy(), self.offered.copy(), self.room.copy())

    def repeated_empty(self, copies: int) -> "Flow":
        """Arrays for so many copies of all words."""
        parts = (self.transfer, self.offered, self.room)
        return Flow(*(np.empty(copies * part.size, np.int64) for part in parts))

    def repeat(self, shifts: Cycles, into: "Flow") -> None:
        """Fill ``into`` with copies of all words one after another, each so many cycles later.

        ``shifts`` is int64 (copies).
        """
        pairs = ((self.transfer, into.transfer), (self.offered, into.offered),
                 (self.room, into.room))  # fmt: skip
        for part, target in pairs:
            if part.size:
                np.add(part, shifts[:, None], out=target.reshape(shifts.size, -1))


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


@dataclass(frozen=True)
class Wanted:
    """What is to be kept of a run.

    Parameters
    ----------
    streams : collection of str, optional
        Names of those whose flows are kept; None for all.
    transfers_only : bool
        Whether ``offered`` and ``room`` of these are left empty.
    reused : bool
        Whether the next frames may be written over those before.
    repeats : bool
        Whether frames are left to the caller that repeat the last one solved for.
    """

    streams: Collection[str] | None = None
    transfers_only: bool = False
    reused: bool = False
    repeats: bool = True

    def __contains__(self, stream: str) -> bool:
        """Whether anything of a stream is kept."""
        return self.streams is None or stream in self.streams

    def empty(self, stream: str, words: int) -> Flow:
        """Arrays for so many words of a stream, empty where they are not kept."""
        words = words if stream in self else 0
        others = 0 if self.transfers_only else words
        return Flow(*(np.empty(size, np.int64) for size in (words, others, others)))

    def of(self, stream: str, flow: Flow) -> Flow:
        """What is kept of a flow."""
        return Flow(flow.transfer, *[flow.transfer[:0]] * 2) if self.transfers_only else flow


@dataclass(frozen=True, eq=False)
class Solved:
    """Some frames solved for.

    Parameters
    ----------
    frames : int
    flows : dict of str to Flow
        Of the streams that are wanted.
    bounds : tuple of int or None
        Where they are known, the fewest and the most cycles a frame of those that follow, in the
        mean of many.
    stuck : dict of str to Count or None
        Where a run can never finish, what each stream offers and moves in all.
    ends : dict of str to int
        Cycle of each stream's last transfer; -1 before the first.
    """

    frames: int
    flows: dict[str, Flow]
    bounds: tuple[int, int] | None
    stuck: dict[str, Count] | None
    ends: dict[str, int]

    @property
    def last(self) -> int:
        """Cycle of the last transfer; -1 before the first."""
        return max(self.ends.values())

    @property
    def interval(self) -> int | None:
        """Where all frames that follow repeat the last one, how much later each."""
        return self.bounds[0] if self.bounds and self.bounds[0] == self.bounds[1] else None


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
