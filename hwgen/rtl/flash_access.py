"""Flash access: an SPI flash from power-on to four bits a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.flash_commands import (
    CONTINUE,
    FAST_READ,
    QUAD_DUMMY_CLOCKS,
    QUAD_ENABLE,
    QUAD_READ,
    Step,
    start_steps,
)
from hwgen.rtl.spi_clock import SpiClock

__all__ = ["FlashAccess"]


class FlashAccess(wiring.Component):
    """Nibbles from any address of an SPI flash, each the upper half of a byte first.

    After reset the flash is woken. With ``quad`` its second status register is read; where quad
    enable is not set it is, volatile, by the command for that register, and if that does not show
    when it is read back, by the one for both. Reads are then quad I/O in continuous mode (one
    address, no command but before the first). Where it still does not show, and without ``quad``,
    they are fast reads on one line.

    SPI mode 0. A clock pulse is one cycle at a divisor of 1: low, then high. So the pin needs a
    register for each half of a cycle (DDR), or, where registers of other pins are not in the pins,
    the inverted clock with a gate. What leaves changes as the clock falls, half a cycle ahead of
    its rise; what comes was sent as the clock fell and is taken a whole cycle later.

    Order: as in the flash. Latency: ``divisor * 12 + latency`` cycles from ``read`` to the first
    nibble in a continuous read, ``40 * divisor`` more on one line, and 1 or 2 beyond. Interval:
    ``divisor`` cycles a nibble, on one line ``4 * divisor``; more where ``go`` is low: the clock
    then stands still.

    Parameters
    ----------
    quad : bool
        Whether four lines are wired.
    divisor : int
        Cycles of a period of the SPI clock. From 2 on both halves of `sck` are the same, and a
        plain pin does.
    latency : int
        Cycles from the last of a clock pulse at `sck` to that in which `dq_i` shows what the lines
        were as it ended: 2 with registers in all pins, 1 to 8.
    wake_cycles : int
        Time that the flash takes to wake up.
    rest_cycles : int
        Least time between two commands.

    Members
    -------
    address : In(24)
    read : In(1)
        Read from ``address`` on until it falls; what is on its way then is lost.
    go : In(1)
        A further nibble may come.
    begun : Out(1)
        It was asked for in this cycle.
    nibble : Out(4)
    strobe : Out(1)
        ``nibble`` is one, in this cycle alone.
    idle : Out(1)
        Waits for ``read``.
    quad_lines : Out(1)
        Reads are on four lines.
    cs : Out(1)
        High where the flash is selected.
    sck : Out(2)
        Level in the first half of a cycle, and in the second.
    dq_o, dq_oe : Out(4)
    dq_i : In(4)
    """

    address: Signal
    read: Signal
    go: Signal
    begun: Signal
    nibble: Signal
    strobe: Signal
    idle: Signal
    quad_lines: Signal
    cs: Signal
    sck: Signal
    dq_o: Signal
    dq_oe: Signal
    dq_i: Signal

    def __init__(
        self,
        *,
        quad: bool,
        divisor: int = 1,
        latency: int = 2,
        wake_cycles: int,
        rest_cycles: int,
    ):
        for name, value in (("divisor", divisor), ("wake_cycles", wake_cycles),
                            ("rest_cycles", rest_cycles)):  # fmt: skip
            if value < 1:
                raise ValueError(f"{name} must be positive, not {value!r}")
        if not 1 <= latency <= 8:
            raise ValueError(f"latency must be from 1 to 8, not {latency!r}")
        self.quad = quad
        self.divisor = divisor
        self.latency = latency
        self.wake_cycles = wake_cycles
        # What is still on its way belongs to the read before.
        self.rest_cycles = max(rest_cycles, latency + 1)
        super().__init__(
            {
                "address": In(24),
                "read": In(1),
                "go": In(1),
                "begun": Out(1),
                "nibble": Out(4),
                "strobe": Out(1),
                "idle": Out(1),
                "quad_lines": Out(1),
                "cs": Out(1),
                "sck": Out(2),
                "dq_o": Out(4),
                "dq_oe": Out(4),
                "dq_i": In(4),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the clock, the lines, and the sequence of commands and reads."""
        m = Module()
        m.submodules.clock = clock = SpiClock(divisor=self.divisor)
        m.d.comb += self.sck.eq(clock.sck)
        wires = _Wires(clock)
        bits, seen = wires.bits, wires.seen
        wide = Signal()  # four lines
        listen = Signal()  # the flash drives what is wide
        # What is sent is picked bit by bit: most is constant, and a register would take more.
        addressed = Cat(C(CONTINUE, 8), self.address)
        single = Cat(self.dq_i[1], seen[:3])
        m.d.comb += [
            # Lines 2 and 3 protect and hold the flash while they are not data: they stay high.
            self.dq_o.eq(Mux(wide, addressed.word_select(bits[:3], 4), Cat(wires.line, 0, 1, 1))),
            # Let go of between commands, so that nobody drives while the flash still does.
            self.dq_oe.eq(Mux(wide, (~listen).replicate(4), 0b1101) & self.cs.replicate(4)),
            self.nibble.eq(Mux(self.quad_lines, self.dq_i, single)),
        ]
        coming = Signal(self.latency)
        m.d.sync += coming.eq(Cat(clock.falls & wires.takes, coming))
        m.d.comb += wires.came.eq(coming[-1] & wires.takes)
        with m.If(wires.came):
            m.d.sync += seen.eq(Cat(self.dq_i[1], seen))

        def shift() -> Value:
            """Send on until no clock is left; tells when that is so."""
            m.d.comb += [self.cs.eq(1), clock.run.eq(1)]
            with m.If(clock.falls):
                m.d.sync += bits.eq(bits - 1)
            return clock.falls & (bits == 0)

        warm = Signal()  # a read begins with its address
        command = Mux(self.quad_lines, C(QUAD_READ, 8), C(FAST_READ, 8))
        now = self._steps(m, wires)
        with m.FSM():
            self._start(m, wires, now, shift)
            with m.State("READY"):
                m.d.comb += self.idle.eq(1)
                m.d.sync += bits.eq(7)
                with m.If(self.read):
                    m.next = "COMMAND"
                    with m.If(warm):
                        m.next = "ADDRESS"
            with m.State("COMMAND"):
                m.d.comb += wires.line.eq(command.bit_select(bits[:3], 1))
                with m.If(shift()):
                    # On one line the mode bits are the dummy clocks.
                    m.d.sync += bits.eq(Mux(self.quad_lines, 7, 31))
                    m.next = "ADDRESS"
            with m.State("ADDRESS"):
                m.d.comb += [
                    wide.eq(self.quad_lines),
                    wires.line.eq(addressed.bit_select(bits, 1)),
                ]
                with m.If(shift()):
                    m.d.sync += [warm.eq(self.quad_lines), bits.eq(QUAD_DUMMY_CLOCKS - 1)]
                    m.next = "DATA"
                    with m.If(self.quad_lines):
                        m.next = "DUMMY"
            with m.State("DUMMY"):
                m.d.comb += [wide.eq(1), listen.eq(1)]
                with m.If(shift()):
                    m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += [wide.eq(self.quad_lines), listen.eq(1)]
                self._data(m, wires)
        return m

    def _steps(self, m: Module, wires: "_Wires") -> "_Start":
        """What is sent ahead of all reads, and which of it is."""
        status_2 = Signal(8)
        now = _Start(
            steps := start_steps(quad=self.quad, status_1=wires.seen, status_2=status_2),
            status_2,
            Signal(range(len(steps) + 1)),
        )
        with m.Switch(now.step):
            for k, kind in enumerate(steps):
                with m.Case(k):
                    m.d.comb += [
                        wires.line.eq(kind.bit(wires.bits)),
                        now.asks.eq(kind.answered),
                        now.judges.eq(kind.judged),
                        now.wakes.eq(kind.wakes),
                    ]
        return now

    def _start(self, m: Module, wires: "_Wires", now: "_Start", shift: Callable[[], Value]) -> None:
        """States from reset until reads may begin, and the rest between commands."""
        clock, bits, seen = wires.clock, wires.bits, wires.seen
        steps, step, status_2 = now.steps, now.step, now.status_2
        timer = Signal(range(max(self.wake_cycles, self.rest_cycles)))
        with m.State("REST"):
            m.d.sync += timer.eq(Mux(timer == 0, self.rest_cycles - 1, timer - 1))
            with m.If(timer == 0):
                m.next = "READY"
                with m.Switch(step):
                    for k, kind in enumerate(steps):
                        with m.Case(k):
                            m.d.sync += bits.eq(len(kind.sent) - 1)
                            m.next = "SEND"
        with m.State("SEND"):
            with m.If(shift()):
                m.d.sync += bits.eq(7)
                m.next = "ANSWER"
                with m.If(~now.asks):
                    m.d.sync += step.eq(step + 1)
                    m.next = "REST"
                with m.If(now.wakes):
                    m.d.sync += timer.eq(self.wake_cycles - 1)
        with m.State("ANSWER"):
            # Clocks beyond the answer give it again, and nobody looks.
            m.d.comb += [wires.takes.eq(1), self.cs.eq(1), clock.run.eq(1)]
            with m.If(wires.came):
                m.d.sync += bits.eq(bits - 1)
                with m.If(bits == 0):
                    m.next = "JUDGE"
        with m.State("JUDGE"):
            m.d.comb += self.cs.eq(1)
            with m.If(clock.between):
                m.d.sync += step.eq(step + 1)
                m.next = "REST"
                with m.If(now.judges):
                    m.d.sync += status_2.eq(seen)
                    with m.If((seen & QUAD_ENABLE).any()):
                        m.d.sync += [self.quad_lines.eq(1), step.eq(len(steps))]

    def _data(self, m: Module, wires: "_Wires") -> None:
        """What happens while data are read."""
        clock = wires.clock
        part = Signal(2)  # of a nibble on one line, the clock that begins
        got = Signal(2)  # and the bit that comes
        m.d.comb += [
            self.cs.eq(1),
            wires.takes.eq(self.read),
            clock.run.eq(self.read & (self.go | (part != 0))),
            self.begun.eq(clock.begins & (part == 0)),
            self.strobe.eq(wires.came & (self.quad_lines | (got == 3))),
        ]
        with m.If(clock.begins & ~self.quad_lines):
            m.d.sync += part.eq(part + 1)
        with m.If(wires.came):
            m.d.sync += got.eq(got + 1)
        with m.If(~self.read & clock.between):
            m.d.sync += [part.eq(0), got.eq(0)]
            m.next = "REST"


@dataclass
class _Wires:
    """What the parts of a `FlashAccess` tell one another."""

    clock: SpiClock
    line: Signal = field(default_factory=Signal)
    """What is sent on one line."""
    bits: Signal = field(default_factory=lambda: Signal(range(32)))
    """Clocks still to come after this one."""
    takes: Signal = field(default_factory=Signal)
    """What the flash answers to this clock is looked at."""
    came: Signal = field(default_factory=Signal)
    """An answer is there."""
    seen: Signal = field(default_factory=lambda: Signal(8))
    """What came on one line."""


@dataclass
class _Start:
    """Steps ahead of all reads, the one that is sent, and what is to be known of it."""

    steps: list[Step]
    status_2: Signal
    step: Signal
    asks: Signal = field(default_factory=Signal)
    judges: Signal = field(default_factory=Signal)
    wakes: Signal = field(default_factory=Signal)
