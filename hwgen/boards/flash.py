"""The configuration flash of a board as the source of weights: its pins, and what it holds."""

from math import ceil
from typing import Any, cast

from amaranth.hdl import C, Elaboratable, Instance, Module, Mux, Signal
from amaranth.lib import io
from numpy.typing import ArrayLike

from hwgen.boards.table import Board
from hwgen.design import Design
from hwgen.errors import DeviceError
from hwgen.model import dump_model
from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_stream import FlashStream
from hwgen.rtl.link_format import REASON_BUILD, REASON_DAMAGED, REASON_STALLED
from hwgen.weight_image import (
    BLOCK_WORDS,
    HEADER_WORDS,
    build_digest,
    header_crc,
    image_bytes,
    weight_image,
)

__all__ = ["WAKE_SECONDS", "FlashPins", "FlashWeights", "check_flash", "design_digest"]

WAKE_SECONDS = 35e-6
"""Time that the flash takes to wake up after configuration."""

REST_SECONDS = 50e-9
"""Least time between two commands."""

MOST_MHZ = 50.0
"""Clock of the flash: what all of them can on one line, and pins and wires of a board besides."""


def check_flash(design: Design, board: Board, packet_words: int) -> None:
    """Refuse a design whose packets of weights do not come from a board, before hardware is made.

    Raises
    ------
    DeviceError
        If the board has no flash that is known, or a smaller one.
    """
    name = design.plan.name
    if board.flash is None:
        raise DeviceError(
            f"{name}: its weights come in with each frame, but no flash of {board.name} is known"
        )
    size = image_bytes(design.plan.load_words, packet_words)
    room = board.flash.bytes - board.flash.offset
    if size > room:
        raise DeviceError(
            f"{name}: its weights take {size:,} bytes, but the flash of {board.name} has "
            f"{room:,} behind the bitstream"
        )


def design_digest(design: Design, load: ArrayLike, packet: ArrayLike) -> bytes:
    """Digest of the build of a design, whose image has these words."""
    plan = design.plan
    return build_digest(dump_model(design.model), plan.folding, plan.device, load, packet)


class FlashWeights:
    """What a design's weights need of the flash of a board, one that `check_flash` lets pass.

    Parameters
    ----------
    design : Design
    board : Board
    clock_mhz : float
    load, packet : sequence of int
        Words that fill SPRAMs, and those of each frame.

    Attributes
    ----------
    image : bytes
        What the flash holds, from its ``offset`` on.
    stream : FlashStream
        Gives its words.
    """

    def __init__(self, design: Design, board: Board, clock_mhz: float, load: Any, packet: Any):
        assert board.flash is not None
        self.clock_mhz = clock_mhz
        digest = design_digest(design, load, packet)
        self.image = weight_image(digest, load, packet)
        self.lines = board.flash.lines
        # A clock that goes through the fabric has the same level for a whole cycle.
        least = 2 if board.flash.fabric_clock else 1
        self.divisor = max(least, ceil(clock_mhz / MOST_MHZ))
        cycles = clock_mhz * 1e6
        access = FlashAccess(
            quad=self.lines == 4,
            divisor=self.divisor,
            wake_cycles=ceil(cycles * WAKE_SECONDS),
            rest_cycles=ceil(cycles * REST_SECONDS),
        )
        self.stream = FlashStream(
            access=access,
            offset=board.flash.offset,
            header_words=HEADER_WORDS,
            block_words=BLOCK_WORDS,
            load_words=len(load),
            packet_words=len(packet),
            identity=header_crc(digest, len(load), len(packet)),
        )
        self.offset = board.flash.offset
        self.frames_per_second = cycles / self.stream.packet_cycles(self.lines)

    def facts(self) -> dict[str, Any]:
        """What ``board.json`` says of it: ``offset, lines, clock_mhz, frames_per_second``.

        The last is what the weights of a frame allow.
        """
        return {
            "offset": self.offset,
            "lines": self.lines,
            "clock_mhz": self.clock_mhz / self.divisor,
            "frames_per_second": round(self.frames_per_second, 3),
        }


class FlashPins(Elaboratable):
    """A `FlashStream` on the pins of a board, each of which has its register.

    Attributes
    ----------
    o, restart
        Those of the stream.
    fault : Signal(4)
        Why there are no weights, as the host link says it; 0 where there are.
    """

    def __init__(self, board: Board, stream: FlashStream):
        assert board.flash is not None
        self.flash = board.flash
        self.stream = stream
        self.o, self.restart = stream.o, stream.restart
        self.fault = Signal(4)

    def elaborate(self, platform: Any) -> Module:
        """Join stream and pins."""
        m = Module()
        m.submodules.stream = stream = self.stream
        wrong = Mux(stream.foreign, REASON_BUILD, REASON_DAMAGED)
        m.d.comb += self.fault.eq(Mux(stream.error, wrong, Mux(stream.done, 0, REASON_STALLED)))
        pins = platform.request(self.flash.resource, 0, dir="-")
        m.submodules.cs = cs = io.FFBuffer(io.Direction.Output, pins.cs)
        m.d.comb += cs.o.eq(stream.cs)
        if self.flash.fabric_clock:
            # The pin belongs to configuration, and is reached by this cell alone.
            clk = Signal()
            m.d.sync += clk.eq(stream.sck[0])
            m.submodules.clk = Instance("USRMCLK", i_USRMCLKI=clk, i_USRMCLKTS=C(0))
        else:
            clk = cast(Any, io.DDRBuffer(io.Direction.Output, pins.clk))  # unknown to the stubs
            m.submodules.clk = clk
            m.d.comb += [clk.o[0].eq(stream.sck[0]), clk.o[1].eq(stream.sck[1])]
        if hasattr(pins, "dq"):
            for k in range(4):
                line = io.FFBuffer(io.Direction.Bidir, pins.dq[k])
                m.submodules[f"dq{k}"] = line
                m.d.comb += [
                    line.o.eq(stream.dq_o[k]),
                    line.oe.eq(stream.dq_oe[k]),
                    stream.dq_i[k].eq(line.i),
                ]
            return m
        m.submodules.copi = copi = io.FFBuffer(io.Direction.Output, pins.copi)
        m.submodules.cipo = cipo = io.FFBuffer(io.Direction.Input, pins.cipo)
        m.d.comb += [copi.o.eq(stream.dq_o[0]), stream.dq_i[1].eq(cipo.i)]
        for name in ("wp", "hold"):
            if hasattr(pins, name):
                idle = io.Buffer(io.Direction.Output, getattr(pins, name))
                m.submodules[name] = idle
                m.d.comb += idle.o.eq(0)
        return m
