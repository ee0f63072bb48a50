"""``hwgen check``: all that keeps a network trained by others from being imported."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hwgen.commands.import_options import LayoutOption, PixelsOption, TopologyOption
from hwgen.console import out, steps
from hwgen.errors import UnimportableError
from hwgen.jobs.check import check as run_check
from hwgen.report.problem_table import problem_lines

__all__ = ["check"]


def check(
    file: Annotated[
        Path, typer.Argument(help="A network as others wrote it, or a folder.", metavar="FILE")
    ],
    pixels: PixelsOption = None,
    layout: LayoutOption = None,
    topology: TopologyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List all that keeps a network from being imported, why, and what to change.

    Nothing is written. Exits with 1 where it cannot be imported.
    """
    with steps() as step:
        found = run_check(file, pixels=pixels, layout=layout, topology=topology, progress=step)
    if as_json:
        out.print_json(json.dumps(found.to_json()))
    else:
        if found.importer is not None:
            out.print(f"{found.importer.what}{': can be imported' if found.ok else ''}")
        if found.problems:
            # A terminal breaks what is too long itself, so that a name can be copied whole.
            out.print("\n".join(problem_lines(found.problems)), soft_wrap=True)
        for note in found.notes:
            out.print(note)
    if found.refusal is not None:
        raise UnimportableError(str(found.refusal))
