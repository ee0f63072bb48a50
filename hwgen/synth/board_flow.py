"""From the files of a board's design to its bitstream."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hwgen.build_folder import PLACED_SUFFIX
from hwgen.errors import ToolError
from hwgen.families.devices import PARTS
from hwgen.families.family import Family
from hwgen.synth.constant_tables import find_tables
from hwgen.synth.lift_memories import lift_memories
from hwgen.synth.outcome import Placed
from hwgen.synth.placed import PlacedDesign, tables_in_cells
from hwgen.synth.processes import Progress, run_jobs
from hwgen.synth.reports import Cells, first_error
from hwgen.synth.synthesis_flow import SynthesisFlow
from hwgen.synth.tools import Tool, find_tool

__all__ = ["BoardFlow", "find_packer", "pack_bitstream"]


class BoardFlow(SynthesisFlow):
    """Synthesis, packing and placement of a design with its board around it, and the bitstream.

    Parameters
    ----------
    folder : Path
        The build; logs are kept in its folder.
    files : mapping of str to bytes
        What `hwgen.boards.shell.board_files` made.
    facts : mapping
        Its ``board.json``.
    units : sequence of str
        As `hwgen.synth.synthesis_flow.SynthesisFlow` has them.
    native : bool
        Take the tools on the PATH.
    progress : callable
        Told what begins.

    Attributes
    ----------
    bitstream : bytes or None
        That of the fastest placement, after `run`; None where there is none.
    placed : PlacedDesign or None
        That placement, to be given other weights; None where there is none.

    Raises
    ------
    ToolError
        If a tool is missing.
    """

    def __init__(
        self,
        *,
        folder: Path,
        files: Mapping[str, bytes],
        facts: Mapping[str, Any],
        units: Sequence[str] = (),
        native: bool = False,
        progress: Progress = lambda step: None,
    ):
        super().__init__(
            folder=folder,
            top=facts["top"],
            streams=(),
            units=units,
            part=PARTS[facts["device"]],
            native=native,
            progress=progress,
        )
        self.files = files
        self.facts = facts
        self.packer = find_packer(self.family, native)
        self.bitstream: bytes | None = None
        self.placed: PlacedDesign | None = None
        pins = f"--{self.family.bitstreams.constraints}"
        self.part_options = (*facts["nextpnr"], pins, facts["constraints"])

    @property
    def bitstream_file(self) -> str:
        """Name of the bitstream."""
        return f"{self.top}.{self.family.bitstreams.suffix}"

    @property
    def placed_file(self) -> str:
        """Name of the file that keeps `placed`."""
        return self.top + PLACED_SUFFIX

    def _synthesise(self, work: Path, keep_units: bool) -> tuple[dict[str, Any], str]:
        for name, data in self.files.items():
            (work / name).write_bytes(data)
        text = tables_in_cells(self._verilog, self.family)
        (work / "design.v").write_text(lift_memories(text, work))
        self._yosys(
            work,
            "yosys",
            f"synthesising for {self.facts['board']}",
            f"read_verilog design.v\n{self.family.synth} -top {self.top}\n"
            "write_json netlist.json\nwrite_verilog -noattr netlist.v\n",
        )
        return self._take_in_registers(work), (work / "netlist.v").read_text()

    def _place(
        self,
        work: Path,
        netlist: dict[str, Any],
        seeds: Sequence[int],
        clock_mhz: float,
        cells: Cells,
    ) -> tuple[Placed, ...]:
        text = self.family.bitstreams.routed
        options = {seed: ("--json", "netlist.json", text, f"routed{seed}") for seed in seeds}
        placed = self._place_seeds(work, options, clock_mhz, cells)
        good = [p for p in placed if p.fmax_hz is not None and p.fmax_hz >= clock_mhz * 1e6]
        if good:
            best = max(good, key=lambda p: p.fmax_hz or 0)
            routed = work / f"routed{best.seed}"
            self.placed = self._fill(routed, work / f"placed{best.seed}.json")
            self.bitstream = pack_bitstream(self.packer, routed, self.logs, self.progress)
        return placed

    @property
    def _verilog(self) -> str:
        return self.files[self.facts["verilog"]].decode()

    def _fill(self, routed: Path, placed: Path) -> PlacedDesign:
        """Put what the tables hold into a routed design."""
        design = PlacedDesign.find(
            family=self.family,
            verilog=self._verilog,
            top=self.top,
            text=routed.read_text(),
            placed=json.loads(placed.read_text()),
        )
        routed.write_text(design.filled(find_tables(self._verilog)))
        return design

    def to_json(self) -> dict[str, Any]:
        """What ``synth.json`` says of the board."""
        keys = ("board", "clock_mhz", "baud", "flash")
        bitstream = self.bitstream_file if self.bitstream is not None else None
        return {"bitstream": bitstream, **json.loads(json.dumps({k: self.facts[k] for k in keys}))}


def find_packer(family: Family, native: bool = False) -> Tool:
    """The tool that makes bitstreams.

    Raises
    ------
    ToolError
        If it is missing.
    """
    return find_tool(family.bitstreams.packer, native)


def pack_bitstream(packer: Tool, routed: Path, logs: Path, progress: Progress) -> bytes:
    """Bitstream of a routed design; the log is kept in a folder for logs.

    Raises
    ------
    ToolError
        If the packer fails; names its log.
    """
    log = logs / "bitstream.log"
    made = routed.with_suffix(".bitstream")
    job = packer.job("packing the bitstream", [routed.name, made.name], routed.parent, log)
    (code,) = run_jobs([job], progress)
    if code or not made.is_file():
        error = first_error(log.read_text(errors="replace"))
        raise ToolError(f"{packer.name} failed: {error}; see {log}")
    return made.read_bytes()
