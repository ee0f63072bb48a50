"""When the outside world offers and accepts data: periodic patterns, without end."""

from dataclasses import dataclass, field
from math import lcm

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError

__all__ = [
    "ALWAYS",
    "NEVER",
    "Cycles",
    "Pattern",
    "Traffic",
    "parse_pattern",
    "random_traffic",
]

Cycles = NDArray[np.int64]

NEVER = 1 << 50
"""Cycle of what never happens."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A bit for each cycle, repeated for ever: bool (period,).

    Where no bit is set nothing is ever transferred.

    Raises
    ------
    ModelError
        If there are no bits at all.
    """

    bits: NDArray[np.bool_]
    _set: Cycles = field(init=False, repr=False)
    _rank: Cycles = field(init=False, repr=False)

    def __post_init__(self):
        """Index the set bits."""
        if self.bits.ndim != 1 or not self.bits.size:
            raise ModelError("a stall pattern must have at least one bit")
        object.__setattr__(self, "_set", np.flatnonzero(self.bits).astype(np.int64))
        before = np.concatenate([[0], np.cumsum(self.bits)[:-1]]).astype(np.int64)
        object.__setattr__(self, "_rank", before)

    @property
    def tables(self) -> tuple[Cycles, Cycles]:
        """Cycles of the set bits of a period, and of each cycle how many of them lie before it."""
        return self._set, self._rank

    def rank(self, cycles: Cycles) -> Cycles:
        """Number of set bits in the cycles before each of ``cycles``."""
        rounds, rest = np.divmod(cycles, self.bits.size)
        return rounds * self._set.size + self._rank[rest]

    def position(self, ranks: Cycles) -> Cycles:
        """Cycle of the set bit of each rank, counted from 0."""
        if not self._set.size:
            return np.full_like(ranks, NEVER)
        rounds, rest = np.divmod(ranks, self._set.size)
        return rounds * self.bits.size + self._set[rest]


ALWAYS = Pattern(np.ones(1, np.bool_))


def parse_pattern(text: str, source: str) -> Pattern:
    """Read a pattern from zeros and ones, one a cycle, such as ``1101``.

    Raises
    ------
    ModelError
        For any other text; names ``source``.
    """
    if not text or set(text) - {"0", "1"}:
        raise ModelError(f"{source}: a pattern is zeros and ones such as 1101, not {text!r}")
    return Pattern(np.array([digit == "1" for digit in text]))


@dataclass(frozen=True, eq=False)
class Traffic:
    """What happens at the edge of the design.

    Parameters
    ----------
    valid : Pattern
        The source may begin to offer a word in the cycles of set bits; once offered, a word stays
        until it is taken.
    ready : Pattern
        The sink accepts in the cycles of set bits. Ignored where ``ready_after`` is positive.
    ready_after : int
        The sink raises ``ready`` that many cycles after it has seen ``valid``, for one cycle.
    weights : Pattern
        As ``valid``, for the words of weights of designs that get them in each frame.
    """

    valid: Pattern = ALWAYS
    ready: Pattern = ALWAYS
    ready_after: int = 0
    weights: Pattern = ALWAYS

    @property
    def never(self) -> bool:
        """Whether one side never transfers anything."""
        sink = self.ready_after or self.ready.bits.any()
        return not (self.valid.bits.any() and self.weights.bits.any() and sink)

    @property
    def period(self) -> int:
        """Cycles after which all of it is the same again.

        Of 1 every cycle is like every other: nothing but the design itself sets the pace.
        """
        return lcm(*(p.bits.size for p in (self.valid, self.ready, self.weights)))


def random_traffic(seed: int, interval: int) -> Traffic:
    """Random stalls on both sides, from a seed.

    Bursts and gaps have lengths of every order of magnitude from a cycle to twice the design's
    ``interval`` between frames, so that every buffer runs full and empty in some of them.
    """
    rng = np.random.default_rng(seed)

    def pattern(longest_gap: float, longest_burst: float) -> Pattern:
        runs = []
        while sum(runs) < 8 * interval + 64:
            for longest in (longest_burst, longest_gap):
                runs.append(round(np.exp(rng.uniform(0, np.log(max(longest, 2))))))
        starts_set = rng.integers(2)
        bits = np.repeat((np.arange(len(runs)) + starts_set) % 2 == 0, runs)
        return Pattern(bits)

    # A source that starves the design, a sink that blocks it for a frame and more.
    valid, ready = pattern(interval / 8, interval / 64), pattern(2 * interval, interval / 4)
    # A memory that pauses, and gives words one at a time or many in a row.
    return Traffic(valid, ready, weights=pattern(interval / 64, interval / 16))
