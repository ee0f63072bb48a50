"""``hwgen synth``: place and route a build."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hwgen.boards.choice import NO_BOARD
from hwgen.boards.programmers import BOOT_LOADERS, flash_command
from hwgen.boards.table import Board
from hwgen.commands.board_options import BaudOption, GateOption, LinkOption, complete_boards
from hwgen.console import count, out, steps
from hwgen.errors import FitError
from hwgen.families.family import Part
from hwgen.jobs.synthesise import synthesise
from hwgen.synth.outcome import Outcome

__all__ = ["synth"]


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
        typer.Option(
            help="Whole design of a board: one that `hwgen boards` lists, or a TOML file; default: "
            "that which it was built for; none: the design alone.",
            metavar="B",
            autocompletion=lambda: [*complete_boards(), NO_BOARD],
        ),
    ] = None,
    baud: BaudOption = None,
    link: LinkOption = None,
    gate_clock: GateOption = None,
    native: Annotated[
        bool, typer.Option("--native", help="Take yosys and nextpnr on the PATH.")
    ] = False,
) -> None:
    """Synthesise, place and route a build on its device.

    Writes DIR/synth.json and DIR/netlist.v; logs are kept in DIR/synth. With --board the host
    link, clock and pins are part of the design; its files and bitstream go to DIR as well.

    Exits with 1 where the design does not fit, or misses the clock with every seed.
    """
    with steps() as step:
        found = synthesise(
            folder,
            seeds=seed or [1],
            clock_mhz=clock_mhz,
            keep_units=keep_units,
            board=board,
            baud=baud,
            link=link,
            gate_clock=gate_clock,
            native=native,
            progress=step,
        )
    for line in _lines(found.outcome, found.part):
        out.print(line)
    if found.outcome.problem is not None:
        name = found.board.name if found.board is not None else found.part.title
        raise FitError(f"{folder}: {name}: the design {found.outcome.problem}")
    if found.board is not None:
        out.print(f"wrote {', '.join(found.files)} to {folder}")
        if found.flash is not None:
            for line in _flash_lines(found.flash, found.files, folder, found.board):
                out.print(line)


def _flash_lines(
    facts: Mapping[str, Any], files: Sequence[str], folder: Path, board: Board
) -> Iterator[str]:
    """What belongs where in the flash, and how it gets there."""
    weights = facts["file"]
    (bitstream,) = (x for x in files if x.endswith((".bin", ".bit")) and x != weights)
    loads = board.programmer is not None and board.programmer.tool in BOOT_LOADERS
    start = "where its boot loader puts it" if loads else "at byte 0"
    yield f"{bitstream} belongs into the board's flash, {start}"
    yield from _command(board, folder / bitstream, None)
    yield f"{weights} belongs into the board's flash, at byte {facts['offset']:,}"
    yield from _command(board, folder / weights, facts["offset"])
    if "frames_per_second" in facts:
        lines = "one line" if facts["lines"] == 1 else f"{facts['lines']} lines"
        memory = "the SDRAM" if "sdram" in facts else f"{lines} at {facts['clock_mhz']:g} MHz"
        yield f"weights of {facts['frames_per_second']:,.1f} frames a second come from {memory}"


def _command(board: Board, path: Path, offset: int | None) -> Iterator[str]:
    """The command that writes a file there, where one is known; `hwgen program` runs it."""
    if board.programmer is not None:
        command = flash_command(board.programmer, str(path), offset)
        if command is not None:
            yield f"  {shlex.join(command)}"


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
