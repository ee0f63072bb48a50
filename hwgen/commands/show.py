"""``hwgen show``: what a description is, its graph as a picture, and the network as QONNX."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.jobs.show import show as run_show
from hwgen.report.summary_text import summary_json, summary_lines

__all__ = ["show"]


def show(
    model: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    svg: Annotated[Path | None, typer.Option(help="Draw the graph as SVG.", metavar="FILE")] = None,
    onnx: Annotated[
        Path | None,
        typer.Option(help="Write the network as QONNX, which Netron opens.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print each layer's shape, bits, parameters and MACs, and what the input means.

    A layer's bits are those of the numbers that it puts out. docs/export.md says what --onnx
    writes.
    """
    with steps() as step:
        found = run_show(model, svg=svg, onnx=onnx, progress=step)
    if as_json:
        out.print_json(json.dumps(summary_json(found)))
        return
    for line in summary_lines(found):
        out.print(line)
    for path in (svg, onnx):
        if path is not None:
            out.print(f"wrote {path}")
