"""``hwgen reload``: other weights into a placed design."""

import time
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.jobs.reload import reload as run_reload

__all__ = ["reload"]


def reload(
    model: Annotated[
        Path, typer.Argument(help="Description of the retrained network.", metavar="MODEL.json")
    ],
    folder: Annotated[
        Path, typer.Argument(help="Folder that was synthesised for a board.", metavar="DIR")
    ],
    native: Annotated[
        bool, typer.Option("--native", help="Take the bitstream's packer on the PATH.")
    ] = False,
) -> None:
    """Put other weights of the same topology into a placed design, without placing it again.

    DIR becomes the build of MODEL.json: its files, the bitstream, and the flash image where
    weights are in SPRAM.
    """
    start = time.monotonic()
    with steps() as step:
        files = run_reload(model, folder, native=native, progress=step)
    out.print(f"loaded {model} into {folder} in {time.monotonic() - start:.1f} s")
    out.print(f"wrote {', '.join(files)} to {folder}")
