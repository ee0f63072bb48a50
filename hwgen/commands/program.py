"""``hwgen program``: a placed design into the flash of its board."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.jobs.program import program as run_program

__all__ = ["program"]


def program(
    folder: Annotated[
        Path, typer.Argument(help="Folder that was synthesised for a board.", metavar="DIR")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the commands, and run none.")
    ] = False,
) -> None:
    """Write a placed design into the flash of its board.

    Runs the program that the board's file names, once for the bitstream and once for weights
    behind it. Programs: iceprog, icesprog, tinyprog, openFPGALoader, fujprog, dfu-util, ecpprog.
    """
    if dry_run:
        for command in run_program(folder, dry_run=True):
            out.print(command)
        return
    with steps() as step:
        run_program(folder, progress=step)
    out.print(f"wrote {folder} into the board's flash")
