"""The command line ``python -m sim``."""

import json
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hwgen.console import count, errors_to_exit, note, out, steps
from hwgen.design import load_design, make_design
from hwgen.model import load_model
from hwgen.readers.files import is_folder
from sim import golden
from sim.cycle import steady_state
from sim.images import load_images
from sim.observe import check_outputs, choose_traffic, observe, write_waves
from sim.sizing import size_buffers
from sim.summary import Run, frame_lines, run_json, run_lines, run_tables, scores_json
from sim.timeline import draw_timeline
from sim.vcd import check_size

app = typer.Typer(
    help="Bit-exact golden model and cycle-accurate simulator of hwgen's networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _commands() -> None:
    """Make typer keep the command's name even though there is only one."""


@app.command()
def run(
    source: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    images: Annotated[
        list[Path],
        typer.Option(
            help="Pictures: .npy (uint8, NHWC or HWC), .png, .jpg or .bmp; can be given again.",
            metavar="X",
        ),
    ],
    frames: Annotated[
        int | None,
        typer.Option(help="Frames to run; default: all pictures.", min=1, metavar="N"),
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
        check_outputs(timeline, vcd)
        step(f"reading {source}")
        if is_folder(source):
            design, _ = load_design(source)
            pictures = load_images(images, design.model, note)
        else:
            model = load_model(source)
            pictures = load_images(images, model, note)
            design = make_design(model)
            design = design.with_plan(size_buffers(design.plan, progress=step))
        frames = frames or len(pictures)
        pictures = pictures[:frames]
        picture_of = np.arange(frames) % len(pictures)
        if vcd is not None:
            check_size(design.plan, frames)
        step("simulating for latency and interval")
        latency, interval = steady_state(design.plan)
        traffic, traffic_name = choose_traffic(stalls, valid, ready, interval)
        step("simulating the run")
        activity, sketch = observe(design.plan, frames, traffic, step)
        step(f"computing {count(len(pictures), 'frame')}")
        result = golden.run(
            design.model,
            pictures,
            lambda done, total: step(f"computed {done} of {total} frames"),
            keep=False,
            processes=None,
        )
        if timeline is not None:
            step(f"drawing {timeline}")
            draw_timeline(timeline, sketch, interval=interval, frames=frames, traffic=traffic_name)
        if vcd is not None:
            write_waves(vcd, design.model, design.plan, pictures[picture_of], traffic, step)
    seconds = time.monotonic() - start
    seen = Run(design.plan, latency, interval, activity, traffic_name)
    result = result.taken(picture_of)
    if as_json:
        print(
            json.dumps(
                {
                    **scores_json(result),
                    **run_json(seen),
                    "frames": frames,
                    "seconds": round(seconds, 3),
                }
            )
        )
        return
    for line in frame_lines(result, design.model.classes):
        out.print(line)
    for table in run_tables(seen):
        out.print(table)
    for line in run_lines(seen):
        out.print(line)
    for path in (timeline, vcd):
        if path is not None:
            out.print(f"wrote {path}")


main = errors_to_exit(app)
