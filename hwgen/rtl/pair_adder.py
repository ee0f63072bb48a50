"""Count of three products in three LUTs, where two of them come as one and their difference."""

from amaranth.hdl import Cat, Instance, Module, Mux, Signal, Value

__all__ = ["PAIR_CARRY", "pair_adder"]

PAIR_CARRY = """\
// Left to themselves, synthesis tools take counters apart and put them together larger.
(* keep_hierarchy *)
module hwgen_pair_carry(input first, u, v, sum, output carry);
  // Where the first two differ the third one decides, which is then the opposite of the sum.
  assign carry = u ^ v ? ~sum : first;
endmodule
"""
"""Verilog of the cell, for designs that have it."""

Bits = tuple[Value, Value]


def pair_adder(m: Module, first: Bits, differ: Bits, third: Bits, *, model: bool) -> Value:
    """Count of three bits, each the exclusive or of two; two bits.

    Parameters
    ----------
    first, third : (Value, Value)
        The first and the third bit.
    differ : (Value, Value)
        Exclusive or of the first and the second bit.
    model : bool
        Describe the carry in place, for simulation in Python, instead of as a cell of its own.
    """
    total, carry, a = Signal(), Signal(), Signal()
    u, v = differ
    m.d.comb += [total.eq(u ^ v ^ third[0] ^ third[1]), a.eq(first[0] ^ first[1])]
    if model:
        m.d.comb += carry.eq(Mux(u ^ v, ~total, a))
    else:
        m.submodules += Instance(
            "hwgen_pair_carry", i_first=a, i_u=u, i_v=v, i_sum=total, o_carry=carry
        )
    return Cat(total, carry)
