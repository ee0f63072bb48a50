"""What weights from outside take of the memory that they come from, and the pace it sets."""

from dataclasses import dataclass
from fractions import Fraction

from hwgen.plan.plan import Plan
from hwgen.sizes.streamed import WEIGHT_PORT_BITS
from sim.cycle import pace
from sim.patterns import Pattern, Traffic

__all__ = ["Bandwidth", "find_bandwidth"]

WORD_BYTES = WEIGHT_PORT_BITS // 8


@dataclass(frozen=True)
class Bandwidth:
    """Weights of each frame, and the design under nothing but the memory that they come from.

    Parameters
    ----------
    words : int
        Of the port, a frame.
    given : Fraction
        Words that the memory gives a cycle, in the long run.
    latency_cycles : int
    interval_cycles : Fraction
        As `sim.cycle.pace` has it.
    clock_mhz : float
    """

    words: int
    given: Fraction
    latency_cycles: int
    interval_cycles: Fraction
    clock_mhz: float

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame."""
        return self.words * WORD_BYTES

    @property
    def frames_per_second(self) -> float:
        """At the clock."""
        return self.clock_mhz * 1e6 / float(self.interval_cycles)

    @property
    def used(self) -> float:
        """Bytes a second."""
        return self.frame_bytes * self.frames_per_second

    @property
    def available(self) -> float:
        """Bytes a second that the memory gives."""
        return float(self.given) * WORD_BYTES * self.clock_mhz * 1e6

    @property
    def share(self) -> float:
        """Part of it that is used."""
        return float(self.words / self.interval_cycles / self.given)


def find_bandwidth(plan: Plan, pattern: Pattern, clock_mhz: float) -> Bandwidth:
    """Bandwidth of a plan with weights outside, where these are offered as a pattern says.

    Raises
    ------
    ModelError
        If the design never gets them; names the streams that wait.
    """
    assert plan.weights is not None
    latency, interval = pace(plan, Traffic(weights=pattern))
    given = Fraction(int(pattern.bits.sum()), pattern.bits.size)
    return Bandwidth(plan.weights.transfers_per_frame, given, latency, interval, clock_mhz)
