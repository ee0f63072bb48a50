"""From the Verilog of a build to a placed and routed design, and its figures."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hwgen.errors import ToolError
from hwgen.plan.plan import Stream
from hwgen.synth.memories import lift_memories
from hwgen.synth.netlist import find_streams, netlist_text
from hwgen.synth.pins import pins_verilog, top_ports, with_pins
from hwgen.synth.processes import Job, Progress, run_jobs
from hwgen.synth.reports import (
    Cells,
    first_error,
    parse_cells,
    parse_fmax,
    parse_use,
    shortages,
)
from hwgen.synth.targets import Target
from hwgen.synth.tools import Tool, find_tool

__all__ = ["LOGS", "Outcome", "Placed", "SynthesisFlow"]

LOGS = "synth"
"""Folder of the logs, in that of the build."""


@dataclass(frozen=True)
class Placed:
    """What became of one seed: ``logic_cells`` are those placed, the pins' registers included."""

    seed: int
    fmax_hz: float | None
    logic_cells: int | None
    error: str | None


@dataclass(frozen=True)
class Outcome:
    """What was found; ``problem`` is a sentence on why the design does not fit, None if it does."""

    cells: Cells
    placed: tuple[Placed, ...]
    best: Placed | None
    problem: str | None
    netlist: str
    tools: dict[str, str]

    def to_json(self, seconds: float) -> dict[str, Any]:
        """Contents of ``synth.json``."""
        return {
            **asdict(self.cells),
            "fmax_hz": self.best.fmax_hz if self.best else None,
            "fits": self.problem is None,
            "seeds": [asdict(p) for p in self.placed],
            "tools": self.tools,
            "seconds": round(seconds, 3),
        }


class SynthesisFlow:
    """Synthesis, packing and placement of one build.

    Parameters
    ----------
    folder : Path
        The build; logs are kept in its folder `LOGS`, which is emptied first.
    top : str
        Top module, in the file ``TOP.v``.
    source_sha256 : str
        Digest of that file, for the netlist.
    streams : sequence of Stream
    target : Target
    native : bool
        Take the tools on the PATH.
    progress : callable
        Told what begins.

    Raises
    ------
    ToolError
        If a tool is missing.
    """

    def __init__(
        self,
        *,
        folder: Path,
        top: str,
        source_sha256: str,
        streams: Sequence[Stream],
        target: Target,
        native: bool = False,
        progress: Progress = lambda step: None,
    ):
        self.folder = folder
        self.top = top
        self.source_sha256 = source_sha256
        self.streams = tuple(streams)
        self.target = target
        self.family = target.family
        self.progress = progress
        self.yosys = find_tool("yosys", native)
        self.nextpnr = find_tool(self.family.nextpnr, native)
        self.logs = folder / LOGS

    def run(self, seeds: Sequence[int], clock_mhz: float, keep_units: bool = False) -> Outcome:
        """Synthesise, pack, and where it fits place and route once for each seed.

        Parameters
        ----------
        clock_mhz : float
            Clock to reach.
        keep_units : bool
            Optimise each unit for itself, so that all streams survive.

        Raises
        ------
        ToolError
            If a tool fails; names its log.
        """
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir()
        work = Path(tempfile.mkdtemp(prefix=".synth-", dir=self.folder))
        try:
            netlist, text = self._synthesise(work, keep_units)
            cells, short = self._pack(work)
            if short:
                problem = f"needs {' and '.join(short)}"
                placed: tuple[Placed, ...] = ()
            else:
                problem = None
                placed = self._place(work, netlist, seeds, clock_mhz)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        clocked = [p for p in placed if p.fmax_hz is not None]
        best = max(clocked, key=lambda p: p.fmax_hz or 0, default=None)
        if problem is None:
            problem = _verdict(placed, best, clock_mhz)
        return Outcome(
            cells,
            placed,
            best,
            problem,
            text,
            {t.name: t.version for t in (self.yosys, self.nextpnr)},
        )

    def _synthesise(self, work: Path, keep_units: bool) -> tuple[dict[str, Any], str]:
        """Run yosys; returns its netlist as JSON, and as the Verilog to keep."""
        source = (self.folder / f"{self.top}.v").read_text()
        (work / "design.v").write_text(lift_memories(source, work))
        units = sorted({f"{self.top}.{s.source}" for s in self.streams if s.source != "input"})
        kept = f"setattr -mod -set keep_hierarchy 1 {' '.join(units)}" if keep_units else ""
        self._yosys(
            work,
            "yosys",
            f"synthesising for {self.target.part}",
            f"""read_verilog design.v
hierarchy -top {self.top}
{kept}
{self.family.synth} -top {self.top}
write_json netlist.json
write_verilog -noattr netlist.v
""",
        )
        netlist = json.loads((work / "netlist.json").read_text())
        text = netlist_text(
            (work / "netlist.v").read_text(),
            self.family.name,
            self.source_sha256,
            find_streams(netlist, self.top, self.streams),
        )
        return netlist, text

    def _pack(self, work: Path) -> tuple[Cells, list[str]]:
        """Size of the design alone, and what the device has too little of."""
        log = self.logs / "pack.log"
        command = (*self.nextpnr.command, *self.target.options, "--json", "netlist.json")
        self._check(Job("packing", (*command, "--pack-only"), work, log), self.nextpnr)
        text = log.read_text(errors="replace")
        return parse_cells(text, self.family), shortages(parse_use(text), self.family)

    def _place(
        self, work: Path, netlist: dict[str, Any], seeds: Sequence[int], clock_mhz: float
    ) -> tuple[Placed, ...]:
        """Place and route the design on few pins, as many seeds at once as there are cores."""
        name = f"{self.top}_pins"
        (work / "pins.v").write_text(pins_verilog(self.top, top_ports(netlist, self.top)))
        script = f"read_verilog pins.v\n{self.family.synth} -top {name}\nwrite_json pins.json\n"
        self._yosys(work, "pins", "putting it on pins", script)
        pins = json.loads((work / "pins.json").read_text())
        (work / "placed.json").write_text(json.dumps(with_pins(pins, netlist, self.top)))
        jobs = [
            Job(
                f"placing and routing, seed {seed}",
                (
                    *self.nextpnr.command,
                    *self.target.options,
                    *self.family.unconstrained,
                    *("--json", "placed.json", "--seed", str(seed), "--freq", f"{clock_mhz:g}"),
                    *("--timing-allow-fail", "--report", f"report{seed}.json"),
                ),
                work,
                self.logs / f"seed{seed}.log",
            )
            for seed in seeds
        ]
        codes = run_jobs(jobs, self.progress, len(os.sched_getaffinity(0)))
        return tuple(
            self._placed(seed, code, work / f"report{seed}.json", job.log)
            for seed, code, job in zip(seeds, codes, jobs, strict=True)
        )

    def _placed(self, seed: int, code: int, report: Path, log: Path) -> Placed:
        text = log.read_text(errors="replace")
        if code:
            # Once it has told the utilisation, it is the design that it complains about.
            if "ERROR: " not in text or "Device utilisation:" not in text:
                raise ToolError(f"{self.nextpnr.name} failed: {first_error(text)}; see {log}")
            return Placed(seed, None, None, first_error(text))
        fmax = parse_fmax(report.read_text())
        cells = parse_use(text)[self.family.logic_cell].used
        return Placed(seed, None if fmax is None else round(fmax * 1e6), cells, None)

    def _yosys(self, work: Path, name: str, what: str, script: str) -> None:
        (work / f"{name}.ys").write_text(script)
        job = Job(what, (*self.yosys.command, f"{name}.ys"), work, self.logs / f"{name}.log")
        self._check(job, self.yosys)

    def _check(self, job: Job, tool: Tool) -> None:
        (code,) = run_jobs([job], self.progress)
        if code:
            error = first_error(job.log.read_text(errors="replace"))
            raise ToolError(f"{tool.name} failed: {error}; see {job.log}")


def _verdict(placed: Sequence[Placed], best: Placed | None, clock_mhz: float) -> str | None:
    """Why a design that was to be placed does not fit; None where it does."""
    if best is None or best.fmax_hz is None:
        errors = [p.error for p in placed if p.error is not None]
        # Without a path between registers any clock is met.
        return f"cannot be placed and routed: {errors[0]}" if len(errors) == len(placed) else None
    fmax = best.fmax_hz / 1e6
    if fmax < clock_mhz:
        return f"reaches {fmax:.2f} MHz of {clock_mhz:g} MHz ({clock_mhz - fmax:.2f} MHz short)"
    return None
