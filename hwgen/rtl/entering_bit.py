"""Registered bit that enters a chain of carries from its own logic cell."""

from amaranth.hdl import Const, Instance, Module, Signal, Value

__all__ = ["LUT_MODEL", "entering_bit"]

LUT_MODEL = """\
`ifndef SYNTHESIS
// LUT of iCE40 for simulation; synthesis has its own.
module SB_LUT4(input I0, I1, I2, I3, output O);
  parameter [15:0] LUT_INIT = 16'h0000;
  // Input by input, so that one that is not known yet matters only where the table asks for it.
  wire [7:0] i3 = I3 ? LUT_INIT[15:8] : LUT_INIT[7:0];
  wire [3:0] i2 = I2 ? i3[7:4] : i3[3:0];
  wire [1:0] i1 = I1 ? i2[3:2] : i2[1:0];
  assign O = I0 ? i1[1] : i1[0];
endmodule
`endif
"""
"""Verilog of the cell for simulators, which do not know it; synthesis tools skip it."""

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
            "SB_LUT4", p_LUT_INIT=Const(DIFFER, 16),
            i_I0=x, i_I1=bit, i_I2=bit, i_I3=w, o_O=following,
        )  # fmt: skip
    return bit
