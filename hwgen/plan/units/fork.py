"""Fork of a stream."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit
from hwgen.sizes.features import Features

__all__ = ["Fork"]


@dataclass(frozen=True, kw_only=True)
class Fork(PlainUnit):
    """Gives each word to ``count`` consumers, on the ports ``o_0``, ``o_1`` and so on."""

    count: int

    @property
    def passes_ready(self) -> bool:
        """It gives up a word with the last that is taken."""
        return True

    @property
    def outputs(self) -> dict[str, int]:
        """One for each consumer."""
        return {f"o_{k}": self.out_bits for k in range(self.count)}

    def words_out(self, words: int) -> int:
        """As many on each."""
        return words

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "fork"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """What each consumer waits for, and what all of them together."""
        return {"consumers": self.count, "pairs": self.count * (self.count - 1) / 2}
