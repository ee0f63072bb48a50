"""The unit that counts a channel's thresholds: the cheapest of those that keep the rate."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from hwgen.families.fabric import Fabric
from hwgen.network import Stage, Threshold
from hwgen.plan.staircase import as_requantise
from hwgen.plan.units import (
    MatrixPlan,
    PoolPlan,
    Register,
    RequantisePlan,
    SearchPlan,
    Unit,
)
from hwgen.sizes.memory_map import map_memory

__all__ = ["form_of", "price_of", "threshold_unit", "units_of"]

RAM_CELLS = 128
"""Cells that a block RAM is taken for: about as many as there are for each on the parts."""

COSTS = {
    "products": 1.5, "tables of 16": 1.3, "tables of 32": 1.6, "tables of 64": 1.6,
    "deep tables": 1.6,
}  # fmt: skip
"""What packed units take of some things for each cell that was counted
(``docs/decisions/0029-thresholds.md``)."""

Counting = Register | SearchPlan | RequantisePlan


def threshold_unit(
    stage: Threshold,
    stages: Mapping[str, Stage],
    elements: int,
    family: Fabric,
    before: Unit | None,
) -> Counting:
    """The unit of a stage for words of ``elements`` channels, by cells as they can be counted.

    One comparator for all bits of a count takes a cycle for each of them and one more: it is for
    words that the unit ``before`` gives no faster.
    """
    units = units_of(stage, elements, spacing=_spacing(before))
    return min(units, key=lambda unit: price_of(unit, stages, family))


def form_of(unit: Counting) -> str:
    """How a unit counts, as the manifest has it."""
    match unit:
        case Register():
            return "parallel"
        case SearchPlan():
            return "serial" if unit.serial else "pipelined"
        case RequantisePlan():
            return "multiplier"
    assert_never(unit)


def units_of(stage: Threshold, elements: int, *, spacing: int) -> Iterator[Counting]:
    """All units there are for words that come no closer than by so many cycles."""
    common: dict[str, Any] = {
        "name": stage.name, "stage": stage.name, "elements": elements,
        "in_bits": elements * stage.in_element.bits, "out_bits": elements * stage.element.bits,
    }  # fmt: skip
    if stage.thresholds.ndim == 1:
        yield Register(role="threshold", **common)
        return
    yield Register(role="thresholds", **common)
    levels = stage.thresholds.shape[1].bit_length()
    for serial in (True, False):
        if not serial or spacing > levels:
            yield SearchPlan(levels=levels, serial=serial, **common)
    if as_requantise(stage) is not None:
        yield RequantisePlan(depth=RequantisePlan.full_rate_depth, **common)


def price_of(unit: Counting, stages: Mapping[str, Stage], family: Fabric) -> float:
    """Cells that a unit takes, as far as they can be counted, and what its block RAMs are worth."""
    rams = sum(map_memory(memory, family).ebr for memory in unit.memories(stages, family))
    counted = unit.features(stages, family)
    return sum(COSTS.get(key, 1.0) * n for key, n in counted.items()) + RAM_CELLS * rams


def _spacing(before: Unit | None) -> int:
    """Cycles from one word of a unit to the next, at least."""
    match before:
        case MatrixPlan():
            return before.synapse_fold
        case PoolPlan():
            return before.taps
        case _:
            return 1
