"""Stages of one register: pixel tables and thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hwgen.families.fabric import Fabric
from hwgen.network import Levels, Stage, Threshold
from hwgen.plan.units.base import UnitBase
from hwgen.sizes.features import Features, counter_bits
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.tables import table_of

__all__ = ["Register"]


@dataclass(frozen=True, kw_only=True)
class Register(UnitBase):
    """A stage of one register: pixel table (``role`` "levels"), one threshold a channel
    ("threshold") or several ("thresholds")."""

    role: str
    elements: int

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def buffer(self) -> None:
        """Its size is fixed."""
        return None

    @property
    def kind(self) -> str:
        """Each role is one."""
        return self.role

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """Tables of a pixel table, one for each element of a word."""
        if self.role != "levels":
            return []
        stage = self.stage_of(stages, Levels)
        shared = bool((stage.table == stage.table[0]).all())
        rows = np.repeat(stage.table[:1], self.elements, axis=0) if shared else stage.table
        found = []
        for element in range(self.elements):
            mine = rows[element :: self.elements]
            data = mine[0] if (mine == mine[0]).all() else mine.reshape(-1)
            found += table_of(data[:, None] >> np.arange(stage.element.bits) & 1).memories()
        return found

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Tables that are logic, or comparisons."""
        if self.role == "levels":
            found: Features = {"one": 1, "tables": 0}
            for memory in self.memories(stages, family):
                if not map_memory(memory, family).ebr:
                    found["tables"] += memory.words / 16 * memory.bits
            return found
        thresholds = self.stage_of(stages, Threshold).thresholds
        groups = len(thresholds) // self.elements
        found: Features = {"one": 1, "counters": counter_bits(groups)}
        if self.role == "thresholds":
            # Bits are counted by about as many full adders as there are.
            count = thresholds.shape[1]
            cells = self.in_bits * (1 + groups / 16 * (groups > 1)) * count
            return found | {"comparison": cells, "sums": self.elements * (count - 1)}
        return found | {
            "comparison": self.in_bits * (1 + groups / 16) if groups > 1 else self.in_bits / 4
        }
