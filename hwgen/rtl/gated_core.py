"""Gated core: a network on a clock that runs only while there is something to do."""

from typing import Any

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    DomainRenamer,
    Module,
    ResetSignal,
    Signal,
    unsigned,
)
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from hwgen.rtl.byte_core import ByteCore
from hwgen.rtl.handover import Handover

__all__ = ["CORE", "GatedCore"]

CORE = "core"
"""The network's clock domain; what makes it is told by ``run`` when it is wanted."""

SETTLE_CYCLES = 16
"""For which the network's clock runs on when it is reset: by then every part of it is."""


class GatedCore(wiring.Component):
    """A `ByteCore` in domain `CORE`, everything else of it in ``sync``, and when its clock runs.

    Both clocks come from the same source, but the way of one of them is longer: what passes from
    one to the other is handed over. While a picture comes in, the network gets a cycle of ``pace``,
    and every one while a byte waits for it; then every one until all values of the picture are
    there, and as many as it takes to fetch them. Between pictures it gets none, and in reset of
    ``sync`` every one.

    Order: as a `ByteCore`'s. Latency: 3 cycles more each way. Interval: as a `ByteCore`'s, but
    that a byte takes 6 cycles to go in or out.

    Parameters
    ----------
    core : ByteCore
        Whose weights do not come in for each frame.
    pace : int
        Cycles of ``sync`` for one of the network while a picture comes in.

    Members
    -------
    i, o, complete, best, i_weights : see `ByteCore`
        Weights come while ``sync`` is in reset by a `ResetInserter`.
    restart : In(1)
        Resets the network; between it and the first byte there are `SETTLE_CYCLES` or more.
    computing : In(1)
        The whole picture is there.
    run : Out(1)
        The network's clock is wanted; a register.
    """

    i: stream.Interface
    o: stream.Interface
    complete: Signal
    best: Signal
    i_weights: stream.Interface
    restart: Signal
    computing: Signal
    run: Signal

    def __init__(self, core: ByteCore, *, pace: int):
        if core.streams_weights:
            raise ValueError("weights of the core must not come in for each frame")
        if pace < 1:
            raise ValueError(f"pace must be positive, not {pace!r}")
        self.core = core
        self.pace = pace
        octets = stream.Signature(unsigned(8))
        members = {
            "i": In(octets),
            "o": Out(octets),
            "complete": Out(1),
            "best": Out(16),
            "restart": In(1),
            "computing": In(1),
            "run": Out(1, init=1),  # pyright: ignore[reportCallIssue]
        }
        if core.loads_weights:
            members["i_weights"] = In(stream.Signature(unsigned(16)))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Put the network on its clock, hand over what passes, and say when it runs."""
        m = Module()
        core = DomainRenamer(CORE)(self.core)
        m.submodules.core = core
        inner = self.core
        reset = Signal(init=1)
        m.submodules.reset = FFSynchronizer(self.restart, reset, o_domain=CORE, init=1)
        m.d.comb += ResetSignal(CORE).eq(reset)

        m.submodules.picture = picture = self._restarted(m, "picture", to_core=True)
        m.submodules.values = values = self._restarted(m, "values", to_core=False)
        wiring.connect(m, wiring.flipped(self.i), picture.i)
        wiring.connect(m, picture.o, inner.i)
        wiring.connect(m, inner.o, values.i)
        wiring.connect(m, values.o, wiring.flipped(self.o))
        m.submodules.complete = FFSynchronizer(inner.complete, self.complete)
        m.d.comb += self.best.eq(inner.best)  # steady once `complete` is

        settle = Signal(range(SETTLE_CYCLES + 1), init=SETTLE_CYCLES)
        with m.If(~self.restart):
            m.d.sync += settle.eq(SETTLE_CYCLES)
        with m.Elif(settle != 0):
            m.d.sync += settle.eq(settle - 1)
        tick = Signal()
        if self.pace == 1:
            m.d.comb += tick.eq(1)
        else:
            timer = Signal(range(self.pace))
            m.d.comb += tick.eq(timer == 0)
            m.d.sync += timer.eq(timer - 1)
            with m.If(tick):
                m.d.sync += timer.eq(self.pace - 1)
        waited_for = picture.waits | self.i.valid | self.computing | tick
        m.d.sync += self.run.eq(
            (self.restart & (settle != 0))
            | (~self.restart & ~self.complete & waited_for)
            | (self.o.ready & ~self.o.valid)
        )
        if inner.loads_weights:
            self._load(m, inner)
        return m

    def _restarted(self, m: Module, prefix: str, *, to_core: bool) -> Any:
        """A handover that is reset on both sides with the network."""
        line = f"{prefix}_line"
        m.domains += ClockDomain(line, local=True)
        m.d.comb += [
            ClockSignal(line).eq(ClockSignal()),
            ResetSignal(line).eq(ResetSignal() | self.restart),
        ]
        names = {"give": line, "take": CORE} if to_core else {"give": CORE, "take": line}
        return DomainRenamer(names)(Handover(unsigned(8)))

    def _load(self, m: Module, inner: ByteCore) -> None:
        """Hand over weights though both sides are in reset."""
        m.domains += [ClockDomain(name, reset_less=True, local=True) for name in ("words", "loads")]
        m.d.comb += [
            ClockSignal("words").eq(ClockSignal()),
            ClockSignal("loads").eq(ClockSignal(CORE)),
        ]
        # The stubs know no attributes of what is renamed.
        weights: Any = DomainRenamer({"give": "words", "take": "loads"})(Handover(unsigned(16)))
        m.submodules.weights = weights
        wiring.connect(m, wiring.flipped(self.i_weights), weights.i)
        wiring.connect(m, weights.o, inner.i_weights)
