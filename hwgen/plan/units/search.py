"""Search among the thresholds of a channel, a comparison for each bit of their count."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hwgen.families.fabric import Fabric
from hwgen.network import Stage, Threshold
from hwgen.plan.units.base import PlainUnit, lone_registers
from hwgen.sizes.features import Features, counter_bits, rom_features
from hwgen.sizes.memory_map import Memory
from hwgen.sizes.search_tables import (
    distinct_words,
    level_table,
    search_rows,
    serial_table,
    word_bits,
)
from hwgen.sizes.tables import Table, table_of

__all__ = ["SearchPlan"]


@dataclass(frozen=True, kw_only=True)
class SearchPlan(PlainUnit):
    """Search of ``elements`` channels a word for the ``levels`` bits of their counts.

    Where ``serial`` one comparator of each element finds one bit after another; else each bit has
    its own.
    """

    elements: int
    levels: int
    serial: bool

    @property
    def latency(self) -> int:
        """Cycles from a word to the ``valid`` of its counts."""
        return self.levels + 1

    @property
    def interval(self) -> int:
        """Cycles from one word to the next, at least."""
        return self.latency if self.serial else 1

    @property
    def depth(self) -> int:
        """Words that can be on their way."""
        return 1 if self.serial else self.latency

    @property
    def passes_ready(self) -> bool:
        """It takes a word as another leaves."""
        return True

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def kind(self) -> str:
        """Either is one of its own."""
        return "serial search" if self.serial else "search"

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """Thresholds of each element: all of them, or those of each bit."""
        return [memory for table in self._tables(stages) for memory in table.memories()]

    def _tables(self, stages: Mapping[str, Stage]) -> Iterator[Table]:
        stage = self.stage_of(stages, Threshold)
        format_ = stage.in_element
        rows = search_rows(stage.thresholds, stage.invert, format_.bits, format_.signed)
        levels = [level_table(rows, level) for level in range(self.levels)]
        for table in [serial_table(rows)] if self.serial else levels:
            for element in range(self.elements):
                words = distinct_words(table[element :: self.elements])
                yield table_of(words[:, None] >> np.arange(word_bits(words)) & 1)

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Comparators, the values that are compared on their way, and tables that are logic."""
        stage = self.stage_of(stages, Threshold)
        groups = len(stage.invert) // self.elements
        bits, times = stage.in_element.bits, 1 if self.serial else self.levels
        found: Features = {
            "one": 1,
            "counters": counter_bits(groups),
            "comparison": self.elements * times * bits,
            "registers": lone_registers(self.elements * times * bits, family),
            "counts": self.elements * self.levels * (1 if self.serial else (self.levels + 1) / 2),
        }
        for table in self._tables(stages):
            for key, amount in rom_features(table, family).items():
                found[key] = found.get(key, 0.0) + amount
        return found
