"""What products of two numbers are made in."""

from enum import StrEnum

from hwgen.families.fabric import Fabric
from hwgen.network import Matrix
from hwgen.sizes.multipliers import MULTIPLIERS

__all__ = ["Products", "multiplier_cells"]


class Products(StrEnum):
    """What multiplies in a unit, as folding file and manifest spell it."""

    LOGIC = "logic"
    """LUTs and carry chains."""
    DSP = "dsp"
    """Multiplier cells."""


def multiplier_cells(stage: Matrix, lanes: int, fabric: Fabric) -> int | None:
    """Multiplier cells of one element with so many input lanes; None where there can be none.

    They are no use to weights or inputs that only choose a sign. Cells are as wide as the numbers
    of a description can be.
    """
    name = fabric.multiplier
    if name is None or stage.in_element.bipolar or stage.weight_element.bipolar:
        return None
    return MULTIPLIERS[name].count(stage.in_element.bits, stage.weight_bits, lanes)
