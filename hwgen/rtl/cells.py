"""Verilog of the cells that components place by name."""

import re

from hwgen.families.primitives import PRIMITIVES
from hwgen.rtl.full_adder import FULL_ADDER
from hwgen.rtl.restart_bit import RESTART_BIT
from hwgen.rtl.triple_adder import TRIPLE_CARRY, TRIPLE_DIFFER

__all__ = ["with_cells"]

CELLS = (
    *(primitive.model for primitive in PRIMITIVES),
    FULL_ADDER,
    TRIPLE_DIFFER,
    TRIPLE_CARRY,
    RESTART_BIT,
)

_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)


def with_cells(verilog: str) -> str:
    """Verilog with the definitions of those cells that it has."""
    return verilog + "".join(text for text in CELLS if f"  {_name(text)} " in verilog)


def _name(cell: str) -> str:
    """Name of the one module of a cell's Verilog."""
    (name,) = _MODULE.findall(cell)
    return name
