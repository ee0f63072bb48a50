"""The whole design of a board as a program, with a terminal for its serial port."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hwgen.boards.baud import baud_divisor
from hwgen.boards.choice import BoardChoice
from hwgen.boards.shell import board_files
from hwgen.boards.weights import FLASH_OFFSET
from hwgen.design import Design
from hwgen.errors import DeviceError, ToolError
from hwgen.synth.processes import Progress
from sim.benches.cxxrtl_bench import compile_cpp, translate

__all__ = ["SimulatedBoard", "make_simulated_board", "running_board", "simulating"]

LINE = Path(__file__).with_name("line.cpp")

RESET_CYCLES = 2000
"""By then reset is over, whose length is that of the board."""

FLASH_CYCLES, WORD_CYCLES = 6000, 40
"""What the flash takes to wake up, and a word of it, at the most."""

SECONDS = 24 * 3600
"""After which a board that nobody stopped ends."""


@dataclass(frozen=True)
class SimulatedBoard:
    """A program that is a board, and what it is told.

    ``image`` is what its flash holds, None where it has none that is read; ``evaluations`` are
    those that each level of the clock takes.
    """

    program: Path
    clock: str
    divisor: int
    evaluations: int
    image: bytes | None


def make_simulated_board(
    design: Design,
    choice: BoardChoice,
    clock_mhz: float,
    work: Path,
    progress: Progress = lambda step: None,
) -> SimulatedBoard:
    """Program of the whole design of a board, from the Verilog that would be placed.

    Pads and PLL are models; a cycle of the simulation is one of the design's clock.

    Raises
    ------
    DeviceError
        If weights come from the board's memory with each frame, which is not simulated here.
    ToolError
        If yosys or g++ is missing or fails.
    """
    board = choice.board
    if design.plan.weights is not None:
        raise DeviceError(
            f"{design.plan.name}: its weights come in with each frame, from a memory of "
            f"{board.name} that is not simulated here; `hwgen verify` runs it with one"
        )
    progress(f"making the design of {board.name}")
    files = board_files(design, board, clock_mhz, choice.baud, gate_clock=choice.gate_clock)
    top = f"{design.plan.name}_{board.name}"
    text = board.family.two_level_pads(files[f"{top}.v"].decode())
    clock = f"{board.clock.resource}_0__io"
    # Pins by direction: what was made knows none but inout.
    text = re.sub(rf"\binout (?=(?:{clock}|uart_0__rx__io|spi_flash_1x_0__cipo))", "input ", text)
    path = work / "board.v"
    path.write_text(re.sub(r"\binout ", "output ", text))
    source = translate(path, top, work, kept=[], debug_level=3, progress=progress)
    program = compile_cpp([source, LINE], work, optimise="-O2", progress=progress)
    image = files.get(f"{top}_flash.bin")
    divisor = baud_divisor(clock_mhz, choice.baud, board.name)
    return SimulatedBoard(program, clock, divisor, 2 if choice.gate_clock else 1, image)


@contextmanager
def running_board(board: SimulatedBoard, seconds: int = SECONDS) -> Iterator[tuple[str, int]]:
    """Name of the board's serial port, and a file descriptor of its host's side."""
    # Not on every system there is.
    import tty

    board_side, host_side = os.openpty()
    tty.setraw(host_side)
    warm_up, told = RESET_CYCLES, []
    with tempfile.TemporaryDirectory() as folder:
        if board.image is not None:
            image = Path(folder) / "flash.bin"
            image.write_bytes(board.image)
            warm_up += FLASH_CYCLES + WORD_CYCLES * (len(board.image) // 2)
            told = [str(image), str(FLASH_OFFSET)]
        numbers = (board.divisor, seconds, warm_up, board.evaluations)
        words = [board.clock, *map(str, numbers), *told]
        process = subprocess.Popen([board.program, *words], stdin=board_side, stdout=board_side)
        try:
            yield os.ttyname(host_side), host_side
        finally:
            process.kill()
            process.wait()
            os.close(board_side)
            os.close(host_side)


@contextmanager
def simulating(
    design: Design,
    choice: BoardChoice,
    clock_mhz: float,
    progress: Progress = lambda step: None,
) -> Iterator[str]:
    """Name of the serial port of a simulated board, for as long as it is wanted.

    Raises
    ------
    HwgenError
        See `make_simulated_board`; `ToolError` too where the system has no terminals of its own.
    """
    if not hasattr(os, "openpty"):
        raise ToolError("run: --simulate needs a system with pseudo-terminals")
    with tempfile.TemporaryDirectory(prefix="hwgen-board-") as work:
        made = make_simulated_board(design, choice, clock_mhz, Path(work), progress)
        with running_board(made) as (port, _):
            yield port
