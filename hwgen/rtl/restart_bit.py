"""Lowest bit of a sum that starts again, where its carry finds it."""

from amaranth.hdl import Instance, Module, Mux, Signal, Value

__all__ = ["RESTART_BIT", "restart_bit"]

RESTART_BIT = """\
// Kept, so that its LUT shares a logic cell with the carry of the same two bits. That asks for them
// on the second and third input; synthesis goes by the names of ports, the last ones first.
(* keep_hierarchy *)
module hwgen_restart_bit(input taken, kept, anew, output sum);
  assign sum = anew ? taken : taken ^ kept;
endmodule
"""
"""Verilog of the cell, for designs that have it."""


def restart_bit(m: Module, kept: Value, taken: Value, anew: Value, *, model: bool) -> Value:
    """Lowest bit of ``kept + taken``, or where ``anew`` of ``taken`` alone.

    The carry is that of the inferred adder ``kept + taken``. With ``model`` described in place, for
    simulation in Python, instead of as a cell of its own.
    """
    total = Signal()
    if model:
        m.d.comb += total.eq(Mux(anew, taken, taken ^ kept))
    else:
        m.submodules += Instance(
            "hwgen_restart_bit", i_taken=taken, i_kept=kept, i_anew=anew, o_sum=total
        )
    return total
