"""Join of streams."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit, lone_registers
from hwgen.sizes.features import Features

__all__ = ["Join"]


@dataclass(frozen=True, kw_only=True)
class Join(PlainUnit):
    """Takes a word of ``parts[k]`` bits from each port ``i_k`` and puts them side by side."""

    parts: tuple[int, ...]

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True

    @property
    def inputs(self) -> dict[str, int]:
        """One for each part."""
        return {f"i_{k}": bits for k, bits in enumerate(self.parts)}

    def words_out(self, words: int) -> int:
        """As many as on each."""
        return words

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "join"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Its register, and what it waits for."""
        return {
            "one": 1,
            "parts": len(self.parts),
            "registers": lone_registers(self.in_bits, family),
        }
