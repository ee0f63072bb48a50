"""``hwgen synth``: place and route a build."""

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, out, steps
from hwgen.design import load_design
from hwgen.errors import FitError, ModelError
from hwgen.synth.flow import Outcome, SynthesisFlow
from hwgen.synth.netlist import NETLIST_FILE
from hwgen.synth.targets import Target, find_target

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
    native: Annotated[
        bool, typer.Option("--native", help="Take yosys and nextpnr on the PATH.")
    ] = False,
) -> None:
    """Synthesise, place and route a build on its device.

    Writes DIR/synth.json and DIR/netlist.v; logs are kept in DIR/synth.

    Exits with 1 where the design does not fit, or misses the clock with every seed.
    """
    start = time.monotonic()
    if clock_mhz is not None and not 0 < clock_mhz < 1e4:
        raise ModelError(f"--clock-mhz must be between 0 and 10000, not {clock_mhz!r}")
    design, _ = load_design(folder)
    target = find_target(design.plan.device, folder)
    asked = clock_mhz or design.plan.clock_mhz
    assert asked is not None
    with steps() as step:
        flow = SynthesisFlow(
            folder=folder,
            top=design.plan.name,
            streams=design.plan.streams,
            target=target,
            native=native,
            progress=step,
        )
        outcome = flow.run(list(dict.fromkeys(seed or [1])), asked, keep_units)
    result = outcome.to_json(time.monotonic() - start)
    _write(folder / NETLIST_FILE, outcome.netlist)
    _write(folder / RESULT, json.dumps(result, indent=1) + "\n")
    for line in _lines(outcome, target):
        out.print(line)
    if outcome.problem is not None:
        raise FitError(f"{folder}: {target.part}: the design {outcome.problem}")


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


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            partial.write_text(text)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}") from error
