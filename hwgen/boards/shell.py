"""A design on a board: its Verilog with clock, reset and host link, and the pins."""

import json
from typing import Any

from amaranth.hdl import ClockDomain, Elaboratable, Module
from amaranth.lib import io

from hwgen.boards.clock import BoardClock
from hwgen.boards.pll import Pll, choose_pll
from hwgen.boards.table import Board, find_board
from hwgen.design import Design
from hwgen.errors import DeviceError
from hwgen.hardware import build_top
from hwgen.rtl.linked_core import LinkedCore

__all__ = ["DEFAULT_BAUD", "FACTS_FILE", "BoardDesign", "baud_divisor", "board_files"]

DEFAULT_BAUD = 1_000_000
FACTS_FILE = "board.json"

MOST_BAUD_ERROR = 0.02
"""Of the 5 % that a byte's ten bits allow, the other end may take as much again."""

SILENCE_SECONDS = 0.05
"""Silence that ends a frame: far longer than the gaps that USB makes between packets."""


class BoardDesign(Elaboratable):
    """Clock, pins and everything between them, for the platform of one board."""

    def __init__(self, board: Board, pll: Pll | None, linked: LinkedCore):
        self.board = board
        self.pll = pll
        self.linked = linked

    def elaborate(self, platform: Any) -> Module:
        """Join the design to the pins of the platform."""
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clock = BoardClock(self.board, self.pll)
        m.submodules.linked = linked = self.linked
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [linked.rx.eq(rx.i), tx.o.eq(linked.tx)]
        for k in range(self.board.leds):
            led = io.Buffer("o", platform.request("led", k, dir="-"))
            m.submodules[f"led{k}"] = led
            m.d.comb += led.o.eq(linked.lamps[k])
        return m


def baud_divisor(clock_mhz: float, baud: int, where: str) -> int:
    """Cycles of a bit.

    Raises
    ------
    DeviceError
        If no whole number of cycles comes within `MOST_BAUD_ERROR` of the rate, or if it is below
        the four that the receiver needs.
    """
    if baud < 1:
        raise DeviceError(f"{where}: baud rate must be positive, not {baud}")
    exact = clock_mhz * 1e6 / baud
    divisor = round(exact)
    if divisor < 4 or abs(divisor - exact) > MOST_BAUD_ERROR * exact:
        slower = int(clock_mhz * 1e6 / max(4, divisor + (divisor < exact)))
        raise DeviceError(
            f"{where}: a clock of {clock_mhz:g} MHz cannot make {baud:,} baud; "
            f"{slower:,} baud is the next below that it can"
        )
    return divisor


def board_files(
    design: Design, board: str, clock_mhz: float, baud: int = DEFAULT_BAUD
) -> dict[str, bytes]:
    """All that is needed to place and route a design on a board.

    Parameters
    ----------
    design : Design
    board : str
        One of `hwgen.boards.table.BOARDS`.
    clock_mhz : float
        Clock of the design; the PLL has to make exactly this one.
    baud : int
        Rate of the host link.

    Returns
    -------
    dict of str to bytes
        ``NAME_BOARD.v``, its constraints as ``.pcf`` or ``.lpf``, and `FACTS_FILE`, which names
        them: ``board, family, device, top, verilog, constraints, clock_mhz, board_clock_mhz, pll,
        baud, picture, nextpnr``. The same bytes on every machine.

    Raises
    ------
    DeviceError
        If there is no such board, the design is planned for another device, or clock or baud rate
        cannot be made.
    ToolError
        If amaranth-boards is not installed.
    """
    target = find_board(board)
    device = design.plan.device
    if device not in ("generic", target.device):
        raise DeviceError(
            f"{design.plan.name}: is built for {device}, but board {board} has {target.device}; "
            f"build it with --device {target.device}"
        )
    pll = choose_pll(target.family, target.clock_mhz, clock_mhz, board)
    divisor = baud_divisor(clock_mhz, baud, board)
    platform = target.make_platform()
    picture = design.model.input
    linked = LinkedCore(
        core=build_top(design.network, design.plan),
        pixels=picture.height * picture.width,
        divisor=divisor,
        silence_cycles=round(clock_mhz * 1e6 * SILENCE_SECONDS),
        lamps=target.leds,
    )
    top = f"{design.plan.name}_{board}"
    # Amaranth gives the Verilog of a board's design as "debug Verilog" only.
    made = platform.prepare(
        BoardDesign(target, pll, linked), top, emit_src=False, debug_verilog=True
    ).files
    constraints = f"{top}.{'pcf' if target.family == 'ice40' else 'lpf'}"
    facts = {
        "board": board,
        "family": target.family,
        "device": target.device,
        "top": top,
        "verilog": f"{top}.v",
        "constraints": constraints,
        "clock_mhz": clock_mhz,
        "board_clock_mhz": target.clock_mhz,
        "pll": pll and {**pll.parameters(), "vco_mhz": float(pll.vco_mhz)},
        "baud": baud,
        "actual_baud": round(clock_mhz * 1e6 / divisor, 1),
        "picture": [picture.height, picture.width, picture.channels],
        "nextpnr": list(target.nextpnr),
    }
    return {
        f"{top}.v": _bytes(made[f"{top}.debug.v"]),
        constraints: _bytes(made[constraints]),
        FACTS_FILE: (json.dumps(facts, indent=1) + "\n").encode(),
    }


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
