"""What a person says of a board's link, as options of the commands that make its design."""

from typing import Annotated

import typer

__all__ = ["BaudOption", "GateOption", "LinkOption"]

BaudOption = Annotated[
    int | None,
    typer.Option(help="Rate of the board's serial line; default: a million.", metavar="B"),
]

GateOption = Annotated[
    bool | None,
    typer.Option(
        "--gate-clock/--no-gate-clock",
        help="Stop the clocks on the board while there is nothing to do; default: they run.",
    ),
]

LinkOption = Annotated[
    str | None,
    typer.Option(
        "--input",
        help="Where pictures come in: uart, spi or camera; default: uart.",
        metavar="I",
    ),
]
