"""Cells of the families that components place by name, and what simulators are told of them.

The definitions are part of the Verilog that has the cells: simulators do not know them, synthesis
tools skip them and have their own.
"""

from dataclasses import dataclass

__all__ = ["CARRY", "LUT", "MULTIPLIER_16", "MULTIPLIER_18", "PRIMITIVES", "SPRAM", "Primitive"]


@dataclass(frozen=True)
class Primitive:
    """A cell: its name, and Verilog that defines it for simulators."""

    name: str
    model: str


CARRY = Primitive(
    "CCU2C",
    """\
`ifndef SYNTHESIS
// Carry cell of ECP5 for simulation; synthesis has its own.
module CCU2C(
  input CIN, A0, B0, C0, D0, A1, B1, C1, D1,
  output S0, S1, COUT
);
  parameter [15:0] INIT0 = 16'h0000;
  parameter [15:0] INIT1 = 16'h0000;
  parameter INJECT1_0 = "NO";
  parameter INJECT1_1 = "NO";
  // Input by input, so that one that is not known yet matters only where the table asks for it.
  wire [7:0] d0 = D0 ? INIT0[15:8] : INIT0[7:0];
  wire [7:0] d1 = D1 ? INIT1[15:8] : INIT1[7:0];
  wire [3:0] c0 = C0 ? d0[7:4] : d0[3:0];
  wire [3:0] c1 = C1 ? d1[7:4] : d1[3:0];
  wire [1:0] b0 = B0 ? c0[3:2] : c0[1:0];
  wire [1:0] b1 = B1 ? c1[3:2] : c1[1:0];
  wire [1:0] e0 = B0 ? INIT0[3:2] : INIT0[1:0];
  wire [1:0] e1 = B1 ? INIT1[3:2] : INIT1[1:0];
  wire p0 = A0 ? b0[1] : b0[0];
  wire p1 = A1 ? b1[1] : b1[0];
  wire carry = p0 ? CIN : A0 ? e0[1] : e0[0];
  assign S0 = p0 ^ CIN;
  assign S1 = p1 ^ carry;
  assign COUT = p1 ? carry : A1 ? e1[1] : e1[0];
endmodule
`endif
""",
)

LUT = Primitive(
    "SB_LUT4",
    """\
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
""",
)

SPRAM = Primitive(
    "SB_SPRAM256KA",
    """\
`ifndef SYNTHESIS
// SPRAM of iCE40 UltraPlus for simulation; synthesis has its own.
module SB_SPRAM256KA(
  input [13:0] ADDRESS, input [15:0] DATAIN, input [3:0] MASKWREN,
  input WREN, CHIPSELECT, CLOCK, STANDBY, SLEEP, POWEROFF,
  output reg [15:0] DATAOUT
);
  reg [15:0] mem [0:16383];
  always @(posedge CLOCK)
    if (CHIPSELECT && !STANDBY && !SLEEP && POWEROFF) begin
      if (WREN) begin
        if (MASKWREN[0]) mem[ADDRESS][3:0] <= DATAIN[3:0];
        if (MASKWREN[1]) mem[ADDRESS][7:4] <= DATAIN[7:4];
        if (MASKWREN[2]) mem[ADDRESS][11:8] <= DATAIN[11:8];
        if (MASKWREN[3]) mem[ADDRESS][15:12] <= DATAIN[15:12];
        DATAOUT <= 16'hxxxx;
      end else
        DATAOUT <= mem[ADDRESS];
    end
endmodule
`endif
""",
)

MULTIPLIER_18 = Primitive(
    "MULT18X18D",
    """\
`ifndef SYNTHESIS
// Multiplier of ECP5 for simulation, without its shift registers; synthesis has its own.
module MULT18X18D(
  input A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
  input B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
  input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB, CLK0, CE0, RST0,
  output P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17,
  output P18, P19, P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35
);
  parameter REG_INPUTA_CLK = "NONE";
  parameter REG_INPUTB_CLK = "NONE";
  parameter REG_PIPELINE_CLK = "NONE";
  parameter REG_OUTPUT_CLK = "NONE";
  parameter GSR = "ENABLED";
  wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  reg [17:0] a_r, b_r;
  reg [35:0] pipeline_r, output_r;
  wire [17:0] a_i = REG_INPUTA_CLK == "NONE" ? a : a_r;
  wire [17:0] b_i = REG_INPUTB_CLK == "NONE" ? b : b_r;
  wire [35:0] product = {{18{SIGNEDA & a_i[17]}}, a_i} * {{18{SIGNEDB & b_i[17]}}, b_i};
  wire [35:0] pipeline = REG_PIPELINE_CLK == "NONE" ? product : pipeline_r;
  always @(posedge CLK0) begin
    a_r <= RST0 ? 18'b0 : CE0 ? a : a_r;
    b_r <= RST0 ? 18'b0 : CE0 ? b : b_r;
    pipeline_r <= RST0 ? 36'b0 : CE0 ? product : pipeline_r;
    output_r <= RST0 ? 36'b0 : CE0 ? pipeline : output_r;
  end
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
    P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} =
    REG_OUTPUT_CLK == "NONE" ? pipeline : output_r;
endmodule
`endif
""",
)

MULTIPLIER_16 = Primitive(
    "SB_MAC16",
    """\
`ifndef SYNTHESIS
// Multiplier of iCE40 UltraPlus for simulation, without its sums; synthesis has its own.
module SB_MAC16(
  input CLK, CE,
  input [15:0] A, B, C, D,
  input AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT,
  input ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
  output [31:0] O
);
  parameter [0:0] A_REG = 0;
  parameter [0:0] B_REG = 0;
  parameter [0:0] TOP_8x8_MULT_REG = 0;
  parameter [0:0] BOT_8x8_MULT_REG = 0;
  parameter [0:0] PIPELINE_16x16_MULT_REG1 = 0;
  parameter [0:0] PIPELINE_16x16_MULT_REG2 = 0;
  parameter [1:0] TOPOUTPUT_SELECT = 0;
  parameter [1:0] TOPADDSUB_LOWERINPUT = 0;
  parameter [0:0] TOPADDSUB_UPPERINPUT = 0;
  parameter [1:0] BOTOUTPUT_SELECT = 0;
  parameter [1:0] BOTADDSUB_LOWERINPUT = 0;
  parameter [0:0] BOTADDSUB_UPPERINPUT = 0;
  parameter [0:0] MODE_8x8 = 0;
  parameter [0:0] A_SIGNED = 0;
  parameter [0:0] B_SIGNED = 0;
  reg [15:0] a_r, b_r;
  reg [31:0] first_r, second_r, output_r;
  wire [15:0] a = A_REG ? a_r : A;
  wire [15:0] b = B_REG ? b_r : B;
  wire [31:0] whole = {{16{A_SIGNED & a[15]}}, a} * {{16{B_SIGNED & b[15]}}, b};
  wire [15:0] top = {{8{A_SIGNED & a[15]}}, a[15:8]} * {{8{B_SIGNED & b[15]}}, b[15:8]};
  wire [15:0] bottom = {{8{A_SIGNED & a[7]}}, a[7:0]} * {{8{B_SIGNED & b[7]}}, b[7:0]};
  wire [31:0] first = MODE_8x8 ? {top, bottom} : whole;
  wire [31:0] middle = TOP_8x8_MULT_REG ? first_r : first;
  // The last register is one of the products, or that of the sums with nothing added.
  assign O = TOPOUTPUT_SELECT == 1 ? output_r : PIPELINE_16x16_MULT_REG2 ? second_r : middle;
  always @(posedge CLK) if (CE) begin
    a_r <= A;
    b_r <= B;
    first_r <= first;
    second_r <= middle;
    output_r <= middle;
  end
endmodule
`endif
""",
)

PRIMITIVES = (CARRY, SPRAM, LUT, MULTIPLIER_18, MULTIPLIER_16)
"""In the order in which their definitions follow a design."""
