"""From the files of a board's design to its bitstream."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hwgen.errors import ToolError
from hwgen.synth.flow import PLACING_SECONDS, SynthesisFlow
from hwgen.synth.memories import lift_memories
from hwgen.synth.outcome import Placed
from hwgen.synth.processes import Job, Progress, run_jobs
from hwgen.synth.targets import TARGETS, Family
from hwgen.synth.tools import find_tool

__all__ = ["BoardFlow"]


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
    native : bool
        Take the tools on the PATH.
    progress : callable
        Told what begins.

    Attributes
    ----------
    bitstream : bytes or None
        That of the fastest placement, after `run`; None where there is none.

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
        native: bool = False,
        progress: Progress = lambda step: None,
    ):
        super().__init__(
            folder=folder,
            top=facts["top"],
            streams=(),
            target=TARGETS[facts["device"]],
            native=native,
            progress=progress,
        )
        self.files = files
        self.facts = facts
        self.packer = find_tool(_packer(self.family), native)
        self.bitstream: bytes | None = None
        constraints = "--pcf" if self.family.name == "ice40" else "--lpf"
        self.part_options = (*facts["nextpnr"], constraints, facts["constraints"])

    @property
    def bitstream_file(self) -> str:
        """Name of the bitstream."""
        return f"{self.top}.{'bin' if self.family.name == 'ice40' else 'bit'}"

    def _synthesise(self, work: Path, keep_units: bool) -> tuple[dict[str, Any], str]:
        for name, data in self.files.items():
            (work / name).write_bytes(data)
        text = (work / self.facts["verilog"]).read_text()
        (work / "design.v").write_text(lift_memories(text, work))
        self._yosys(
            work,
            "yosys",
            f"synthesising for {self.facts['board']}",
            f"read_verilog design.v\n{self.family.synth} -top {self.top}\n"
            "write_json netlist.json\nwrite_verilog -noattr netlist.v\n",
        )
        return {}, (work / "netlist.v").read_text()

    def _place(
        self, work: Path, netlist: dict[str, Any], seeds: Sequence[int], clock_mhz: float
    ) -> tuple[Placed, ...]:
        routed = "--asc" if self.family.name == "ice40" else "--textcfg"
        jobs = [
            Job(
                f"placing and routing, seed {seed}",
                (
                    *self.nextpnr.command,
                    *self.part_options,
                    *("--json", "netlist.json", "--seed", str(seed), "--freq", f"{clock_mhz:g}"),
                    "--timing-allow-fail",
                    *("--report", f"report{seed}.json", routed, f"routed{seed}"),
                ),
                work,
                self.logs / f"seed{seed}.log",
                PLACING_SECONDS,
            )
            for seed in seeds
        ]
        codes = run_jobs(jobs, self.progress, os.cpu_count() or 1)
        placed = tuple(
            self._placed(seed, code, work / f"report{seed}.json", job.log)
            for seed, code, job in zip(seeds, codes, jobs, strict=True)
        )
        good = [p for p in placed if p.fmax_hz is not None and p.fmax_hz >= clock_mhz * 1e6]
        if good:
            best = max(good, key=lambda p: p.fmax_hz or 0)
            self.bitstream = self._packed(work, f"routed{best.seed}")
        return placed

    def _packed(self, work: Path, routed: str) -> bytes:
        log = self.logs / "bitstream.log"
        command = (*self.packer.command, routed, "bitstream")
        self._check(Job("packing the bitstream", command, work, log), self.packer)
        try:
            return (work / "bitstream").read_bytes()
        except OSError as error:
            raise ToolError(f"{self.packer.name} wrote no bitstream; see {log}") from error

    def to_json(self) -> dict[str, Any]:
        """What ``synth.json`` says of the board."""
        keys = ("board", "clock_mhz", "baud", "flash")
        bitstream = self.bitstream_file if self.bitstream is not None else None
        return {"bitstream": bitstream, **json.loads(json.dumps({k: self.facts[k] for k in keys}))}


def _packer(family: Family) -> str:
    return "icepack" if family.name == "ice40" else "ecppack"
