"""``hwgen energy``: what a frame takes of energy, by component."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import note, out, steps
from hwgen.jobs.energy import Activity
from hwgen.jobs.energy import energy as run_energy
from hwgen.power.price import ClockSource, Idle
from hwgen.readers.picture import Fit
from hwgen.report.energy_text import energy_lines, energy_table
from hwgen.report.resources import resource_lines

__all__ = ["energy"]

_COUNTED = {
    Activity.NETLIST: "activity counted on the netlist",
    Activity.VERILOG: "activity counted on the Verilog, of LUTs by their estimate",
    Activity.PLAN: "activity taken from the plan, as units of a kind have it in the mean",
}


def energy(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.", metavar="DIR")],
    fps: Annotated[
        float | None,
        typer.Option(help="Frames a second; default: as many as there can be.", metavar="F"),
    ] = None,
    idle: Annotated[
        Idle | None,
        typer.Option(
            help="What the clock does between frames; default: as on the build's board, or stopped."
        ),
    ] = None,
    clock_source: Annotated[
        ClockSource | None,
        typer.Option(help="What makes the clock; default: as on the build's board, or outside."),
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Pictures to count over, as for `sim run`; can be given again. Default: noise.",
            metavar="X",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(help="Frames to count over; default: 2.", min=1, metavar="N"),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(help="What is done with pictures of another size; default: refused."),
    ] = None,
    netlist: Annotated[
        bool,
        typer.Option("--netlist", help="Count on what `hwgen synth` made of it, cell by cell."),
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Simulate nothing: activity from the plan alone.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell the energy of a frame, by component, and how far it may be off.

    Counts how often nets change and memories are accessed at full rate, in a simulation of the
    Verilog; coefficients are fitted to published measurements, which docs/energy.md lists. An
    uncertainty is one standard deviation.
    """
    with steps() as step:
        found = run_energy(
            folder,
            images,
            fps=fps,
            idle=idle,
            clock_source=clock_source,
            frames=frames,
            fit=fit,
            netlist=netlist,
            quick=quick,
            progress=step,
            note=note,
        )
    if as_json:
        out.print_json(json.dumps(found.to_json()))
        return
    out.print(energy_table(found.frame))
    for line in energy_lines(found.frame, found.full):
        out.print(line)
    pictures = f" over {found.pictures}" if found.pictures == "noise" else ""
    out.print(_COUNTED[found.activity] + (pictures or ""))
    for line in resource_lines(found.design.plan.device, found.resources):
        out.print(line)
