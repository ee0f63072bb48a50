"""A board whose design is simulated by a process, with a terminal for its serial port."""

import os
import re
import subprocess
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwgen.boards.shell import board_files
from hwgen.boards.weights import FLASH_OFFSET
from hwgen.build_folder import BOARD_FILE
from hwgen.design import Design
from sim.benches.cxxrtl_bench import compile_cpp, translate

BENCH = Path(__file__).parent / "bench"
BOARD = "icebreaker"
CLOCK_MHZ = 24.0
BAUD = 4_000_000
SECONDS = 240


def compile_board(design: Design, work: Path) -> Path:
    """Program of the whole design of an iCEBreaker."""
    files = board_files(design, BOARD, CLOCK_MHZ, BAUD)
    assert BOARD_FILE in files
    top = f"{design.plan.name}_{BOARD}"
    text = files[f"{top}.v"].decode()
    # Pins by direction: what was made knows none but inout.
    text = re.sub(r"\binout (?=(?:clk12|uart_0__rx|spi_flash_1x_0__cipo))", "input ", text)
    text = re.sub(r"\binout ", "output ", text)
    text = re.sub(r"\bSB_IO (?=#\([^;]*\.PIN_TYPE\(6'h01\))", "PIN_IN ", text)
    text = re.sub(r"\bSB_IO ", "PIN_OUT ", text)
    path = work / "board.v"
    path.write_text(text + (BENCH / "cells.v").read_text())
    source = translate(path, top, work, kept=[], debug_level=3, progress=lambda step: None)
    return compile_cpp(
        [source, BENCH / "line.cpp"], work, optimise="-O2", progress=lambda step: None
    )


@contextmanager
def running_board(program: Path, flash: Path | None = None) -> Iterator[tuple[str, int]]:
    """Name of the board's serial port, and a file descriptor of its host's side.

    ``flash`` is the image in the board's flash, for a design that reads weights from there.
    """
    board_side, host_side = os.openpty()
    tty.setraw(host_side)
    divisor = round(CLOCK_MHZ * 1e6 / BAUD)
    image = [] if flash is None else [flash, str(FLASH_OFFSET)]
    process = subprocess.Popen(
        [program, str(divisor), str(SECONDS), *image], stdin=board_side, stdout=board_side
    )
    try:
        yield os.ttyname(host_side), host_side
    finally:
        process.kill()
        process.wait()
        os.close(board_side)
        os.close(host_side)
