"""The unit that counts a channel's thresholds: the cheapest of those that keep the rate."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from hwgen.families.fabric import SHORTEST, Fabric, Pipeline
from hwgen.network import Stage, Threshold
from hwgen.plan.requantise_unit import multiplying_units
from hwgen.plan.staircase import as_requantise
from hwgen.plan.unit_price import price_of, spacing_behind
from hwgen.plan.units import Register, RequantisePlan, SearchPlan, Unit

__all__ = ["form_of", "threshold_unit", "units_of"]

Counting = Register | SearchPlan | RequantisePlan


def threshold_unit(
    stage: Threshold,
    stages: Mapping[str, Stage],
    elements: int,
    family: Fabric,
    before: Unit | None,
    pipeline: Pipeline = SHORTEST,
) -> Counting:
    """The unit of a stage for words of ``elements`` channels, by cells as they can be counted.

    One comparator for all bits of a count takes a cycle for each of them and one more: it is for
    words that the unit ``before`` gives no faster. A multiplication has the registers that
    the clock asks for.
    """
    units = units_of(stage, elements, spacing=spacing_behind(before), pipeline=pipeline)
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


def units_of(
    stage: Threshold, elements: int, *, spacing: int, pipeline: Pipeline = SHORTEST
) -> Iterator[Counting]:
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
        yield from multiplying_units(
            stage, stage.in_element.bits, stage.element.bits, elements,
            spacing=spacing, pipeline=pipeline,
        )  # fmt: skip
