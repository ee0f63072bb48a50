"""``hwgen compress``: a description made smaller."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.jobs.compress import compress as run_compress

__all__ = ["compress"]


def compress(
    model: Annotated[Path, typer.Argument(help="Description, hwgen-bnn/1.", metavar="MODEL.json")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Description to write.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Leave out channels that change no score: constant, unread, or equal to another.

    What is left computes the same integers for every picture. Without -o nothing is written.
    """
    with steps() as step:
        found = run_compress(model, output, progress=step)
    if as_json:
        out.print_json(json.dumps(found.to_json()))
        return
    for report in found.reports:
        out.print(report.line)
    if output is not None:
        out.print(f"wrote {output}")
