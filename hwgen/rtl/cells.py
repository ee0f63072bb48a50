"""Verilog of the cells that components place by name."""

from hwgen.rtl.carry_chain import CCU2C_MODEL
from hwgen.rtl.full_adder import FULL_ADDER
from hwgen.rtl.pair_adder import PAIR_CARRY
from hwgen.rtl.spram_table import SPRAM_MODEL

__all__ = ["with_cells"]

CELLS = {
    "CCU2C": CCU2C_MODEL,
    "SB_SPRAM256KA": SPRAM_MODEL,
    "hwgen_full_adder": FULL_ADDER,
    "hwgen_pair_carry": PAIR_CARRY,
}


def with_cells(verilog: str) -> str:
    """Verilog with the definitions of those cells that it has."""
    return verilog + "".join(text for name, text in CELLS.items() if f"  {name} " in verilog)
