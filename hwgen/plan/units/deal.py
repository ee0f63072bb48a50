"""Weights of a frame, dealt out to the layers that they are for."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit
from hwgen.sizes.features import Features, counter_bits
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["Deal"]


@dataclass(frozen=True, kw_only=True)
class Deal(PlainUnit):
    """Gives the first of ``counts`` words of a frame to the port ``o_0``, those after to ``o_1``...

    Checks that a frame's last word says that it is.
    """

    counts: tuple[int, ...]

    @property
    def passes_ready(self) -> bool:
        """Words pass it within a cycle."""
        return True

    @property
    def outputs(self) -> dict[str, int]:
        """One for each layer."""
        return {f"o_{k}": WEIGHT_PORT_BITS for k in range(len(self.counts))}

    def words_given(self, taken: Mapping[str, int]) -> dict[str, int] | None:
        """The words of each."""
        if taken != {"i": sum(self.counts)}:
            return None
        return {f"o_{k}": count for k, count in enumerate(self.counts)}

    def words_out(self, words: int) -> int | None:
        """Where there is one layer: all."""
        return words if self.counts == (words,) else None

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "deal"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """A counter of words, and the choice of what it starts from and of who is given them."""
        bits, layers = counter_bits(max(self.counts)), len(self.counts)
        # Of two layers the choice is an input of the counter's own LUTs.
        return {"one": 1, "counters": bits, "choice": layers - 1 + bits * (layers > 2)}
