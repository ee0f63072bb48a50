"""The SDRAM of a board as the source of weights: filled from the flash, read for each frame."""

from typing import Any

from amaranth.hdl import Cat, Elaboratable, Module, Mux, Signal
from amaranth.lib import io, wiring

from hwgen.boards.flash import FlashPins
from hwgen.errors import DeviceError
from hwgen.rtl.link_format import REASON_STALLED
from hwgen.rtl.packet_restart import PacketRestart
from hwgen.rtl.sdram import SdramReader
from hwgen.sizes.sdram_part import SDRAMS, SdramTiming

__all__ = ["SdramPins", "sdram_reader"]

PIN_EDGES = 2
"""Edges that the registers of the pins take, on the way there and back."""

MOST_MHZ = 50.0
"""Clock up to which half of its period is enough for the part, see `SdramReader`."""


def sdram_reader(name: str, board: str, clock_mhz: float, words: int) -> SdramReader:
    """Reader of a packet of so many words.

    Parameters
    ----------
    name : str
        Of the design, for messages.
    board : str
        One of `SDRAMS`.

    Raises
    ------
    DeviceError
        If the clock is none for the memory, or the packet is larger than it.
    """
    part = SDRAMS[board]
    if clock_mhz > MOST_MHZ:
        raise DeviceError(
            f"{name}: the SDRAM of {board} is read at {MOST_MHZ:g} MHz at most, "
            f"not at {clock_mhz:g} MHz"
        )
    if words > part.words:
        raise DeviceError(
            f"{name}: its {words:,} words of weights are more than the {part.words:,} of the SDRAM "
            f"of {board}"
        )
    try:
        timing = SdramTiming.at(part, clock_mhz)
    except ValueError as error:
        raise DeviceError(f"{name}: the SDRAM of {board}: {error}") from error
    return SdramReader(
        part=part, clock_mhz=clock_mhz, load_words=0, packet_words=words, timing=timing,
        depth=timing.longest_gap + 8, capture_cycles=timing.cas + PIN_EDGES,
    )  # fmt: skip


class SdramPins(Elaboratable):
    """An `SdramReader` on the pins of a board, and the flash that fills it after power-on.

    Every pin has its register; the part's clock is the inverse of the design's.

    Attributes
    ----------
    o : stream of {data: 16, last: 1}
        Packets.
    restart : Signal
        See `PacketRestart`.
    fault : Signal(4)
        Why there are no weights, as the host link says it; 0 where there are.
    """

    def __init__(self, flash: FlashPins, reader: SdramReader):
        self.flash = flash
        self.reader = reader
        self.packets = PacketRestart()
        self.o = self.packets.o
        self.restart = self.packets.restart
        self.fault = Signal(4)

    def elaborate(self, platform: Any) -> Module:
        """Join flash, memory and pins."""
        m = Module()
        m.submodules.flash = flash = self.flash
        m.submodules.reader = reader = self.reader
        m.submodules.packets = packets = self.packets
        filling = flash.stream.o
        m.d.comb += [
            reader.i.payload.eq(filling.payload.data),
            reader.i.valid.eq(filling.valid),
            filling.ready.eq(reader.i.ready & ~reader.filled),
            self.fault.eq(
                Mux(flash.fault != 0, flash.fault, Mux(reader.filled, 0, REASON_STALLED))
            ),
        ]
        wiring.connect(m, reader.o, packets.i)
        pins = platform.request("sdram", 0, dir="-")
        # The stubs know no members of it.
        clk: Any = io.DDRBuffer(io.Direction.Output, pins.clk)
        m.submodules.clk = clk
        m.d.comb += [clk.o[0].eq(0), clk.o[1].eq(1)]
        outputs = {name: getattr(reader, name) for name in ("cs", "we", "ras", "cas", "ba", "a")}
        outputs |= {"clk_en": reader.cke, "dqm": reader.dqm}
        for name, value in outputs.items():
            if hasattr(pins, name):
                buffer = io.FFBuffer(io.Direction.Output, getattr(pins, name))
                m.submodules[name] = buffer
                m.d.comb += buffer.o.eq(value)
        lines = []
        for k in range(len(pins.dq)):
            line = io.FFBuffer(io.Direction.Bidir, pins.dq[k])
            m.submodules[f"dq{k}"] = line
            m.d.comb += [line.o.eq(reader.dq_o[k]), line.oe.eq(reader.dq_oe)]
            lines.append(line.i)
        m.d.comb += reader.dq_i.eq(Cat(*lines))
        return m
