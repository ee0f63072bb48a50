"""The unit that rounds to fixed point: the cheapest of those that keep the rate."""

from collections.abc import Iterator, Mapping
from typing import Any

from hwgen.families.fabric import Fabric, Pipeline
from hwgen.network import Requantise, Stage
from hwgen.plan.unit_price import price_of
from hwgen.plan.units import Convert, RequantisePlan

__all__ = ["multiplying_units", "requantise_unit"]


def requantise_unit(
    stage: Requantise, elements: int, spacing: int, fabric: Fabric, pipeline: Pipeline
) -> RequantisePlan:
    """The unit of a stage whose words of ``elements`` channels come no closer than ``spacing``.

    It may take words of fewer channels, between an unpack and a pack: then one product serves
    several channels of a word, one after another.
    """
    stages = {stage.name: stage}

    def price(unit: RequantisePlan) -> float:
        shares = elements // unit.elements
        around = list(_converters(stage, elements, shares)) if shares > 1 else []
        return sum(price_of(one, stages, fabric) for one in (unit, *around))

    return min(_shared_units(stage, elements, spacing, pipeline), key=price)


def multiplying_units(
    stage: Stage, in_bits: int, out_bits: int, elements: int, *, spacing: int, pipeline: Pipeline
) -> Iterator[RequantisePlan]:
    """Units of a stage for words of elements of so many bits: with all digits at once, or serial.

    A serial one gets the fewest bits of a digit with which it keeps up.
    """
    common: Mapping[str, Any] = {
        "name": stage.name, "stage": stage.name, "elements": elements,
        "in_bits": elements * in_bits, "out_bits": elements * out_bits, "late": pipeline.late,
    }  # fmt: skip
    yield RequantisePlan.at_full_rate(digit=pipeline.digit, **common)
    for serial_digit in range(1, in_bits):
        unit = RequantisePlan.at_full_rate(digit=serial_digit, serial=True, **common)
        if unit.interval <= spacing:
            yield unit
            return


def _shared_units(
    stage: Requantise, elements: int, spacing: int, pipeline: Pipeline
) -> Iterator[RequantisePlan]:
    for shares in range(1, min(elements, spacing) + 1):
        if elements % shares == 0:
            yield from multiplying_units(
                stage, stage.in_element.bits, stage.element.bits, elements // shares,
                spacing=spacing // shares, pipeline=pipeline,
            )  # fmt: skip


def _converters(stage: Requantise, elements: int, shares: int) -> Iterator[Convert]:
    """What makes words of ``elements`` channels one of a few, and again."""
    for up, bits in ((False, stage.in_element.bits), (True, stage.element.bits)):
        ends = elements * bits, elements // shares * bits
        yield Convert(
            name=stage.name, stage=stage.name, count=shares, up=up,
            in_bits=ends[up], out_bits=ends[not up],
        )  # fmt: skip
