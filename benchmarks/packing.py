"""Cells of a piece of Verilog on a device, as nextpnr packs it."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tools import Step
from hwgen.errors import ToolError
from hwgen.families.family import Part
from hwgen.synth.lift_memories import lift_memories
from hwgen.synth.processes import Job, run_jobs
from hwgen.synth.reports import Cells, first_error, parse_cells
from hwgen.synth.tools import find_tool

__all__ = ["packed", "placed_clock"]


def packed(
    verilog: str, top: str, part: Part, step: Step, what: str, *, options: str = ""
) -> Cells:
    """Synthesise and pack, without placing: a design that is too large has figures too.

    Parameters
    ----------
    options : str
        Told to yosys besides what it is told for all designs of the family.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """
    log = _log(verilog, top, part, step, ("packing", what), options, ("--pack-only",))
    return parse_cells(log, part.family.packing)


def placed_clock(
    verilog: str, top: str, part: Part, step: Step, what: str, arguments: Sequence[str]
) -> float:
    """Synthesise, place and route; the clock in MHz that nextpnr, with more arguments, reports.

    Raises
    ------
    ToolError
        If a tool is missing or fails, or reports none.
    """
    log = _log(verilog, top, part, step, ("placing", what), "", arguments)
    clocks = re.findall(r"Max frequency for clock.*?: ([\d.]+) MHz", log)
    if not clocks:
        raise ToolError(f"nextpnr: its report on {what} has no clock")
    return float(clocks[-1])


def _log(
    verilog: str,
    top: str,
    part: Part,
    step: Step,
    doing: tuple[str, str],
    options: str,
    arguments: Sequence[str],
) -> str:
    synth, what = f"{part.family.synth} {options}".strip(), doing[1]
    yosys, nextpnr = find_tool("yosys"), find_tool(part.family.nextpnr)
    with tempfile.TemporaryDirectory(prefix="hwgen-bench-") as name:
        work = Path(name)
        (work / "design.v").write_text(lift_memories(verilog, work))
        (work / "synth.ys").write_text(
            f"read_verilog design.v\n{synth} -top {top}\nwrite_json design.json\n"
        )
        command = (*nextpnr.command, *part.options, "--json", "design.json", *arguments)
        jobs = [
            Job(
                f"synthesising {what}", (*yosys.command, "-q", "synth.ys"), work,
                work / "yosys.log",
            ),
            Job(" ".join(doing), command, work, work / "nextpnr.log"),
        ]  # fmt: skip
        log = ""
        for job in jobs:
            (code,) = run_jobs([job], step)
            log = job.log.read_text(errors="replace")
            if code:
                raise ToolError(f"{job.what}: {first_error(log)}")
        return log
