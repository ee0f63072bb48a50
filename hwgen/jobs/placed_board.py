"""What a folder that was synthesised for a board says of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwgen.boards.board_file import load_board
from hwgen.boards.choice import BoardChoice
from hwgen.boards.table import Board
from hwgen.build_folder import BuildFolder
from hwgen.design import MAX_CLOCK_MHZ, read_object
from hwgen.errors import ModelError, located
from hwgen.readers.files import is_file, read_bytes
from hwgen.readers.json_object import MAX_FILE_BYTES, parse_json
from hwgen.synth.placed import DAMAGED

__all__ = ["PlacedBoard", "find_placed_board", "synthesis_result"]


@dataclass(frozen=True)
class PlacedBoard:
    """The board, and the facts of ``board.json``."""

    board: Board
    facts: dict[str, Any]

    @property
    def choice(self) -> BoardChoice:
        """What was asked for with the board."""
        facts = self.facts
        return BoardChoice(self.board, facts["baud"], facts["input"], facts["gate_clock"])

    @property
    def top(self) -> str:
        """Top module of the whole design."""
        return self.facts["top"]


def find_placed_board(build: BuildFolder, name: str) -> PlacedBoard:
    """Board that the folder of a design of a name was synthesised for.

    Raises
    ------
    ModelError
        If it was for none, or what the folder says of it is damaged.
    """
    path = build.board
    if not is_file(path):
        raise ModelError(f"{build.path}: has no {path.name}; run `hwgen synth --board` first")
    facts = read_object(path)
    text = all(
        isinstance(facts.get(k), str) for k in ("board", "device", "input", "top", "verilog")
    )
    numbers = type(facts.get("clock_mhz")) in (int, float) and type(facts.get("baud")) is int
    numbers &= isinstance(facts.get("gate_clock"), bool)
    if (
        not text
        or not numbers
        or facts["top"] != f"{name}_{facts['board']}"
        or facts["verilog"] != f"{facts['top']}.v"
        or not 0 < facts["clock_mhz"] < MAX_CLOCK_MHZ
    ):
        raise ModelError(f"{path}: {DAMAGED}")
    board = load_board(build.board_source, facts["board"])
    if board.device != facts["device"]:
        raise ModelError(f"{path}: {DAMAGED}")
    return PlacedBoard(board, facts)


def synthesis_result(build: BuildFolder, top: str) -> tuple[bytes, str]:
    """What ``synth.json`` holds, and the name of the bitstream in it."""
    path: Path = build.synthesis
    with located(str(path)):
        data = read_bytes(path, MAX_FILE_BYTES)
        name = parse_json(data, "it").get("bitstream")
        if name not in (f"{top}.bin", f"{top}.bit"):
            raise ModelError("is not of this board; run `hwgen synth --board` again")
        return data, str(name)
