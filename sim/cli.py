"""The command line ``python -m sim``."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, errors_to_exit, out, steps
from hwgen.design import load_design, make_design
from hwgen.model import load_model
from sim import golden
from sim.cycle import steady_state
from sim.images import load_images

app = typer.Typer(
    help="Bit-exact golden model and cycle-accurate simulator of hwgen's networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

SHOWN = 16
"""Frames listed one by one on the terminal."""


@app.callback()
def _commands() -> None:
    """Make typer keep the command's name even though there is only one."""


@app.command()
def run(
    source: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    images: Annotated[
        Path, typer.Option(help="Pictures: .npy (uint8, NHWC or HWC), .png or .jpg.", metavar="X")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute scores and classes, and the cycles that hardware takes.

    For a description, hardware is what `hwgen build` makes of it without options.
    """
    start = time.monotonic()
    with steps() as step:
        step(f"reading {source}")
        if source.is_dir():
            design, _ = load_design(source)
        else:
            design = make_design(load_model(source))
        pictures = load_images(images, design.model)
        step(f"computing {count(len(pictures), 'frame')}")
        result = golden.run(
            design.model,
            pictures,
            lambda done, total: step(f"computed {done} of {total} frames"),
            keep=False,
        )
        step("simulating for latency and interval")
        latency, interval = steady_state(design.plan)
    seconds = time.monotonic() - start
    frames = len(pictures)
    classes = None if result.classes is None else result.classes.tolist()
    if as_json:
        print(
            json.dumps(
                {
                    "scores": result.scores.tolist(),
                    "classes": classes,
                    "latency_cycles": latency,
                    "interval_cycles": interval,
                    "frames": frames,
                    "seconds": round(seconds, 3),
                }
            )
        )
        return
    names = design.model.classes
    for k in range(min(frames, SHOWN)):
        scores = result.scores[k].ravel()
        text = " ".join(str(s) for s in scores[:10]) + (" ..." if scores.size > 10 else "")
        if classes is None:
            out.print(f"frame {k}: scores {text}")
        else:
            name = f" ({names[classes[k]]})" if names else ""
            out.print(f"frame {k}: class {classes[k]}{name}, scores {text}")
    if frames > SHOWN:
        out.print(f"... and {frames - SHOWN} more; --json prints them all")
    out.print(f"hardware: {latency:,} cycles latency, {interval:,} cycles a frame")


main = errors_to_exit(app)
