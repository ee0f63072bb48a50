"""The simulated board that tests of the link talk to: an iCEBreaker with a fast line."""

from dataclasses import replace
from pathlib import Path

from hwgen.boards.choice import BoardChoice
from hwgen.boards.table import find_board
from hwgen.design import Design
from sim.boards.simulated_board import SimulatedBoard, make_simulated_board

__all__ = ["BAUD", "BOARD", "CLOCK_MHZ", "SECONDS", "compile_board", "with_flash"]

BOARD = "icebreaker"
CLOCK_MHZ = 24.0
BAUD = 4_000_000
SECONDS = 240


def compile_board(design: Design, work: Path) -> SimulatedBoard:
    """The whole design of an iCEBreaker."""
    return make_simulated_board(design, BoardChoice(find_board(BOARD), BAUD), CLOCK_MHZ, work)


def with_flash(board: SimulatedBoard, image: bytes) -> SimulatedBoard:
    """The same board with something else in its flash."""
    return replace(board, image=image)
