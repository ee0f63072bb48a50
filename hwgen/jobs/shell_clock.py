"""What the shell of a board does with the clock, as the energy of a frame depends on it."""

from dataclasses import dataclass

from hwgen.boards.baud import baud_divisor
from hwgen.boards.choice import BoardChoice
from hwgen.boards.gating import gated_cycles
from hwgen.boards.pll import choose_pll
from hwgen.design import Design
from hwgen.power.price import ALONE, ClockSource, GatedCycles, Idle

__all__ = ["WITHOUT_BOARD", "ShellClock", "shell_clock"]


@dataclass(frozen=True)
class ShellClock:
    """What it does between frames, what makes it, and what else of it runs; see `price_frame`."""

    idle: Idle
    source: ClockSource
    gated: GatedCycles = ALONE


WITHOUT_BOARD = ShellClock(Idle.STOPPED, ClockSource.OUTSIDE)
"""A clock that comes from outside, and stands still between frames."""


def shell_clock(
    choice: BoardChoice | None, design: Design, clock_mhz: float, interval: int
) -> ShellClock:
    """What a shell does with the clock of a design that takes ``interval`` cycles a frame."""
    if choice is None:
        return WITHOUT_BOARD
    board = choice.board
    pll = choose_pll(board.family, board.clock.mhz, clock_mhz, board.name)
    source = ClockSource.OUTSIDE if pll is None else ClockSource.PLL
    if not choice.gate_clock:
        return ShellClock(Idle.RUNNING, source)
    divisor = baud_divisor(clock_mhz, choice.baud, board.name)
    waiting, link = gated_cycles(design, choice.link, divisor, interval)
    return ShellClock(Idle.GATED, source, GatedCycles(waiting, link))
