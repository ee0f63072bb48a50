"""From the folder of a build to a placed and routed design, and for a board its bitstream."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwgen.boards.choice import NO_BOARD, BoardChoice, built_board, choose_board
from hwgen.boards.shell import board_files
from hwgen.boards.table import Board
from hwgen.build_folder import BOARD_FILE, BuildFolder
from hwgen.design import MAX_CLOCK_MHZ, Design, load_design
from hwgen.errors import ModelError
from hwgen.families.devices import find_part
from hwgen.families.family import Part
from hwgen.files import check_writable, write_whole
from hwgen.synth.board_flow import BoardFlow
from hwgen.synth.outcome import Outcome
from hwgen.synth.processes import Progress
from hwgen.synth.synthesis_flow import SynthesisFlow

__all__ = ["Synthesis", "synthesise"]


@dataclass(frozen=True, eq=False)
class Synthesis:
    """What synthesis came to.

    Parameters
    ----------
    outcome : Outcome
        Cells, placements, and why the design does not fit, if it does not.
    part : Part
    files : tuple of str
        Files that it added to the folder, beside ``synth.json``.
    flash : mapping or None
        Of a board whose flash holds weights: ``file``, and the ``offset`` that it belongs to.
    seconds : float
    board : Board or None
    """

    outcome: Outcome
    part: Part
    files: tuple[str, ...]
    flash: Mapping[str, Any] | None
    seconds: float
    board: Board | None = None

    @property
    def fits(self) -> bool:
        """Whether it fits the device, and reaches the clock with one of the seeds."""
        return self.outcome.problem is None


def synthesise(
    folder: Path | str,
    *,
    seeds: Sequence[int] = (1,),
    clock_mhz: float | None = None,
    keep_units: bool = False,
    board: str | None = None,
    baud: int | None = None,
    link: str | None = None,
    gate_clock: bool | None = None,
    native: bool = False,
    progress: Progress = lambda step: None,
) -> Synthesis:
    """Synthesise, place and route a build on its device, as ``hwgen synth`` does.

    Writes ``synth.json`` into the folder, the netlist or the files of the board, and logs.

    Parameters
    ----------
    folder : path
        Folder of a build for a device.
    seeds : sequence of int
        One placement each.
    clock_mhz : float, optional
        Clock to reach, by default that of the build.
    keep_units : bool
        Optimise each unit for itself, so that a netlist keeps all streams; not for boards.
    board : str, optional
        One of `hwgen.boards.table.BOARDS`, or a TOML file of one's own: host link, clock and pins
        become part of the design. By default that which it was built for; "none" for none.
    baud : int, optional
        Rate of the serial line, by default that of the build, or a million.
    link : str, optional
        Where pictures come in: "uart", "spi" or "camera", by default that of the build, or "uart".
    gate_clock : bool, optional
        Whether the board's clocks stop while there is nothing to do, by default as in the build, or
        not.
    native : bool
        Take the tools on the PATH, not those of this Python's environment.
    progress : callable
        Told what begins.

    Returns
    -------
    Synthesis
        That a design does not fit is no error here: see its ``fits``.

    Raises
    ------
    HwgenError
        `ModelError` if there is no such build, `DeviceError` if it is for no device, `ToolError`
        if a tool is missing or fails; names its log.
    """
    start = time.monotonic()
    if clock_mhz is not None and not 0 < clock_mhz < MAX_CLOCK_MHZ:
        raise ModelError(f"--clock-mhz must be between 0 and 10000, not {clock_mhz!r}")
    build = BuildFolder(Path(folder))
    design, manifest = load_design(build.path)
    choice = _choose(build, manifest, board, baud, link, gate_clock)
    check_writable(build.synthesis)
    part = find_part(design.plan.device, build.path)
    asked = clock_mhz or design.plan.clock_mhz
    assert asked is not None
    seeds = list(dict.fromkeys(seeds))
    if choice is not None:
        if keep_units:
            raise ModelError("--keep-units is not for --board: `verify --netlist` runs no boards")
        return _synthesise_board(build, design, choice, asked, seeds, native, progress, start)
    flow = SynthesisFlow(
        folder=build.path,
        top=design.plan.name,
        streams=design.plan.streams,
        units=_units(design),
        part=part,
        native=native,
        progress=progress,
    )
    outcome = flow.run(seeds, asked, keep_units)
    seconds = time.monotonic() - start
    write_whole(build.netlist, outcome.netlist.encode())
    _write_floorplan(build, flow)
    build.write_result(build.synthesis, outcome.to_json(seconds))
    return Synthesis(outcome, part, (build.netlist.name,), None, seconds)


def _choose(
    build: BuildFolder,
    manifest: Mapping[str, Any],
    board: str | None,
    baud: int | None,
    link: str | None,
    gate_clock: bool | None,
) -> BoardChoice | None:
    """Board that was asked for, else that of the build."""
    built = built_board(build, manifest) if board is None else None
    if built is None:
        return choose_board(None if board == NO_BOARD else board, baud, link, gate_clock)
    return replace(
        built,
        baud=built.baud if baud is None else baud,
        link=built.link if link is None else link,
        gate_clock=built.gate_clock if gate_clock is None else gate_clock,
    )


def _synthesise_board(
    build: BuildFolder,
    design: Design,
    choice: BoardChoice,
    clock_mhz: float,
    seeds: Sequence[int],
    native: bool,
    progress: Progress,
    start: float,
) -> Synthesis:
    """Place and route a design with its board around it."""
    board = choice.board
    progress(f"making the design of {board.name}")
    files = board_files(
        design, board, clock_mhz, choice.baud, choice.link, gate_clock=choice.gate_clock
    )
    facts = json.loads(files[BOARD_FILE])
    flow = BoardFlow(
        folder=build.path, files=files, facts=facts, units=_units(design), native=native,
        progress=progress,
    )  # fmt: skip
    outcome = flow.run(seeds, clock_mhz)
    written = dict(files)
    if flow.bitstream is not None:
        written[flow.bitstream_file] = flow.bitstream
    if flow.placed is not None:
        written[flow.placed_file] = flow.placed.to_bytes()
    for name, data in written.items():
        write_whole(build.path / name, data)
    seconds = time.monotonic() - start
    _write_floorplan(build, flow)
    build.write_result(build.synthesis, outcome.to_json(seconds) | flow.to_json())
    return Synthesis(outcome, flow.part, tuple(written), facts["flash"] or None, seconds, board)


def _units(design: Design) -> list[str]:
    return [unit.name for unit in design.plan.units]


def _write_floorplan(build: BuildFolder, flow: SynthesisFlow) -> None:
    """Keep the floorplan of the fastest placement; none of an older one stays."""
    if flow.floorplan is None:
        build.floorplan.unlink(missing_ok=True)
    else:
        build.write_result(build.floorplan, flow.floorplan)
