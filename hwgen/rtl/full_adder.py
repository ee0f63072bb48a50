"""Full adder in two LUTs, kept apart so that synthesis leaves it so."""

from amaranth.hdl import Cat, Instance, Module, Signal, Value

__all__ = ["FULL_ADDER", "full_adder"]

FULL_ADDER = """\
// Left to themselves, synthesis tools take counters apart and put them together larger.
(* keep_hierarchy *)
module hwgen_full_adder(input a, b, x, w, output sum, carry);
  wire c = x ^ w;
  assign sum = a ^ b ^ c;
  assign carry = (a & b) | ((a | b) & c);
endmodule
"""
"""Verilog of the cell, for designs that have it."""


def full_adder(m: Module, a: Value, b: Value, x: Value, w: Value, *, model: bool) -> Value:
    """Count of ``a``, ``b`` and ``x ^ w``, two bits.

    With ``model`` described in place, for simulation in Python, instead of as a cell of its own.
    """
    total, carry = Signal(), Signal()
    if model:
        c = x ^ w
        m.d.comb += [total.eq(a ^ b ^ c), carry.eq((a & b) | ((a | b) & c))]
    else:
        m.submodules += Instance(
            "hwgen_full_adder", i_a=a, i_b=b, i_x=x, i_w=w, o_sum=total, o_carry=carry
        )
    return Cat(total, carry)
