"""Registered bit that enters a chain of carries from its own logic cell."""

from amaranth.hdl import Const, Instance, Module, Signal, Value

from hwgen.families.primitives import LUT

__all__ = ["entering_bit"]

DIFFER = sum(((n ^ n >> 3) & 1) << n for n in range(16))
"""The first input xor the last one, whatever the two between them are."""


def entering_bit(m: Module, x: Value, w: Value, *, model: bool) -> Value:
    """``x ^ w`` a cycle later, for the lowest place of a chain, which has it as both operands.

    The LUT ahead of the register has the register itself on the two inputs that are the operands of
    the carry in the same logic cell: the place takes no other cell. With ``model`` described in
    place, for simulation in Python, instead of placed.
    """
    bit, following = Signal(reset_less=True), Signal()
    m.d.sync += bit.eq(following)
    if model:
        m.d.comb += following.eq(x ^ w)
    else:
        m.submodules += Instance(
            LUT.name, p_LUT_INIT=Const(DIFFER, 16),
            i_I0=x, i_I1=bit, i_I2=bit, i_I3=w, o_O=following,
        )  # fmt: skip
    return bit
