"""``hwgen boards``: the boards that are known."""

import json
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from hwgen.boards.table import BOARDS, Board, find_board
from hwgen.commands.board_options import complete_boards
from hwgen.console import out

__all__ = ["boards"]


def boards(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names, or TOML files of one's own; default: all.",
            metavar="B",
            autocompletion=complete_boards,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the boards that --board takes.

    MHz are those of the oscillator, and of designs unless another clock is asked for; MiB are
    those of the flash that weights can lie in, where it is known.
    """
    found = [find_board(name) for name in names or BOARDS]
    if as_json:
        out.print_json(json.dumps([board.to_json() for board in found]))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("board", "device", "MHz"):
        table.add_column(title, no_wrap=True)
    for title in ("lamps", "MiB"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("SDRAM", "programmer"):
        table.add_column(title, no_wrap=True)
    for board in found:
        table.add_row(*_row(board))
    out.print(table)
    if names:
        for board in found:
            for line in _lines(board):
                out.print(line)


def _row(board: Board) -> list[str]:
    clock = board.clock
    return [
        board.name,
        board.device,
        f"{clock.mhz:g}, {clock.design_mhz:g}",
        str(len(board.lamps.pins) or "-"),
        f"{board.flash.bytes / (1 << 20):g}" if board.flash else "-",
        "yes" if board.sdram else "-",
        board.programmer.tool if board.programmer else "-",
    ]


def _lines(board: Board) -> list[str]:
    """What a table has no room for."""
    return [
        f"{board.name}: {board.title}",
        f"  {' '.join((board.device, board.package, *([board.speed] if board.speed else [])))}",
        *([f"  serial line: {board.uart.connection}"] if board.uart.connection else []),
        *(f"  note: {note}" for note in board.notes),
        *(f"  source: {source}" for source in board.sources),
    ]
