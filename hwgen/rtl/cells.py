"""Verilog of the cells that components place by name."""

import re

from hwgen.rtl.carry_chain import CARRY_MODEL
from hwgen.rtl.entering_bit import LUT_MODEL
from hwgen.rtl.full_adder import FULL_ADDER
from hwgen.rtl.multiplier import MULT_MODELS
from hwgen.rtl.restart_bit import RESTART_BIT
from hwgen.rtl.spram_table import SPRAM_MODEL
from hwgen.rtl.triple_adder import TRIPLE_CARRY, TRIPLE_DIFFER

__all__ = ["with_cells"]

CELLS = (
    CARRY_MODEL,
    SPRAM_MODEL,
    LUT_MODEL,
    FULL_ADDER,
    TRIPLE_DIFFER,
    TRIPLE_CARRY,
    RESTART_BIT,
    *MULT_MODELS,
)

_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)


def with_cells(verilog: str) -> str:
    """Verilog with the definitions of those cells that it has."""
    return verilog + "".join(text for text in CELLS if f"  {_name(text)} " in verilog)


def _name(cell: str) -> str:
    """Name of the one module of a cell's Verilog."""
    (name,) = _MODULE.findall(cell)
    return name
