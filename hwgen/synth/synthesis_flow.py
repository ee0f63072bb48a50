"""From the Verilog of a build to a placed and routed design, and its figures."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError, ToolError, located
from hwgen.families.family import Part
from hwgen.plan.plan import Stream
from hwgen.readers.files import read_text
from hwgen.synth.floorplan import floorplan_of
from hwgen.synth.lift_memories import lift_memories
from hwgen.synth.netlist import find_streams, netlist_text, source_digest
from hwgen.synth.outcome import Outcome, Placed, verdict
from hwgen.synth.pins import pins_name, pins_verilog, top_ports, with_pins
from hwgen.synth.processes import Job, Progress, run_jobs
from hwgen.synth.reports import (
    Cells,
    first_error,
    parse_cells,
    parse_fmax,
    parse_use,
    shortages,
)
from hwgen.synth.tools import Tool, find_tool
from hwgen.verilog.memories import MAX_VERILOG_BYTES, bring_memories
from hwgen.verilog.modules import instance_paths

__all__ = ["SynthesisFlow", "placing_limit"]


SPLIT = "splitnets s:64: w:*__payload %d"
"""Makes wide wires into single ones, but for those of streams. A simulator that runs event by event
looks at all bits of a vector wherever one of them changes, and some have thousands."""


def placing_limit(cells: int) -> float:
    """Seconds for a seed of a design: with some, the router goes round in circles for ever.

    Twice what the largest designs took, each beside another, and never less than five minutes.
    """
    return 300.0 + 0.13 * cells


class SynthesisFlow:
    """Synthesis, packing and placement of one build.

    Parameters
    ----------
    folder : Path
        The build; logs are kept in its folder for them, which is emptied first.
    top : str
        Top module, in the file ``TOP.v``.
    streams : sequence of Stream
    units : sequence of str
        Names of units, by which a floorplan is told apart.
    part : Part
    native : bool
        Take the tools on the PATH.
    progress : callable
        Told what begins.

    Attributes
    ----------
    floorplan : dict or None
        That of the fastest placement, after `run`, as `hwgen.synth.floorplan.floorplan_of` has it;
        None where there is none.

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
        streams: Sequence[Stream],
        units: Sequence[str] = (),
        part: Part,
        native: bool = False,
        progress: Progress = lambda step: None,
    ):
        self.folder = folder
        self.top = top
        self.streams = tuple(streams)
        self.units = tuple(units)
        self.floorplan: dict[str, Any] | None = None
        self.part = part
        self.family = part.family
        self.progress = progress
        self.yosys = find_tool("yosys", native)
        self.nextpnr = find_tool(self.family.nextpnr, native)
        self.logs = BuildFolder(folder).synthesis_logs
        self.part_options = part.options
        """What nextpnr is told of part and pins."""

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
        try:
            shutil.rmtree(self.logs, ignore_errors=True)
            self.logs.mkdir()
            work = Path(tempfile.mkdtemp(prefix=".synth-", dir=self.folder))
        except OSError as error:
            raise ModelError(f"{self.folder}: cannot be written: {error.strerror}") from error
        try:
            netlist, text = self._synthesise(work, keep_units)
            cells, short = self._pack(work)
            if short:
                problem, placed = f"needs {' and '.join(short)}", ()
            else:
                problem, placed = None, self._place(work, netlist, seeds, clock_mhz, cells)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        tools = {tool.name: tool.version for tool in (self.yosys, self.nextpnr)}
        return Outcome(cells, placed, problem or verdict(placed, clock_mhz), text, tools)

    def _synthesise(self, work: Path, keep_units: bool) -> tuple[dict[str, Any], str]:
        """Run yosys; returns its netlist as JSON, and as the Verilog to keep."""
        source = BuildFolder(self.folder).verilog(self.top)
        digest = source_digest(source)
        with located(str(source)):
            verilog = read_text(source, MAX_VERILOG_BYTES)
        bring_memories(source, work)
        (work / "design.v").write_text(lift_memories(verilog, work))
        units = sorted(self._units(verilog)) if keep_units else []
        kept = f"setattr -mod -set keep_hierarchy 1 {' '.join(units)}" if keep_units else ""
        self._yosys(
            work,
            "yosys",
            f"synthesising for {self.part.title}",
            f"""read_verilog design.v
hierarchy -top {self.top}
{kept}
{self.family.synth} -top {self.top}
write_json netlist.json
{SPLIT}
write_verilog -noattr netlist.v
""",
        )
        netlist = self._take_in_registers(work, SPLIT)
        text = netlist_text(
            (work / "netlist.v").read_text(),
            self.family,
            digest,
            find_streams(netlist, self.top, self.streams),
        )
        return netlist, text

    def _take_in_registers(self, work: Path, before_writing: str = "") -> dict[str, Any]:
        """Netlist as JSON, cells with such registers as the family knows; files are as it is."""
        netlist: dict[str, Any] = json.loads((work / "netlist.json").read_text())
        if self.family.take_in_registers(netlist):
            (work / "netlist.json").write_text(json.dumps(netlist))
            self._yosys(
                work,
                "registers",
                "taking registers into block RAMs",
                f"read_json netlist.json\n{before_writing}\nwrite_verilog -noattr netlist.v\n",
            )
        return netlist

    def _units(self, verilog: str) -> set[str]:
        """Names of the units' modules."""
        paths = {f"{self.top}.{s.source}" for s in self.streams}
        return {name for name, path in instance_paths(verilog).items() if path in paths}

    def _pack(self, work: Path) -> tuple[Cells, list[str]]:
        """Size of the design alone, and what the device has too little of."""
        log = self.logs / "pack.log"
        told = (*self.part_options, "--json", "netlist.json", "--pack-only")
        self._check(self.nextpnr.job("packing", told, work, log), self.nextpnr)
        text = log.read_text(errors="replace")
        packing = self.family.packing
        return parse_cells(text, packing), shortages(parse_use(text), packing)

    def _place(
        self,
        work: Path,
        netlist: dict[str, Any],
        seeds: Sequence[int],
        clock_mhz: float,
        cells: Cells,
    ) -> tuple[Placed, ...]:
        """Place and route the design on few pins."""
        name = pins_name(self.top)
        (work / "pins.v").write_text(pins_verilog(self.top, top_ports(netlist, self.top)))
        script = f"read_verilog pins.v\n{self.family.synth} -top {name}\nwrite_json pins.json\n"
        self._yosys(work, "pins", "putting it on pins", script)
        pins = json.loads((work / "pins.json").read_text())
        (work / "placed.json").write_text(json.dumps(with_pins(pins, netlist, self.top)))
        options = {seed: (*self.family.unconstrained, "--json", "placed.json") for seed in seeds}
        return self._place_seeds(work, options, clock_mhz, cells)

    def _place_seeds(
        self, work: Path, options: Mapping[int, tuple[str, ...]], clock_mhz: float, cells: Cells
    ) -> tuple[Placed, ...]:
        """Place and route once for each seed, as many at once as there are cores.

        Parameters
        ----------
        options : mapping of int to tuple of str
            For each seed, what nextpnr is told besides what all are.
        cells : Cells
            What the design packs into.
        """
        jobs = [
            self.nextpnr.job(
                f"placing and routing, seed {seed}",
                (
                    *self.part_options,
                    *self.family.placer,
                    *("--seed", str(seed), "--freq", f"{clock_mhz:g}", "--timing-allow-fail"),
                    *("--report", f"report{seed}.json", "--write", f"placed{seed}.json"),
                    *more,
                ),
                work,
                self.logs / f"seed{seed}.log",
                placing_limit(cells.logic_cells),
            )
            for seed, more in options.items()
        ]
        codes = run_jobs(jobs, self.progress, os.cpu_count() or 1)
        placed = tuple(
            self._placed(seed, code, work / f"report{seed}.json", job.log)
            for seed, code, job in zip(options, codes, jobs, strict=True)
        )
        good = [found for found in placed if found.error is None]
        if good:
            seed = max(good, key=lambda found: found.fmax_hz or 0).seed
            self.floorplan = floorplan_of(
                json.loads((work / f"placed{seed}.json").read_text()),
                (work / f"report{seed}.json").read_text(),
                self.family.packing,
                self.units,
            ) | {"seed": seed}
        return placed

    def _placed(self, seed: int, code: int, report: Path, log: Path) -> Placed:
        text = log.read_text(errors="replace")
        if code:
            # Once it has told the utilisation, it is the design that it complains about.
            if "ERROR: " not in text or "Device utilisation:" not in text:
                raise ToolError(f"{self.nextpnr.name} failed: {first_error(text)}; see {log}")
            return Placed(seed, None, None, first_error(text))
        fmax = parse_fmax(report.read_text())
        cells = parse_use(text)[self.family.packing.logic_cell].used
        return Placed(seed, None if fmax is None else round(fmax * 1e6), cells, None)

    def _yosys(self, work: Path, name: str, what: str, script: str) -> None:
        (work / f"{name}.ys").write_text(script)
        job = self.yosys.job(what, [f"{name}.ys"], work, self.logs / f"{name}.log")
        self._check(job, self.yosys)

    def _check(self, job: Job, tool: Tool) -> None:
        (code,) = run_jobs([job], self.progress)
        if code:
            error = first_error(job.log.read_text(errors="replace"))
            raise ToolError(f"{tool.name} failed: {error}; see {job.log}")
