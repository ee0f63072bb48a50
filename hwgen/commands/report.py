"""``hwgen report``: a page for a browser."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.jobs.report import report as run_report

__all__ = ["report"]


def report(
    source: Annotated[
        Path,
        typer.Argument(help="Folder of a build, or store of `hwgen explore`.", metavar="DIR|STORE"),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The page.", metavar="FILE.html")
    ] = Path("report.html"),
) -> None:
    """Write one page about a build or a sweep, which needs no network.

    Of a build: layers, timeline, buffers, resources, and where they were made, placement, slowest
    path, verification and board. Of a store: plots and a table that select together.
    """  # fmt: skip
    with steps() as step:
        size = run_report(source, output, progress=step)
    out.print(f"wrote {output}, {size / 1e6:.1f} MB")
