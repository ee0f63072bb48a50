"""A design on a board: its Verilog with clock, reset and host link, and the pins."""

import json
from typing import Any

from amaranth.hdl import ClockDomain, Elaboratable, Module, ResetInserter
from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from hwgen.boards.baud import DEFAULT_BAUD, baud_divisor
from hwgen.boards.clock import BoardClock
from hwgen.boards.flash import FlashPins, check_flash
from hwgen.boards.frames import MAX_BYTES
from hwgen.boards.gating import find_gating
from hwgen.boards.link_rate import UART_BITS
from hwgen.boards.platform import make_platform
from hwgen.boards.pll import choose_pll
from hwgen.boards.sdram import SdramPins
from hwgen.boards.table import Board, check_input, find_board
from hwgen.boards.weights import board_weights
from hwgen.build_folder import BOARD_FILE, BOARD_SOURCE
from hwgen.design import Design
from hwgen.errors import DeviceError
from hwgen.families.pll import Pll
from hwgen.hardware import build_top
from hwgen.model.names import KEYWORDS
from hwgen.plan.units import Scores
from hwgen.rtl.camera_port import CameraPort
from hwgen.rtl.cells import with_cells
from hwgen.rtl.emission import Emission
from hwgen.rtl.flash_loader import FlashLoader
from hwgen.rtl.gated_core import CORE
from hwgen.rtl.link_format import NO_CLASS, RESULT_HEAD_BYTES
from hwgen.rtl.linked_core import LinkedCore
from hwgen.rtl.spi_slave import SpiSlave
from hwgen.rtl.wake_up import WakeUp
from hwgen.verilog.emit import finish_verilog
from hwgen.weight_packet import weight_packet

__all__ = ["BOARD_FILE", "BoardDesign", "board_files"]

SILENCE_SECONDS = 0.05
"""Silence that ends a frame: far longer than the gaps that USB makes between packets."""

SILENCE_BYTES = 2
"""The same on a line so slow that a byte takes longer."""

WAKES = ("cs", "frame")
"""Lines of an SPI host and of a camera that move ahead of all others."""


class BoardDesign(Elaboratable):
    """Clock, pins and everything between them, for the platform of one board.

    Where weights are in SPRAM, all else is held in reset until they have come from the flash and
    their CRC was right: a board with wrong weights does not answer. Where weights come in for each
    frame it answers, and says what is wrong. With a `WakeUp` clocks stop between pictures.
    """

    def __init__(
        self,
        board: Board,
        pll: Pll | None,
        linked: LinkedCore,
        loader: FlashLoader | FlashPins | SdramPins | None,
        wake: WakeUp | None = None,
    ):
        self.board = board
        self.pll = pll
        self.linked = linked
        self.loader = loader
        self.wake = wake

    def elaborate(self, platform: Any) -> Module:
        """Join the design to the pins of the platform."""
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clock = clock = BoardClock(self.board, self.pll, self.wake)
        linked = self.linked
        if self.wake is not None:
            m.domains += ClockDomain(CORE)
            m.d.comb += [clock.run.eq(linked.run), clock.busy.eq(linked.busy)]
        if self.loader is None:
            m.submodules.linked = linked
        elif isinstance(self.loader, FlashPins | SdramPins):
            m.submodules.weights = source = self.loader
            m.submodules.linked = linked
            wiring.connect(m, source.o, linked.i_weights)
            m.d.comb += [
                source.restart.eq(linked.weights_restart),
                linked.weights_fault.eq(source.fault),
            ]
        else:
            m.submodules.loader = loader = self.loader
            m.submodules.linked = ResetInserter(~loader.done)(linked)
            wiring.connect(m, loader.o, linked.i_weights)
            self._flash(m, platform, loader)
        if linked.source is not None:
            self._link(m, platform)
        if not isinstance(linked.source, SpiSlave):
            uart = platform.request("uart", 0, dir="-")
            if linked.source is None:
                m.submodules.rx = rx = io.Buffer(io.Direction.Input, uart.rx)
                m.d.comb += linked.rx.eq(rx.i if self.wake is None else self.wake.late)
                if self.wake is not None:
                    m.d.comb += self.wake.line.eq(rx.i)
            m.submodules.tx = tx = io.Buffer(io.Direction.Output, uart.tx)
            m.d.comb += tx.o.eq(linked.tx)
        for k in range(len(self.board.lamps.pins)):
            led = io.Buffer(io.Direction.Output, platform.request("led", k, dir="-"))
            m.submodules[f"led{k}"] = led
            m.d.comb += led.o.eq(linked.lamps[k])
        return m

    def _link(self, m: Module, platform: Any) -> None:
        """Join the other way in to its pins; a camera without ``valid`` has every byte valid."""
        kind = "spi" if isinstance(self.linked.source, SpiSlave) else "camera"
        pins = platform.request(kind, 0, dir="-")
        for name, member in self.linked.pins.signature.members.items():
            line = getattr(self.linked.pins, name)
            if not hasattr(pins, name):
                m.d.comb += line.eq(1)
                continue
            # The component gives what the host reads.
            direction = io.Direction.Output if member.flow is Out else io.Direction.Input
            buffer = io.Buffer(direction, getattr(pins, name))
            m.submodules[f"{kind}_{name}"] = buffer
            if direction is io.Direction.Output:
                m.d.comb += buffer.o.eq(line)
            else:
                m.d.comb += line.eq(buffer.i)
                if self.wake is not None and name in WAKES:
                    m.d.comb += self.wake.line.eq(buffer.i)

    @staticmethod
    def _flash(m: Module, platform: Any, loader: FlashLoader) -> None:
        """Join the loader to the configuration flash; what protects or holds that stays idle."""
        pins = platform.request("spi_flash_1x", 0, dir="-")
        for name, value in (("cs", loader.cs), ("clk", loader.clk), ("copi", loader.copi),
                            ("wp", 0), ("hold", 0)):  # fmt: skip
            if hasattr(pins, name):
                buffer = io.Buffer(io.Direction.Output, getattr(pins, name))
                m.submodules[f"flash_{name}"] = buffer
                m.d.comb += buffer.o.eq(value)
        m.submodules.flash_cipo = cipo = io.Buffer(io.Direction.Input, pins.cipo)
        m.d.comb += loader.cipo.eq(cipo.i)


def board_files(
    design: Design,
    board: Board | str,
    clock_mhz: float,
    baud: int = DEFAULT_BAUD,
    link: str = "uart",
    gate_clock: bool = False,
) -> dict[str, bytes]:
    """All that is needed to place and route a design on a board.

    Parameters
    ----------
    design : Design
    board : Board or str
        One that there is, or what `hwgen.boards.table.find_board` takes.
    clock_mhz : float
        Clock of the design; the PLL has to make exactly this one.
    baud : int
        Rate of the serial line.
    link : str
        Where pictures come in, one of the board's ``inputs``.
    gate_clock : bool
        Stop the clocks of network and link while there is nothing to do. Not where weights come in
        for each frame.

    Returns
    -------
    dict of str to bytes
        ``NAME_BOARD.v``, its constraints as ``.pcf`` or ``.lpf``, `BOARD_SOURCE`, which is the
        board, and `BOARD_FILE`, which names them: ``board, family, device, top, verilog,
        constraints, clock_mhz, board_clock_mhz, pll, baud, input, gate_clock, picture, pixels,
        nextpnr, flash``.
        Where weights are in SPRAM, ``NAME_BOARD_flash.bin`` too. The same bytes on every machine.

    Raises
    ------
    DeviceError
        If there is no such board, the design is planned for another device, clock or baud rate
        cannot be made, or a frame's values are more than the host link can answer.
    """
    target = find_board(board) if isinstance(board, str) else board
    board, device = target.name, design.plan.device
    if device not in ("generic", target.device):
        raise DeviceError(
            f"{design.plan.name}: is built for {device}, but board {board} has {target.device}; "
            f"build it with --device {target.device}"
        )
    pll = choose_pll(target.family, target.clock.mhz, clock_mhz, board)
    divisor = baud_divisor(clock_mhz, baud, board)
    check_input(target, link)
    gating = find_gating(design, link, divisor) if gate_clock else None
    platform = make_platform(target)
    picture = design.model.input
    _check_answer(design)
    packet = weight_packet(design.network, design.plan)
    if packet.size:
        check_flash(design, target, packet.size)
    core = build_top(design.network, design.plan)
    words = core.weight_words()
    weights = board_weights(design, target, clock_mhz, words, packet)
    linked = LinkedCore(
        core=core,
        pixels=picture.height * picture.width,
        divisor=divisor,
        silence_cycles=max(
            round(clock_mhz * 1e6 * SILENCE_SECONDS), SILENCE_BYTES * UART_BITS * divisor
        ),
        lamps=len(target.lamps.pins),
        source=_source(design, link),
        pace=gating and gating.pace,
    )
    top = f"{design.plan.name}_{board}"
    source, wake = weights.source if weights else None, gating and gating.wake_up()
    whole = BoardDesign(target, pll, linked, source, wake)
    emission = Emission()
    emission.serve(platform)
    made = platform.prepare(whole, top, emit_src=False).files
    converted = emission.verilog(_bytes(made[f"{top}.il"]).decode(), strip_internal_attrs=False)
    head = _bytes(made[f"{top}.debug.v"]).decode().splitlines()[0]
    # Made for yosys alone, which `reload` looks up tables in: in one file.
    text, _ = finish_verilog(f"{head}\n{with_cells(converted)}", emission.tables, keywords=KEYWORDS)
    constraints = f"{top}.{target.family.bitstreams.constraints}"
    facts = {
        "board": board,
        "family": target.family.name,
        "device": target.device,
        "top": top,
        "verilog": f"{top}.v",
        "constraints": constraints,
        "clock_mhz": clock_mhz,
        "board_clock_mhz": target.clock.mhz,
        "pll": pll and {**pll.parameters(), "vco_mhz": float(pll.vco_mhz)},
        "baud": baud,
        "input": link,
        "gate_clock": gate_clock,
        "actual_baud": round(clock_mhz * 1e6 / divisor, 1),
        "picture": [picture.height, picture.width, picture.channels],
        "pixels": picture.number_type,
        "nextpnr": list(target.nextpnr),
        "flash": None,
    }
    made_flash = {}
    if weights is not None:
        made_flash[f"{top}_flash.bin"] = weights.image
        facts["flash"] = {"file": f"{top}_flash.bin", **weights.facts}
    return {
        **made_flash,
        f"{top}.v": text.encode(),
        constraints: _bytes(made[constraints]),
        BOARD_SOURCE: target.text.encode(),
        BOARD_FILE: (json.dumps(facts, indent=1) + "\n").encode(),
    }


def _source(design: Design, link: str) -> SpiSlave | CameraPort | None:
    """What takes the pictures; None for the serial line."""
    if link == "camera":
        picture = design.model.input
        place = -(-picture.channels * picture.bits // 8)
        return CameraPort(line_bytes=picture.width * place, lines=picture.height)
    return SpiSlave() if link == "spi" else None


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _check_answer(design: Design) -> None:
    """Refuse what no answer of the host link can say, before any hardware is made."""
    unit, count = design.plan.units[-1], design.plan.exit.transfers_per_frame
    assert isinstance(unit, Scores), unit
    if count * unit.data_bits // 8 > MAX_BYTES - RESULT_HEAD_BYTES:
        raise DeviceError(
            f"{design.plan.name}: its {count:,} values are more than the host link can answer"
        )
    if unit.argmax is not None and count >= NO_CLASS:
        raise DeviceError(
            f"{design.plan.name}: its {count:,} classes are more than the {NO_CLASS - 1:,} that "
            "the host link can tell apart"
        )
