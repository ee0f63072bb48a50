"""``hwgen synth``: place and route a build."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from hwgen.boards.shell import FACTS_FILE, board_files
from hwgen.boards.table import BOARDS
from hwgen.console import count, out, steps
from hwgen.design import Design, load_design
from hwgen.errors import FitError, ModelError
from hwgen.families.devices import find_part
from hwgen.families.family import Part
from hwgen.synth.board_flow import BoardFlow
from hwgen.synth.flow import Outcome, SynthesisFlow
from hwgen.synth.netlist import NETLIST_FILE
from sim.files import check_writable, replacing

__all__ = ["synth"]

RESULT = "synth.json"


def synth(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.", metavar="DIR")],
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Seed of a placement; can be given again. Default: 1.", min=0),
    ] = None,
    clock_mhz: Annotated[
        float | None,
        typer.Option(help="Clock to reach; default: that of the build.", metavar="F"),
    ] = None,
    keep_units: Annotated[
        bool,
        typer.Option(
            "--keep-units",
            help="Optimise each unit for itself: somewhat larger, and `verify --netlist` compares "
            "the streams between them too.",
        ),
    ] = False,
    board: Annotated[
        str | None,
        typer.Option(help=f"Whole design of a board: {', '.join(BOARDS)}.", metavar="B"),
    ] = None,
    native: Annotated[
        bool, typer.Option("--native", help="Take yosys and nextpnr on the PATH.")
    ] = False,
) -> None:
    """Synthesise, place and route a build on its device.

    Writes DIR/synth.json and DIR/netlist.v; logs are kept in DIR/synth. With --board the host
    link, clock and pins are part of the design; its files and bitstream go to DIR as well.

    Exits with 1 where the design does not fit, or misses the clock with every seed.
    """
    start = time.monotonic()
    if clock_mhz is not None and not 0 < clock_mhz < 1e4:
        raise ModelError(f"--clock-mhz must be between 0 and 10000, not {clock_mhz!r}")
    design, _ = load_design(folder)
    check_writable(folder / RESULT)
    part = find_part(design.plan.device, folder)
    asked = clock_mhz or design.plan.clock_mhz
    assert asked is not None
    if board is not None:
        if keep_units:
            raise ModelError("--keep-units is not for --board: `verify --netlist` runs no boards")
        _synthesise_board(folder, design, board, asked, seed, native, start)
        return
    with steps() as step:
        flow = SynthesisFlow(
            folder=folder,
            top=design.plan.name,
            streams=design.plan.streams,
            part=part,
            native=native,
            progress=step,
        )
        outcome = flow.run(list(dict.fromkeys(seed or [1])), asked, keep_units)
    result = outcome.to_json(time.monotonic() - start)
    _write(folder / NETLIST_FILE, outcome.netlist.encode())
    _write(folder / RESULT, (json.dumps(result, indent=1) + "\n").encode())
    for line in _lines(outcome, part):
        out.print(line)
    if outcome.problem is not None:
        raise FitError(f"{folder}: {part.title}: the design {outcome.problem}")


def _synthesise_board(
    folder: Path,
    design: Design,
    board: str,
    clock_mhz: float,
    seed: list[int] | None,
    native: bool,
    start: float,
) -> None:
    """Place and route a design with its board around it."""
    with steps() as step:
        step(f"making the design of {board}")
        files = board_files(design, board, clock_mhz)
        facts = json.loads(files[FACTS_FILE])
        flow = BoardFlow(folder=folder, files=files, facts=facts, native=native, progress=step)
        outcome = flow.run(list(dict.fromkeys(seed or [1])), clock_mhz)
    written = dict(files)
    if flow.bitstream is not None:
        written[flow.bitstream_file] = flow.bitstream
    if flow.placed is not None:
        written[flow.placed_file] = flow.placed.to_bytes()
    for name, data in written.items():
        _write(folder / name, data)
    result = outcome.to_json(time.monotonic() - start) | flow.to_json()
    _write(folder / RESULT, (json.dumps(result, indent=1) + "\n").encode())
    for line in _lines(outcome, flow.part):
        out.print(line)
    if outcome.problem is not None:
        raise FitError(f"{folder}: {board}: the design {outcome.problem}")
    out.print(f"wrote {', '.join(written)} to {folder}")
    if facts["flash"]:
        out.print(
            f"{facts['flash']['file']} belongs into the board's flash, at byte "
            f"{facts['flash']['offset']:,}"
        )


def _lines(outcome: Outcome, part: Part) -> list[str]:
    """What was found, in words."""
    cells = outcome.cells
    lines = [
        f"{part.title}: {count(cells.logic_cells, 'logic cell')} ({cells.lut4:,} LUT4, "
        f"{count(cells.ff, 'flip-flop')}), {count(cells.ebr, 'block RAM')}, "
        f"{count(cells.spram, 'SPRAM')}, {count(cells.dsp, 'DSP')}"
    ]
    for placed in outcome.placed:
        if placed.error is not None:
            lines.append(f"seed {placed.seed}: {placed.error}")
            continue
        fmax = "no clock" if placed.fmax_hz is None else f"{placed.fmax_hz / 1e6:.2f} MHz"
        around = (placed.logic_cells or 0) - cells.logic_cells
        lines.append(f"seed {placed.seed}: {fmax}; {around:,} logic cells more around its ports")
    return lines


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as beside:
        beside.write_bytes(data)
