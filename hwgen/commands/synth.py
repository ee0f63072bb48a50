"""``hwgen synth``: place and route a build."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.boards.table import BOARDS
from hwgen.console import count, out, steps
from hwgen.errors import FitError
from hwgen.jobs.synthesise import synthesise
from hwgen.synth.outcome import Outcome
from hwgen.synth.targets import Target

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
    with steps() as step:
        found = synthesise(
            folder,
            seeds=seed or [1],
            clock_mhz=clock_mhz,
            keep_units=keep_units,
            board=board,
            native=native,
            progress=step,
        )
    for line in _lines(found.outcome, found.target):
        out.print(line)
    if found.outcome.problem is not None:
        name = board if board is not None else found.target.part
        raise FitError(f"{folder}: {name}: the design {found.outcome.problem}")
    if board is not None:
        out.print(f"wrote {', '.join(found.files)} to {folder}")
    if found.flash is not None:
        out.print(
            f"{found.flash['file']} belongs into the board's flash, at byte "
            f"{found.flash['offset']:,}"
        )


def _lines(outcome: Outcome, target: Target) -> list[str]:
    """What was found, in words."""
    cells = outcome.cells
    lines = [
        f"{target.part}: {count(cells.logic_cells, 'logic cell')} ({cells.lut4:,} LUT4, "
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
