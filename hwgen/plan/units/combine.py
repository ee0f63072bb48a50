"""Sum or concatenation of streams."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.families.fabric import Fabric
from hwgen.network import Combine, Element, Stage
from hwgen.plan.units.base import lone_registers
from hwgen.plan.units.join import Join
from hwgen.sizes.features import Features
from hwgen.sizes.row_cells import number_row, sum_cells

__all__ = ["CombinePlan"]


@dataclass(frozen=True, kw_only=True)
class CombinePlan(Join):
    """Join whose word is the sum of its parts' elements, or all of them: ``elements`` in a word."""

    elements: int

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "combine"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Sums of what factors make of the parts, and registers of what comes as it leaves."""
        stage = self.stage_of(stages, Combine)
        terms = [
            _terms(element, factor)
            for element, factor in zip(stage.in_elements, stage.factors, strict=True)
        ]
        if stage.concat:
            sums = list(zip(stage.in_channels, terms, strict=True))
        else:
            sums = [(self.elements, [width for part in terms for width in part])]
        bits = stage.element.bits
        alone = sum(count for count, widths in sums if len(widths) == 1)
        found: Features = {
            "one": 1,
            "parts": len(self.parts),
            "registers": lone_registers(alone * bits, family),
        }
        for count, widths in sums:
            for key, amount in sum_cells([number_row(n) for n in widths], bits).items():
                found[key] = found.get(key, 0) + count * amount
        return found


def _terms(element: Element, factor: int) -> list[int]:
    """Widths of what is added up for an element of a part: it comes for each bit of its factor."""
    if element.bipolar:
        return [factor.bit_length() + 1]
    return [element.bits] * factor.bit_count()
