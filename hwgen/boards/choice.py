"""The board that a build is for: what the manifest says of it, and the file that describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hwgen.boards.baud import DEFAULT_BAUD, baud_divisor, can_make_baud
from hwgen.boards.board_file import load_board
from hwgen.boards.pll import choose_pll, clocks_of
from hwgen.boards.table import Board, check_input, find_board
from hwgen.build_folder import BuildFolder
from hwgen.errors import DeviceError, ModelError

__all__ = ["NO_BOARD", "BoardChoice", "built_board", "choose_board"]

NO_BOARD = "none"
"""What ``hwgen synth --board`` takes for the design alone, though it was built for a board."""


@dataclass(frozen=True)
class BoardChoice:
    """A board, the rate of its serial line, where pictures come in, and whether clocks stop."""

    board: Board
    baud: int
    link: str = "uart"
    gate_clock: bool = False

    def check(self, device: str | None, clock_mhz: float) -> None:
        """Refuse another device, or a clock or a rate that the board cannot make.

        Raises
        ------
        DeviceError
            Names the board.
        """
        name, own = self.board.name, self.board.device
        if device not in (None, own):
            raise DeviceError(f"board {name} has {own}, not {device}")
        check_input(self.board, self.link)
        choose_pll(self.board.family, self.board.clock.mhz, clock_mhz, name)
        baud_divisor(clock_mhz, self.baud, name)

    def clocks_mhz(self) -> tuple[float, ...]:
        """Clocks that the board can make, and its serial line's rate of, ascending."""
        made = map(float, clocks_of(self.board.family, self.board.clock.mhz))
        return tuple(mhz for mhz in made if can_make_baud(mhz, self.baud))

    def to_json(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "name": self.board.name,
            "baud": self.baud,
            "input": self.link,
            "gate_clock": self.gate_clock,
        }


def choose_board(
    name: str | None, baud: int | None, link: str | None, gate_clock: bool | None
) -> BoardChoice | None:
    """Board by ``--board``, ``--baud``, ``--input`` and ``--gate-clock``; None without a name.

    Raises
    ------
    HwgenError
        If there is no such board, or a rate without one.
    """
    if name is None:
        if baud is not None:
            raise ModelError("--baud needs --board, whose serial line has that rate")
        if link is not None:
            raise ModelError("--input needs --board, which has pins for it")
        if gate_clock is not None:
            raise ModelError("--gate-clock needs --board, whose design it is about")
        return None
    return BoardChoice(
        find_board(name),
        DEFAULT_BAUD if baud is None else baud,
        link if link else "uart",
        bool(gate_clock),
    )


def built_board(build: BuildFolder, manifest: Mapping[str, Any]) -> BoardChoice | None:
    """The board that a folder was built for; None where it was for none.

    Raises
    ------
    ModelError
        If what the folder says of it is damaged; names the file.
    """
    found = manifest.get("board")
    if found is None:
        return None
    name = found.get("name") if isinstance(found, dict) else None
    baud = found.get("baud") if isinstance(found, dict) else None
    link = found.get("input") if isinstance(found, dict) else None
    gate_clock = found.get("gate_clock") if isinstance(found, dict) else None
    if (
        not isinstance(name, str)
        or type(baud) is not int
        or not isinstance(link, str)
        or not isinstance(gate_clock, bool)
    ):
        raise ModelError(
            f"{build.manifest}: board must have a name, a baud rate, an input and gate_clock; "
            "build again"
        )
    return BoardChoice(load_board(build.board_source, name), baud, link, gate_clock)
