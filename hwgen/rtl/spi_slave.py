"""SPI slave: bytes from a host that clocks them, and bytes back."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["LEAST_HALF_CYCLES", "SPI_PINS", "SpiSlave"]

LEAST_HALF_CYCLES = 4
"""Cycles for which the host has to hold its clock high, and low, and select ahead of it."""

SPI_PINS = wiring.Signature({"cs": In(1), "sck": In(1), "copi": In(1), "cipo": Out(1)})
"""``cs`` is high while the host selects the slave."""


class SpiSlave(wiring.Component):
    """Bytes in both directions at once, mode 0: sampled as the clock rises, changed as it falls.

    While a byte comes, one that ``i`` offers goes back, and zeros where it offers none as the byte
    begins. Whatever was lost, the next byte begins when the slave is selected again.

    Order: bytes as they come, bits from the most significant one.
    Latency: ``o.valid`` rises 4 cycles after the clock rises for the last bit; ``cipo`` changes 4
    cycles after it falls. Interval: set by the host; a byte that is not taken before the next one
    ends is lost.

    Members
    -------
    pins : Out(SPI_PINS)
        The lines, not synchronised.
    i : In(stream.Signature(8))
        Taken as the first bit is sampled, so that one that the host does not clock stays.
    o : Out(stream.Signature(8))
    error : Out(1)
        High for a cycle where a byte was lost, or its end did not come.
    silent : Out(1)
        The slave is not selected.
    """

    pins: Any
    i: stream.Interface
    o: stream.Interface
    error: Signal
    silent: Signal

    def __init__(self):
        octets = stream.Signature(unsigned(8))
        super().__init__(
            {
                "pins": Out(SPI_PINS),
                "i": In(octets),
                "o": Out(octets),
                "error": Out(1),
                "silent": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the synchronisers and both shift registers."""
        m = Module()
        lines = {name: Signal(name=name) for name in ("cs", "sck", "copi")}
        for name, line in lines.items():
            m.submodules[name] = FFSynchronizer(getattr(self.pins, name), line)
        cs, sck, copi = lines.values()
        was_high, was_selected = Signal(), Signal()
        m.d.sync += [was_high.eq(sck), was_selected.eq(cs)]

        left = Signal(3)  # bits of the byte that came, modulo 8
        shift_in, shift_out = Signal(7), Signal(8)
        offered = Signal()  # what goes back is a byte of `i`
        rises, falls = Signal(), Signal()
        m.d.comb += [
            rises.eq(cs & sck & ~was_high),
            falls.eq(cs & ~sck & was_high),
            self.silent.eq(~cs),
            self.pins.cipo.eq(shift_out[7]),
            self.i.ready.eq(rises & (left == 0) & offered),
        ]
        m.d.sync += self.error.eq(0)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(rises):
            m.d.sync += [shift_in.eq(Cat(copi, shift_in)), left.eq(left + 1)]
            with m.If(left == 7):
                m.d.sync += [
                    self.o.payload.eq(Cat(copi, shift_in)),
                    self.o.valid.eq(1),
                    self.error.eq(self.o.valid & ~self.o.ready),
                ]
        with m.If((cs & ~was_selected) | (falls & (left == 0))):
            m.d.sync += [
                offered.eq(self.i.valid),
                shift_out.eq(Mux(self.i.valid, self.i.payload, 0)),
            ]
        with m.Elif(falls):
            m.d.sync += shift_out.eq(shift_out << 1)
        with m.If(~cs):
            m.d.sync += left.eq(0)
            with m.If(was_selected):
                m.d.sync += self.error.eq(left != 0)
        return m
