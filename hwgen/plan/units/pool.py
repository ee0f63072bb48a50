"""Pool unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.families.fabric import Fabric
from hwgen.network import Pool, Stage, SumPool
from hwgen.plan.units.base import PlainUnit
from hwgen.sizes.features import Features, counter_bits

__all__ = ["PoolPlan"]


@dataclass(frozen=True, kw_only=True)
class PoolPlan(PlainUnit):
    """Pool unit: ``taps`` words of ``elements`` channels into one, their maximum or ``total``."""

    taps: int
    elements: int
    bits: int
    signed: bool
    total: bool = False
    plane: int = 1
    """Pixels that come one after another of the same channels."""

    @property
    def passes_ready(self) -> bool:
        """The word that ends a window waits until the result before it has left."""
        return False

    def words_out(self, words: int) -> int | None:
        """A word for each window."""
        return None if words % self.taps else words // self.taps

    @property
    def kind(self) -> str:
        """Maxima and sums are one each."""
        return "sums" if self.total else "pool"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Counters, elements, and the table of which channels take the minimum."""
        stage = stages[self.stage]
        assert isinstance(stage, Pool | SumPool), stage
        groups = stage.in_shape[2] // self.elements
        counters = sum(map(counter_bits, (self.taps, self.plane, groups)))
        if self.total:
            taken = {"numbers": self.elements * self.bits, "sums": self.out_bits}
            return {"one": 1, "counters": counter_bits(self.taps), **taken}
        return {
            "one": 1,
            "counters": counters,
            "bits" if self.bits == 1 else "numbers": self.elements * self.bits,
            "minimum": self.elements * groups / 16 if groups > 1 else 0,
        }
