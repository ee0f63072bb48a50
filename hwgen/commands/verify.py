"""``hwgen verify``: hold the Verilog, or the synthesised netlist, against both models."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, note, out, steps
from hwgen.errors import MismatchError
from hwgen.jobs.verify import Simulator
from hwgen.jobs.verify import verify as run_verification
from hwgen.readers.picture import Fit

__all__ = ["verify"]


def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.", metavar="DIR")],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Pictures, as for `sim run`; can be given again. Default: made to reach "
            "thresholds.",
            metavar="X",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            help="Frames to run; default: 4, and up to 16 in small designs.",
            min=1,
            metavar="N",
        ),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(help="What is done with pictures of another size; default: refused."),
    ] = None,
    stalls: Annotated[
        int, typer.Option(help="Seed of the random stalls and pictures.", min=0, metavar="SEED")
    ] = 1,
    simulator: Annotated[
        Simulator,
        typer.Option(
            help="What runs the Verilog; cxxrtl for large designs, needs hwgen[synth]; icarus "
            "reads SystemVerilog-2012."
        ),
    ] = Simulator.VERILATOR,
    netlist: Annotated[
        bool,
        typer.Option("--netlist", help="Run what `hwgen synth` made of it, cell by cell."),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep bench, logs and traces in DIR/verify.")
    ] = False,
) -> None:
    """Prove each transfer of each stream right, in value and in cycle.

    Runs the emitted Verilog at full rate, under random stalls, with ready only after valid, and
    with resets in mid-frame. What is not offered is noise to it.

    Exits with 1 where anything differs.
    """
    with steps() as step:
        found = run_verification(
            folder,
            images,
            frames=frames,
            fit=fit,
            seed=stalls,
            simulator=simulator,
            netlist=netlist,
            keep=keep,
            progress=step,
            note=note,
        )
    verdict, first = found.verdict, found.verdict.first_mismatch
    if first is not None:
        raise MismatchError(
            f"{folder}: layer {first.layer!r}: transfer {first.index} of stream {first.stream!r} "
            f"{first.what}, in cycle {first.cycle} ({verdict.mode}); "
            f"{verdict.mismatches:,} of {verdict.transfers_checked:,} transfers differ"
        )
    if found.coverage:
        out.print(_sentence(found.totals))
    of = f"of {found.all_streams} " if netlist else ""
    out.print(
        f"{verdict.transfers_checked:,} transfers of {verdict.streams} {of}streams over "
        f"{count(verdict.frames, 'frame')} and {verdict.patterns} traffic patterns "
        f"({verdict.cycles:,} cycles):"
    )
    out.print("0 mismatches in value and cycle")


def _sentence(totals: dict[str, dict[str, int]]) -> str:
    """What the pictures reached, in a line."""
    words = {
        "both_sides": "thresholds from both sides",
        "at_edge": "at the edge",
        "lowest": "channels at the lowest level",
        "highest": "at the highest",
        "levels": "levels",
    }
    return "pictures reach " + ", ".join(
        f"{totals['reached'][key]:,} of {goal:,} {words[key]}"
        for key, goal in totals["goals"].items()
    )
