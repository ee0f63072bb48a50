"""The family iCE40 and its devices."""

import re

from hwgen.families.clock_gate import ClockGate
from hwgen.families.fabric import SHORTEST, Pipeline, Ram
from hwgen.families.family import Bitstreams, CellModels, Family, Packing, Part
from hwgen.families.ice40.pads import two_level_pads
from hwgen.families.ice40.pll import ice40_plls
from hwgen.families.ice40.tables import Ice40Tables

__all__ = ["ICE40", "ICE40_PARTS"]

ICE40 = Family(
    name="ice40",
    counting="counter",
    # `share/ice40/brams.txt` of yosys.
    rams=(Ram(2048, (2, 4, 8, 16), 64, 0, 0, 2), Ram(2048, (2, 4, 8, 16), 64, 1, 0, 3)),
    lone_registers=True,
    multiplier="mac16",
    pipelines=((30.0, SHORTEST), (float("inf"), Pipeline(2, slices=False, digit=4))),
    # The configuration flash by quad SPI: 4 bits a cycle.
    weights_interval=4,
    calibrated_on="up5k",
    synth="synth_ice40",
    without_carry="-nocarry",
    nextpnr="nextpnr-ice40",
    unconstrained=("--pcf-allow-unconstrained",),
    placer=(),
    packing=Packing(
        logic_cell="ICESTORM_LC",
        ebr=("ICESTORM_RAM",),
        spram=("ICESTORM_SPRAM",),
        dsp=("ICESTORM_DSP",),
        counts=re.compile(
            r"^Info:\s+(?P<count>\d+) LCs used as (?P<kind>LUT4 only|LUT4 and DFF|DFF only)$", re.M
        ),
        luts=("LUT4 only", "LUT4 and DFF"),
        flops=("LUT4 and DFF", "DFF only"),
    ),
    bitstreams=Bitstreams(constraints="pcf", routed="--asc", packer="icepack", suffix="bin"),
    plls=ice40_plls,
    clock_gate=ClockGate("SB_GB", "USER_SIGNAL_TO_GLOBAL_BUFFER", "GLOBAL_BUFFER_OUTPUT", None),
    tables=Ice40Tables(),
    # Its block RAMs have no register behind the word that they read.
    take_in_registers=lambda netlist: 0,
    reserved=("sb", "icestorm"),
    platform="LatticeICE40Platform",
    two_level_pads=two_level_pads,
    speeds=(),
    models=CellModels(
        yosys=("ice40/cells_sim.v",),
        ours=(),
        # No values for ports that are left open.
        defines={"NO_ICE40_DEFAULT_ASSIGNMENTS": "1"},
    ),
)

# Data sheets FPGA-DS-02029 (LP/HX) and FPGA-DS-02008 (UltraPlus), their packages among them.
ICE40_PARTS = (
    Part("hx1k", ICE40, 1280, 16, 4096, 0, 0,
         "iCE40HX1K-TQ144", "--hx1k", ("tq144", "cb132", "vq100")),
    Part("up5k", ICE40, 5280, 30, 4096, 4, 8,
         "iCE40UP5K-SG48", "--up5k", ("sg48", "uwg30")),
    Part("hx8k", ICE40, 7680, 32, 4096, 0, 0,
         "iCE40HX8K-CT256", "--hx8k", ("ct256", "bg121", "cb132", "cm225")),
    Part("lp8k", ICE40, 7680, 32, 4096, 0, 0,
         "iCE40LP8K-CM81", "--lp8k", ("cm81", "cm121", "cm225")),
)  # fmt: skip
