"""Linked core: a design with a serial line for pictures and scores, and lamps for the class."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.byte_core import WEIGHT_WORD, ByteCore
from hwgen.rtl.host_link import HostLink
from hwgen.rtl.link_format import REASON_STALLED, REASON_STEP
from hwgen.rtl.uart_rx import UartRx
from hwgen.rtl.uart_tx import UartTx

__all__ = ["LinkedCore"]


class LinkedCore(wiring.Component):
    """All of a board's design that is in one clock domain: UART, host link and network.

    The network is reset before each picture and after each bad frame. With as many lamps as
    classes or more, the lamp of the class is on; with fewer, they show class + 1 in binary, its
    lowest bits. All are off before the first answer and after a refusal.

    Where weights come in for each frame, a picture is refused while ``weights_fault`` says why,
    until the SPRAMs are filled, and when no weight comes for ``silence_cycles``, or up to twice
    that, though one is waited for. While ``weights_fault`` is one that lasts, all lamps blink.

    Latency and interval: set by the line; docs/board.md has its format.

    Parameters
    ----------
    core : AxiTop
    pixels : int
        Pixels of a picture.
    divisor : int
        Cycles of a bit on the line.
    silence_cycles : int
        Cycles without a byte that end a frame, and without a weight that end the wait for it.
    lamps : int
        Lamps for the class.

    Members
    -------
    rx : In(1)
    tx : Out(1)
    lamps : Out(lamps)
        Only where there are any.
    i_weights : see `ByteCore`
        What fills the network's SPRAMs, in reset too, and the weights of each frame; only where it
        has any.
    weights_restart : Out(1)
        The next word is the first of a packet. Only where weights come in for each frame.
    weights_fault : In(4)
        Why pictures are refused: ``REASON_STALLED`` while weights cannot come yet, another reason
        for good, or 0. Only where weights come in for each frame.
    """

    rx: Signal
    tx: Signal
    lamps: Signal
    i_weights: stream.Interface
    weights_restart: Signal
    weights_fault: Signal

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
        self.silence_cycles = silence_cycles
        self.network = ByteCore(core=core)
        self.link = HostLink(
            picture_bytes=pixels * self.network.pixel_bytes,
            score_bytes=self.network.score_bytes,
            scores=self.network.scores,
            signed=self.network.signed,
            faults=self.network.streams_weights,
            silence_cycles=silence_cycles,
        )
        # The stubs know `init` by its old name.
        members = {
            "rx": In(1, init=1),  # pyright: ignore[reportCallIssue]
            "tx": Out(1, init=1),  # pyright: ignore[reportCallIssue]
        }
        if lamps:
            members["lamps"] = Out(lamps)
        if self.network.streams_weights:
            members |= {
                "i_weights": In(stream.Signature(WEIGHT_WORD)),
                "weights_restart": Out(1),
                "weights_fault": In(4),
            }
        elif self.network.loads_weights:
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
        blink = self._watch_weights(m) if network.streams_weights else None
        if self.lamp_count and network.has_class:
            shown = Signal(self.lamp_count)
            m.d.comb += self.lamps.eq(shown if blink is None else shown | blink)
            if network.scores <= self.lamp_count:
                pattern = Cat(network.best == k for k in range(self.lamp_count))
            else:
                pattern = (network.best + 1)[: self.lamp_count]
            with m.If(link.done | link.refused):
                m.d.sync += shown.eq(Mux(link.done, pattern, 0))
        elif self.lamp_count and blink is not None:
            m.d.comb += self.lamps.eq(blink)
        return m

    def _watch_weights(self, m: Module) -> Value:
        """Refuse pictures that get no weights; gives the level of lamps that blink."""
        network, link = self.network, self.link
        # Its uppermost bit tells that it has been long enough, and blinks.
        timer = Signal(bits_for(self.silence_cycles - 1) + 1)
        waits = Signal()
        lasts = (self.weights_fault != 0) & (self.weights_fault != REASON_STALLED)
        m.d.comb += [
            self.weights_restart.eq(link.restart),
            waits.eq(self.i_weights.ready & ~self.i_weights.valid & ~link.restart),
            link.fault.eq(self.weights_fault),
        ]
        with m.If(lasts | (waits & ~timer[-1])):
            m.d.sync += timer.eq(timer + 1)
        with m.Elif(~waits):
            m.d.sync += timer.eq(0)
        with m.If(self.weights_fault == 0):
            with m.If(network.out_of_step):
                m.d.comb += link.fault.eq(REASON_STEP)
            with m.Elif(~network.loaded | (waits & timer[-1])):
                m.d.comb += link.fault.eq(REASON_STALLED)
        return (timer[-1] & lasts).replicate(self.lamp_count)
