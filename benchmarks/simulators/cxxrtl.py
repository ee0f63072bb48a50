"""CXXRTL with the same driver as Verilator: no monitors, the scores alone."""

from pathlib import Path

from benchmarks.simulators.job import Job, Run
from benchmarks.tools import Step
from sim.benches.cxxrtl_bench import compile_cpp, translate

__all__ = ["measure"]

DRIVER = Path(__file__).with_name("cxxrtl_driver.cpp")

PORTS_ONLY = 2
"""Debug level: enough to reach the ports by their names."""


def measure(job: Job, frames: int, step: Step) -> Run:
    """Translate, compile and run.

    Raises
    ------
    ToolError
        If yosys or g++ is missing or fails.
    """
    job.refuse_packets("CXXRTL")
    folder = job.work / "cxxrtl"
    source = translate(job.verilog, job.top, folder, kept=(), debug_level=PORTS_ONLY, progress=step)
    driver = compile_cpp([source, DRIVER], folder, optimise="-O3", progress=step)
    return job.drive(driver, frames, step, f"running {job.top} in CXXRTL")
