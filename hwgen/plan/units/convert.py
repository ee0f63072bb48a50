"""Width converter."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit, lone_registers
from hwgen.sizes.features import Features, counter_bits, select_cells

__all__ = ["Convert"]


@dataclass(frozen=True, kw_only=True)
class Convert(PlainUnit):
    """Width converter: packs (``up``) or unpacks ``count`` words."""

    count: int
    up: bool

    @property
    def passes_ready(self) -> bool:
        """What unpacks gives up a word with its last piece."""
        return not self.up

    def words_out(self, words: int) -> int | None:
        """Fewer by ``count``, or more."""
        if not self.up:
            return words * self.count
        return None if words % self.count else words // self.count

    @property
    def kind(self) -> str:
        """Either direction is one."""
        return "pack" if self.up else "unpack"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Registers that wait, or the choice of a piece."""
        counter: Features = {"one": 1, "counters": counter_bits(self.count)}
        if self.up:
            held = (2 * self.count - 1) * self.in_bits
            return counter | {"registers": lone_registers(held, family)}
        return counter | {"choice": select_cells(self.count) * self.out_bits}
