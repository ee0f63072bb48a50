"""Linked core: a design with a line for pictures and scores, and lamps for the class."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.byte_core import WEIGHT_WORD, ByteCore
from hwgen.rtl.camera_port import CameraPort
from hwgen.rtl.gated_core import GatedCore
from hwgen.rtl.host_link import HostLink
from hwgen.rtl.link_format import REASON_STALLED, REASON_STEP
from hwgen.rtl.spi_slave import SpiSlave
from hwgen.rtl.uart_rx import UartRx
from hwgen.rtl.uart_tx import UartTx

__all__ = ["LinkedCore"]


class LinkedCore(wiring.Component):
    """All of a board's design that is in one clock domain: line, host link and network.

    Pictures come over a UART, and scores go back; with a `source` they come from an SPI host, which
    takes the scores too, or from a camera, whose scores go out by the UART.

    The network is reset before each picture and after each bad frame. With as many lamps as
    classes or more, the lamp of the class is on; with fewer, they show class + 1 in binary, its
    lowest bits. All are off before the first answer and after a refusal.

    Where weights come in for each frame, a picture is refused while ``weights_fault`` says why,
    until the SPRAMs are filled, and when no weight comes for ``silence_cycles``, or up to twice
    that, though one is waited for. While ``weights_fault`` is one that lasts, all lamps blink.

    With a ``pace`` the network is in a clock domain of its own: see `GatedCore`.

    Latency and interval: set by the line; docs/board.md has its format.

    Parameters
    ----------
    core : AxiTop
    pixels : int
        Pixels of a picture.
    divisor : int
        Cycles of a bit on the serial line.
    silence_cycles : int
        Cycles without a byte that end a frame, and without a weight that end the wait for it.
    lamps : int
        Lamps for the class.
    source : SpiSlave, CameraPort or None
        Where pictures come from; None for the UART.
    pace : int or None
        Cycles for one of the network while a picture comes in; None where it has no clock of its
        own. Not where weights come in for each frame.

    Members
    -------
    rx : In(1)
        Only without a ``source``.
    tx : Out(1)
        Not with an `SpiSlave`.
    pins : see ``source``
        Only with one.
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
    run : Out(1)
        The network's clock is wanted. Only with a ``pace``, like the next.
    busy : Out(1)
        The own clock is wanted, whatever comes in. A register.
    """

    rx: Signal
    tx: Signal
    pins: Any
    lamps: Signal
    i_weights: stream.Interface
    weights_restart: Signal
    weights_fault: Signal
    run: Signal
    busy: Signal

    def __init__(
        self,
        *,
        core: AxiTop,
        pixels: int,
        divisor: int,
        silence_cycles: int,
        lamps: int = 0,
        source: SpiSlave | CameraPort | None = None,
        pace: int | None = None,
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
        self.gated = None if pace is None else GatedCore(self.network, pace=pace)
        self.link = HostLink(
            picture_bytes=pixels * self.network.pixel_bytes,
            score_bytes=self.network.score_bytes,
            scores=self.network.scores,
            signed=self.network.signed,
            faults=self.network.streams_weights,
            silence_cycles=silence_cycles if source is None else None,
        )
        self.source = source
        members = {}
        # The stubs know `init` by its old name.
        if source is None:
            members["rx"] = In(1, init=1)  # pyright: ignore[reportCallIssue]
        else:
            members["pins"] = source.signature.members["pins"]
        if not isinstance(source, SpiSlave):
            members["tx"] = Out(1, init=1)  # pyright: ignore[reportCallIssue]
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
        if pace is not None:
            members |= {"run": Out(1), "busy": Out(1, init=1)}  # pyright: ignore[reportCallIssue]
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Join line, link and network."""
        m = Module()
        link, source = self.link, self.source
        network = self.network if self.gated is None else self.gated
        line = UartRx(divisor=self.divisor) if source is None else source
        m.submodules["uart_rx" if source is None else "source"] = line
        if isinstance(line, SpiSlave):
            uart_tx, answers = None, line.i
        else:
            m.submodules.uart_tx = uart_tx = UartTx(divisor=self.divisor)
            answers = uart_tx.i
        m.submodules.link = link
        if self.gated is None:
            m.submodules.network = ResetInserter(link.restart)(network)
        else:
            m.submodules.network = network
            self._gate(m, self.gated, uart_tx)
        wiring.connect(m, line.o, link.i)
        wiring.connect(m, link.o, answers)
        wiring.connect(m, link.o_picture, network.i)
        wiring.connect(m, network.o, link.i_scores)
        if self.network.loads_weights:
            wiring.connect(m, wiring.flipped(self.i_weights), network.i_weights)
        if isinstance(line, UartRx):
            m.d.comb += line.rx.eq(self.rx)
        else:
            wiring.connect(m, wiring.flipped(self.pins), line.pins)
            m.d.comb += link.i_silent.eq(line.silent)
        if uart_tx is not None:
            m.d.comb += self.tx.eq(uart_tx.tx)
        if isinstance(line, CameraPort):
            m.d.comb += line.idle.eq(link.restart)
        m.d.comb += [
            link.i_error.eq(line.error),
            link.complete.eq(network.complete),
            link.best.eq(network.best),
        ]
        blink = self._watch_weights(m) if self.network.streams_weights else None
        if self.lamp_count and self.network.has_class:
            shown = Signal(self.lamp_count)
            m.d.comb += self.lamps.eq(shown if blink is None else shown | blink)
            if self.network.scores <= self.lamp_count:
                pattern = Cat(network.best == k for k in range(self.lamp_count))
            else:
                pattern = (network.best + 1)[: self.lamp_count]
            with m.If(link.done | link.refused):
                m.d.sync += shown.eq(Mux(link.done, pattern, 0))
        elif self.lamp_count and blink is not None:
            m.d.comb += self.lamps.eq(blink)
        return m

    def _gate(self, m: Module, gated: GatedCore, uart_tx: UartTx | None) -> None:
        """Tell the network what is asked of it, and outside whose clock is wanted."""
        link, source = self.link, self.source
        m.d.comb += [
            gated.restart.eq(link.restart),
            gated.computing.eq(link.computing),
            self.run.eq(gated.run),
        ]
        idle = ~gated.run & link.hunting
        if uart_tx is not None:
            idle &= uart_tx.i.ready & ~uart_tx.i.valid
        if source is not None:
            idle &= source.silent
        m.d.sync += self.busy.eq(~idle)

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
