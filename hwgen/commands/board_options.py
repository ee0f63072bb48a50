"""What a person says of parts and boards: options that commands share, and their completion."""

from typing import Annotated

import typer

from hwgen.boards.table import BOARDS
from hwgen.families.devices import DEVICES, PARTS

__all__ = [
    "BaudOption", "GateOption", "LinkOption", "complete_boards", "complete_devices",
    "complete_parts",
]  # fmt: skip


def complete_boards() -> list[str]:
    """Boards that are known; where none fits what was typed, the shell offers files."""
    return list(BOARDS)


def complete_devices() -> list[str]:
    """Parts, and "generic"."""
    return list(DEVICES)


def complete_parts() -> list[str]:
    """Parts."""
    return list(PARTS)


def complete_inputs() -> list[str]:
    """Ways in that boards have."""
    return ["uart", "spi", "camera"]


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
        autocompletion=complete_inputs,
        help="Where pictures come in: uart, spi or camera; default: uart.",
        metavar="I",
    ),
]
