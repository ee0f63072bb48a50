"""What tells of cells of netlists what costs energy, for `sim.benches.counted_bits`."""

from collections.abc import Mapping

__all__ = ["COUNTED", "LEFT_WHOLE", "LUT_MODELS", "REGISTERS"]

COUNTED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    **dict.fromkeys(("SB_LUT4", "LUT4"), (("O", "lut", "toggles"), ("Z", "lut", "toggles"))),
    **dict.fromkeys(("PFUMX", "L6MUX21"), (("Z", "lut", "toggles"),)),
    "SB_CARRY": (("CO", "carry", "toggles"),),
    "CCU2C": (("S0", "lut", "toggles"), ("S1", "lut", "toggles"), ("COUT", "carry", "toggles")),
    "TRELLIS_FF": (("Q", "register", "toggles"), ("Q", "register bits", "ones")),
    "TRELLIS_DPR16X4": (("DO", "lut", "toggles"),),
    "SB_RAM40_4K": (
        ("RDATA", "memory data", "toggles"),
        ("RCLKE|RE", "ram read", "ones"),
        ("WCLKE&WE", "ram write", "ones"),
    ),
    "DP16KD": (
        ("DOA", "memory data", "toggles"),
        ("DOB", "memory data", "toggles"),
        ("CEA", "ram read", "ones"),
        ("CEB", "ram read", "ones"),
    ),
    "SB_SPRAM256KA": (
        ("DATAOUT", "memory data", "toggles"),
        ("CHIPSELECT", "spram", "ones"),
    ),
    "SB_MAC16": tuple((port, "product", "toggles") for port in ("O", "A", "B")),
    "MULT18X18D": tuple(
        (f"{port}{bit}", "product", "toggles") for port, bits in (("P", 36), ("A", 18), ("B", 18))
        for bit in range(bits)
    ),
}  # fmt: skip
"""Port, event, and whether its changes or its highs count, of the cells of netlists, and of those
that a design places by name."""

REGISTERS = "SB_DFF"
"""What names of cells that are registers begin with, besides those above."""

LEFT_WHOLE = ("SB_SPRAM256KA", "SB_MAC16", "MULT18X18D")
"""Cells that emitted Verilog places by name and that are counted as such."""

LUT_MODELS: Mapping[str, str] = {
    "SB_LUT4": """\
module SB_LUT4(input I0, I1, I2, I3, output O);
  parameter [15:0] LUT_INIT = 0;
  wire [15:0] found = LUT_INIT >> {I3, I2, I1, I0};
  assign O = found[0];
endmodule
""",
    "LUT4": """\
module LUT4(input A, B, C, D, output Z);
  parameter [15:0] INIT = 0;
  wire [15:0] found = INIT >> {D, C, B, A};
  assign Z = found[0];
endmodule
""",
}
"""One look into a table, where the vendor's LUTs are trees."""
