"""The command line ``python -m sim``."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from hwgen.command_line import QuietOption, VerboseOption, command_line
from hwgen.console import errors_to_exit, note, out, steps
from hwgen.readers.picture import Fit
from sim.simulate import simulate
from sim.summary import frame_lines, run_json, run_lines, run_tables, scores_json

app = command_line(
    help="Bit-exact golden model and cycle-accurate simulator of hwgen's networks.",
    add_completion=False,  # there is no script of that name
)


@app.callback()
def _commands(quiet: QuietOption = False, verbose: VerboseOption = False) -> None:
    """Make typer keep the command's name even though there is only one."""


@app.command()
def run(
    source: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    images: Annotated[
        list[Path],
        typer.Option(
            help="Pictures: files, folders, patterns, .npy, .npz or .csv; can be given again.",
            metavar="X",
        ),
    ],
    frames: Annotated[
        int | None,
        typer.Option(help="Frames to run; default: all pictures.", min=1, metavar="N"),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(help="What is done with pictures of another size; default: refused."),
    ] = None,
    stalls: Annotated[
        int | None,
        typer.Option(help="Random stalls from this seed, as in verify.", min=0, metavar="SEED"),
    ] = None,
    valid: Annotated[
        str | None,
        typer.Option(help="When pixels are offered: a bit a cycle, repeated.", metavar="BITS"),
    ] = None,
    ready: Annotated[
        str | None,
        typer.Option(help="When scores are accepted: a bit a cycle, repeated.", metavar="BITS"),
    ] = None,
    weights_valid: Annotated[
        str | None,
        typer.Option(
            help="When weights from outside are offered: a bit a cycle, repeated.", metavar="BITS"
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            help="What weights from outside come from: qspi:MHZ, spi:MHZ, host:MBAUD, sdram:BOARD.",
            metavar="M",
        ),
    ] = None,
    timeline: Annotated[
        Path | None,
        typer.Option(help="Draw layers and frames over time (.svg, .png).", metavar="FILE"),
    ] = None,
    vcd: Annotated[
        Path | None, typer.Option(help="Write the waveform of all streams.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute scores and classes, and the cycles that hardware takes.

    For a description, hardware is what `hwgen build` makes of it without options. Where N is
    more than the pictures given, they come again from the first one on.
    """
    start = time.monotonic()
    with steps() as step:
        found = simulate(
            source,
            images,
            frames=frames,
            fit=fit,
            stalls=stalls,
            valid=valid,
            ready=ready,
            weights_valid=weights_valid,
            memory=memory,
            timeline=timeline,
            vcd=vcd,
            processes=None,
            progress=step,
            note=note,
        )
    if as_json:
        print(
            json.dumps(
                {
                    **scores_json(found.scores),
                    **run_json(found),
                    "frames": len(found.scores.scores),
                    "seconds": round(time.monotonic() - start, 3),
                }
            )
        )
        return
    for line in frame_lines(found.scores, found.design.model.classes):
        out.print(line)
    for table in run_tables(found):
        out.print(table)
    for line in run_lines(found):
        out.print(line)
    for path in (timeline, vcd):
        if path is not None:
            out.print(f"wrote {path}")


main = errors_to_exit(app)
