"""Register slice."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit, lone_registers
from hwgen.sizes.features import Features

__all__ = ["Slice"]


@dataclass(frozen=True, kw_only=True)
class Slice(PlainUnit):
    """Register slice: holds a word on its way, for the clock's sake."""

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "slice"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Its register."""
        return {"handshake": 2, "registers": lone_registers(self.in_bits, family)}
