"""Cells of a piece of Verilog on a device, as nextpnr packs it."""

import tempfile
from pathlib import Path

from benchmarks.tools import Step
from hwgen.errors import ToolError
from hwgen.synth.memories import lift_memories
from hwgen.synth.processes import Job, run_jobs
from hwgen.synth.reports import Cells, first_error, parse_cells
from hwgen.synth.targets import TARGETS
from hwgen.synth.tools import find_tool

__all__ = ["packed"]


def packed(verilog: str, top: str, device: str, step: Step, what: str) -> Cells:
    """Synthesise and pack, without placing: a design that is too large has figures too.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """
    target = TARGETS[device]
    yosys, nextpnr = find_tool("yosys"), find_tool(target.family.nextpnr)
    with tempfile.TemporaryDirectory(prefix="hwgen-bench-") as name:
        work = Path(name)
        (work / "design.v").write_text(lift_memories(verilog, work))
        (work / "synth.ys").write_text(
            f"read_verilog design.v\n{target.family.synth} -top {top}\nwrite_json design.json\n"
        )
        jobs = [
            Job(
                f"synthesising {what}", (*yosys.command, "-q", "synth.ys"), work,
                work / "yosys.log",
            ),
            Job(
                f"packing {what}",
                (*nextpnr.command, *target.options, "--json", "design.json", "--pack-only"),
                work,
                work / "pack.log",
            ),
        ]  # fmt: skip
        for job in jobs:
            (code,) = run_jobs([job], step)
            log = job.log.read_text(errors="replace")
            if code:
                raise ToolError(f"{job.what}: {first_error(log)}")
        return parse_cells((work / "pack.log").read_text(errors="replace"), target.family)
