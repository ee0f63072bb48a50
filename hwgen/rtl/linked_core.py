"""Linked core: a design with a serial line for pictures and scores, and lamps for the class."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.byte_core import ByteCore
from hwgen.rtl.host_link import HostLink
from hwgen.rtl.uart_rx import UartRx
from hwgen.rtl.uart_tx import UartTx

__all__ = ["LinkedCore"]


class LinkedCore(wiring.Component):
    """All of a board's design that is in one clock domain: UART, host link and network.

    The network is reset before each picture and after each bad frame. With as many lamps as
    classes or more, the lamp of the class is on; with fewer, they show class + 1 in binary, its
    lowest bits. All are off before the first answer and after a refusal.

    Latency and interval: set by the line; docs/board.md has its format.

    Parameters
    ----------
    core : AxiTop
    pixels : int
        Pixels of a picture.
    divisor : int
        Cycles of a bit on the line.
    silence_cycles : int
        Cycles without a byte that end a frame.
    lamps : int
        Lamps for the class.

    Members
    -------
    rx : In(1)
    tx : Out(1)
    lamps : Out(lamps)
        Only where there are any.
    i_weights : In(stream.Signature(16))
        What fills the network's SPRAMs, in reset too; only where it has any.
    """

    rx: Signal
    tx: Signal
    lamps: Signal
    i_weights: stream.Interface

    def __init__(
        self, *, core: AxiTop, pixels: int, divisor: int, silence_cycles: int, lamps: int = 0
    ):
        if pixels < 1:
            raise ValueError(f"pixels must be positive, not {pixels!r}")
        if lamps < 0:
            raise ValueError(f"lamps must be zero or more, not {lamps!r}")
        if silence_cycles <= 10 * divisor:
            raise ValueError(
                f"silence_cycles must be more than the {10 * divisor} of a byte, "
                f"not {silence_cycles!r}"
            )
        self.divisor = divisor
        self.lamp_count = lamps
        self.network = ByteCore(core=core)
        self.link = HostLink(
            picture_bytes=pixels * self.network.pixel_bytes,
            score_bytes=self.network.score_bytes,
            scores=self.network.scores,
            signed=self.network.signed,
            silence_cycles=silence_cycles,
        )
        # The stubs know `init` by its old name.
        members = {
            "rx": In(1, init=1),  # pyright: ignore[reportCallIssue]
            "tx": Out(1, init=1),  # pyright: ignore[reportCallIssue]
        }
        if lamps:
            members["lamps"] = Out(lamps)
        if self.network.loads_weights:
            members["i_weights"] = In(stream.Signature(unsigned(16)))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Join line, link and network."""
        m = Module()
        m.submodules.uart_rx = uart_rx = UartRx(divisor=self.divisor)
        m.submodules.uart_tx = uart_tx = UartTx(divisor=self.divisor)
        m.submodules.link = link = self.link
        m.submodules.network = ResetInserter(link.restart)(self.network)
        network = self.network
        wiring.connect(m, uart_rx.o, link.i)
        wiring.connect(m, link.o, uart_tx.i)
        wiring.connect(m, link.o_picture, network.i)
        wiring.connect(m, network.o, link.i_scores)
        if network.loads_weights:
            wiring.connect(m, wiring.flipped(self.i_weights), network.i_weights)
        m.d.comb += [
            uart_rx.rx.eq(self.rx),
            self.tx.eq(uart_tx.tx),
            link.i_error.eq(uart_rx.error),
            link.complete.eq(network.complete),
            link.best.eq(network.best),
        ]
        if self.lamp_count and network.has_class:
            shown = Signal(self.lamp_count)
            m.d.comb += self.lamps.eq(shown)
            if network.scores <= self.lamp_count:
                pattern = Cat(network.best == k for k in range(self.lamp_count))
            else:
                pattern = (network.best + 1)[: self.lamp_count]
            with m.If(link.done | link.refused):
                m.d.sync += shown.eq(Mux(link.done, pattern, 0))
        return m
