"""The forms that timing rules have, as numbers: what `sim.bounds` and `sim.kernel` both read.

Words of a stream are counted from 0 through all frames of a run. ``offer`` is the least cycle in
which an output word can be offered, ``room`` the one in which an input word can be taken.
"""

from dataclasses import dataclass

from sim.flow import Cycles

__all__ = ["Buffered", "Dealt", "Folded", "Forked", "Form", "Held", "Joined", "Queued", "Unpacked"]


@dataclass(frozen=True)
class Queued:
    """Words stay in order: offer(k) = in(k) + latency, room(k) = out(k - depth) + free_after."""

    depth: int
    free_after: int
    latency: int = 1


@dataclass(frozen=True)
class Folded:
    """``count`` words into one: offer(k) = in(last word of k) + latency.

    That last word waits for a free word of the store behind, room = out(k - depth) + 1.
    """

    count: int
    latency: int
    depth: int


@dataclass(frozen=True)
class Held:
    """Words that meet others which stay: ``count`` of those, each for ``hold`` words, make a fold.

    The last ``hold`` words of a fold give an output each, offer = in + latency, and wait for a free
    word of the store behind, room(out k) = out(k - depth) + 1. Where the others come on a stream of
    their own (``fed``), a word waits for its one to be offered, and the last that it stays for
    takes it along.
    """

    hold: int
    count: int
    latency: int
    depth: int
    fed: bool


@dataclass(frozen=True)
class Dealt:
    """Words to one consumer after another, ``counts`` of a frame to each, within the cycle."""

    counts: tuple[int, ...]


@dataclass(frozen=True)
class Unpacked:
    """One word into ``count``, within the cycle: it is shown at once, taken with the last."""

    count: int


@dataclass(frozen=True)
class Forked:
    """One word to several consumers, each as soon as it wants; taken with the last of them."""


@dataclass(frozen=True)
class Joined:
    """A word of each producer at once, when all are there and the output register is free."""


@dataclass(frozen=True, eq=False)
class Buffered:
    """Memory that is written and read in different orders.

    Reads are issued one a cycle, in order, when the word before has left, and offered a cycle
    later. Reads ``first`` wait for input words ``needs``, a cycle after these came; input words
    ``begins`` wait for reads ``freed_by``, a cycle after these were issued. Both are int64 and
    rise, ``first`` and ``begins`` strictly.
    """

    reads: int
    first: Cycles
    needs: Cycles
    begins: Cycles
    freed_by: Cycles


Form = Queued | Folded | Held | Dealt | Unpacked | Forked | Joined | Buffered
