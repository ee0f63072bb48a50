"""The family ECP5 and its devices."""

import re
from pathlib import Path

from hwgen.families.clock_gate import ClockGate
from hwgen.families.ecp5.output_registers import take_in_registers
from hwgen.families.ecp5.pll import ecp5_plls
from hwgen.families.ecp5.tables import Ecp5Tables
from hwgen.families.fabric import SHORTEST, Pipeline, Ram
from hwgen.families.family import Bitstreams, CellModels, Family, Packing, Part

__all__ = ["ECP5", "ECP5_PARTS"]

CELLS = Path(__file__).with_name("cells")

ECP5 = Family(
    name="ecp5",
    counting="carry",
    # `share/lattice/lutrams_trellis.txt` and `brams_16kd.txt` of yosys.
    rams=(
        Ram(16, (4,), 4, 0, 0, 0, block=False),
        Ram(16384, (1, 2, 4, 9, 18), 128, 9, 0, 4),
        Ram(16384, (1, 2, 4, 9, 18, 36), 128, 9, 3, 5),
    ),
    lone_registers=False,
    multiplier="mult18",
    pipelines=((45.0, SHORTEST), (float("inf"), Pipeline(3, slices=True, digit=1))),
    calibrated_on="ecp5-25",
    # Wide multiplexers double the cost of popcounts (yosys issue 4798). The only products are of
    # addresses with constants, which a few LUTs do better than a multiplier far away.
    synth="synth_ecp5 -nowidelut -nodsp",
    without_carry="-noccu2",
    nextpnr="nextpnr-ecp5",
    unconstrained=("--lpf-allow-unconstrained",),
    # Wires of a quarter less length than the default's, without which the router does not end on
    # designs of more than some 12,000 cells: docs/decisions/0018-placing.md.
    placer=("--placer", "static"),
    packing=Packing(
        logic_cell="TRELLIS_COMB",
        ebr=("DP16KD",),
        spram=(),
        dsp=("MULT18X18D",),
        counts=re.compile(r"^Info:\s+Total (?P<kind>LUT4s|DFFs):\s+(?P<count>\d+)/", re.M),
        luts=("LUT4s",),
        flops=("DFFs",),
    ),
    bitstreams=Bitstreams(constraints="lpf", routed="--textcfg", packer="ecppack", suffix="bit"),
    plls=ecp5_plls,
    clock_gate=ClockGate("DCCA", "CLKI", "CLKO", "CE"),
    tables=Ecp5Tables(),
    take_in_registers=take_in_registers,
    reserved=("trellis",),
    platform="LatticeECP5Platform",
    two_level_pads=lambda verilog: verilog + (CELLS / "pads.v").read_text(encoding="utf-8"),
    speeds=("6", "7", "8"),
    models=CellModels(
        yosys=("ecp5/common_sim.vh",),
        ours=(CELLS / "ccu2c.v", CELLS / "dp16kd.v", CELLS / "mult18x18d.v"),
        # Every file is included once.
        defines={"NO_INCLUDES": "1"},
    ),
)

_SMALL = ("CABGA381", "CABGA256", "CSFBGA285", "TQFP144")
_45 = ("CABGA381", "CABGA256", "CSFBGA285", "CABGA554", "TQFP144")
_85 = ("CABGA381", "CSFBGA285", "CABGA554", "CABGA756")

# Data sheet FPGA-DS-02012, packages of its selection guide among it; 5G has serial links besides.
ECP5_PARTS = (
    Part("ecp5-12", ECP5, 24288, 56, 18432, 0, 28, "LFE5U-12F-6CABGA381", "--12k", _SMALL),
    Part("ecp5-25", ECP5, 24288, 56, 18432, 0, 28, "LFE5U-25F-6CABGA381", "--25k", _SMALL),
    Part("ecp5-45", ECP5, 43848, 108, 18432, 0, 72, "LFE5U-45F-6CABGA381", "--45k", _45),
    Part("ecp5-85", ECP5, 83640, 208, 18432, 0, 156, "LFE5U-85F-6CABGA381", "--85k", _85),
    Part("ecp5-5g-45", ECP5, 43848, 108, 18432, 0, 72, "LFE5UM5G-45F-8CABGA381", "--um5g-45k",
         ("CABGA381", "CSFBGA285", "CABGA554"), "8"),
    Part("ecp5-5g-85", ECP5, 83640, 208, 18432, 0, 156, "LFE5UM5G-85F-8CABGA381", "--um5g-85k",
         _85, "8"),
)  # fmt: skip
