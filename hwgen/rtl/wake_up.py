"""Wake-up: tells when a line moves, and for how long what listens to it has to be awake."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["WakeUp"]


class WakeUp(wiring.Component):
    """Awake while a line moves, while what listens is busy, and ``hold_cycles`` longer.

    Its own clock never stops. The line goes on a few cycles late, so that nobody who wakes up with
    it misses its first edge, and each level is as long as it came.

    Latency: 3 cycles from an edge of ``line`` to ``awake``, 5 to ``late``.

    Parameters
    ----------
    rest : int
        Level of the line at rest.
    hold_cycles : int
        More than there can be between two edges of the line before ``busy``, and 8 more.

    Members
    -------
    line : In(1)
        Not synchronised.
    late : Out(1)
        The same later.
    busy : In(1)
        Of another clock.
    awake : Out(1)
        A register.
    """

    line: Signal
    late: Signal
    busy: Signal
    awake: Signal

    def __init__(self, *, rest: int, hold_cycles: int):
        if hold_cycles < 8:
            raise ValueError(f"hold_cycles must be at least 8, not {hold_cycles!r}")
        self.rest = rest
        self.hold_cycles = hold_cycles
        # The stubs know `init` by its old name.
        super().__init__(
            {
                "line": In(1, init=rest),  # pyright: ignore[reportCallIssue]
                "late": Out(1, init=rest),  # pyright: ignore[reportCallIssue]
                "busy": In(1),
                "awake": Out(1, init=1),  # pyright: ignore[reportCallIssue]
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the synchronisers, the delay and the timer."""
        m = Module()
        now, busy = Signal(init=self.rest), Signal(init=1)
        m.submodules.line = FFSynchronizer(self.line, now, init=self.rest)
        m.submodules.busy = FFSynchronizer(self.busy, busy, init=1)
        before = Signal(init=self.rest)
        between = Signal(init=self.rest)
        m.d.sync += [before.eq(now), between.eq(before), self.late.eq(between)]
        left = Signal(range(self.hold_cycles + 1), init=self.hold_cycles)
        m.d.sync += self.awake.eq(left != 0)
        with m.If((now != before) | busy):
            m.d.sync += [left.eq(self.hold_cycles), self.awake.eq(1)]
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return m
