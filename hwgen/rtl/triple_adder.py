"""Count of three products in three LUTs."""

from amaranth.hdl import Cat, Instance, Module, Mux, Signal, Value

__all__ = ["TRIPLE_CARRY", "TRIPLE_DIFFER", "triple_adder"]

TRIPLE_DIFFER = """\
// Left to themselves, synthesis tools share no exclusive or between sum and carry.
(* keep_hierarchy *)
module hwgen_triple_differ(input x0, w0, x1, w1, output differ);
  assign differ = x0 ^ w0 ^ x1 ^ w1;
endmodule
"""
TRIPLE_CARRY = """\
// Left to themselves, synthesis tools take counters apart and put them together larger.
(* keep_hierarchy *)
module hwgen_triple_carry(input x0, w0, differ, sum, output carry);
  // Where the first two differ the third one decides, which is then the opposite of the sum.
  assign carry = differ ? ~sum : x0 ^ w0;
endmodule
"""
"""Verilog of the cells, for designs that have them."""

Bits = tuple[Value, Value]


def triple_adder(m: Module, first: Bits, second: Bits, third: Bits, *, model: bool) -> Value:
    """Count of three bits, each the exclusive or of two; two bits.

    With ``model`` described in place, for simulation in Python, instead of as cells of their own.
    """
    differ, total, carry = Signal(), Signal(), Signal()
    (x0, w0), (x1, w1) = first, second
    m.d.comb += total.eq(differ ^ third[0] ^ third[1])
    if model:
        m.d.comb += [
            differ.eq(x0 ^ w0 ^ x1 ^ w1),
            carry.eq(Mux(differ, ~total, x0 ^ w0)),
        ]
    else:
        m.submodules += Instance(
            "hwgen_triple_differ", i_x0=x0, i_w0=w0, i_x1=x1, i_w1=w1, o_differ=differ
        )
        m.submodules += Instance(
            "hwgen_triple_carry", i_x0=x0, i_w0=w0, i_differ=differ, i_sum=total, o_carry=carry
        )
    return Cat(total, carry)
