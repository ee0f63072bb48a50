"""What a unit is worth in cells, as far as that can be counted: what small choices go by."""

from collections.abc import Mapping

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units import MatrixPlan, PoolPlan, Unit
from hwgen.sizes.memory_map import map_memory

__all__ = ["RAM_CELLS", "price_of", "spacing_behind"]

RAM_CELLS = 128
"""Cells that a block RAM is taken for: about as many as there are for each on the parts."""

COSTS = {
    "digit products": 1.3, "tables of 16": 1.3, "tables of 32": 1.6,
    "tables of 64": 1.6, "deep tables": 1.6,
}  # fmt: skip
"""What packed units take of some things for each cell that was counted
(``docs/decisions/0029-thresholds.md``, ``docs/decisions/0035-constant-multiplications.md``)."""


def price_of(unit: Unit, stages: Mapping[str, Stage], family: Fabric) -> float:
    """Cells that a unit takes, as far as they can be counted, and what its block RAMs are worth."""
    rams = sum(map_memory(memory, family).ebr for memory in unit.memories(stages, family))
    counted = unit.features(stages, family)
    return sum(COSTS.get(key, 1.0) * n for key, n in counted.items()) + RAM_CELLS * rams


def spacing_behind(before: Unit | None) -> int:
    """Cycles from one word of a unit to the next, at least."""
    match before:
        case MatrixPlan():
            return before.synapse_fold
        case PoolPlan():
            return before.taps
        case _:
            return 1
