# amaranth: UnusedElaboratable=no

"""A linked core whose clocks stop between pictures, with a network that adds up pixels."""

from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.boards.frames import Refusal, encode
from hwgen.boards.gating import GATED_BYTE_CYCLES, GATED_FRAME_CYCLES
from hwgen.rtl.camera_port import CAMERA_PINS, CameraPort
from hwgen.rtl.gated_core import CORE, GatedCore
from hwgen.rtl.link_format import PICTURE, REASON_CRC
from hwgen.rtl.linked_core import LinkedCore
from hwgen.rtl.wake_up import WakeUp
from tests.camera_bench import idle_levels, picture_levels
from tests.hwgen.rtl.test_linked_sources import (
    BYTES,
    DIVISOR,
    LINES,
    PICTURES,
    Adder,
    answers,
    result,
    serial_bytes,
)

SILENCE = 100
HOLD = 20 * DIVISOR
FRAME_CYCLES = (LINES * BYTES + 10) * 10 * DIVISOR
ANSWER_CYCLES = 17 * 10 * (DIVISOR + 1)
PAUSE_CYCLES = 1000


class Board(wiring.Component):
    """The clocks of a board around a linked core: ``always`` never stops."""

    def __init__(self, cycles: int, pace: int, source: CameraPort | None = None):
        self.source = source
        self.wake = WakeUp(rest=1 if source is None else 0, hold_cycles=HOLD)
        self.linked = LinkedCore(
            core=Adder(cycles),  # pyright: ignore[reportArgumentType]
            pixels=LINES * BYTES,
            divisor=DIVISOR,
            silence_cycles=SILENCE,
            source=source,
            pace=pace,
        )
        self.cycles = [Signal(32, reset_less=True), Signal(32, reset_less=True)]
        self.levels = {name: Signal(8) for name in CAMERA_PINS.members}
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1)})  # pyright: ignore

    def elaborate(self, platform: object) -> Module:
        m = Module()
        linked, wake = self.linked, self.wake
        m.domains += [
            ClockDomain("always", reset_less=True),
            ClockDomain("sync"),
            ClockDomain(CORE),
        ]
        m.submodules.linked = linked
        m.submodules.wake = DomainRenamer("always")(wake)
        run = Signal(init=1)
        m.submodules.run = FFSynchronizer(linked.run, run, o_domain="always", init=1)
        m.d.comb += [
            ClockSignal("sync").eq(ClockSignal("always") | ~wake.awake),
            ClockSignal(CORE).eq(ClockSignal("always") | ~run),
            ResetSignal("sync").eq(0),
            wake.busy.eq(linked.busy),
            self.tx.eq(linked.tx),
        ]
        if self.source is None:
            m.d.comb += [wake.line.eq(self.rx), linked.rx.eq(wake.late)]
        else:
            m.d.comb += wake.line.eq(self.levels["frame"])
            m.d.comb += [getattr(linked.pins, n).eq(level) for n, level in self.levels.items()]
        link, core = self.cycles
        m.d.sync += link.eq(link + 1)
        m.d[CORE] += core.eq(core + 1)
        return m


def played(frames: list[bytes], cycles: int = 1, pace: int = 1):
    """Answers to frames with pauses between them; cycles of both clocks for each and its pause."""
    dut = Board(cycles, pace)
    bits: list[int] = []
    counts: list[list[int]] = []

    async def bench(ctx) -> None:
        async def pass_by(level: int, cycles: int) -> None:
            ctx.set(dut.rx, level)
            for _ in range(cycles):
                await ctx.tick("always")
                bits.append(ctx.get(dut.tx))

        async def frame(data: bytes) -> None:
            for octet in data:
                for level in (0, *(octet >> k & 1 for k in range(8)), 1):
                    await pass_by(level, DIVISOR)

        await pass_by(1, PAUSE_CYCLES)
        for data in frames:
            for part in ("frame", "answer", "pause"):
                before = [ctx.get(x) for x in dut.cycles]
                if part == "frame":
                    await frame(data)
                else:
                    # The sender of a bad frame is answered after silence.
                    await pass_by(1, PAUSE_CYCLES if part == "pause" else SILENCE + ANSWER_CYCLES)
                now = [ctx.get(x) for x in dut.cycles]
                counts.append([b - a for a, b in zip(before, now, strict=True)])

    simulator = Simulator(dut)
    simulator.add_clock(1e-6, domain="always")
    simulator.add_testbench(bench)
    simulator.run()
    return answers(serial_bytes(bits)), counts


GOOD = [encode(PICTURE, k, PICTURES[k].tobytes()) for k in range(3)]


@pytest.mark.parametrize(("cycles", "pace"), [(1, 1), (1, 20), (30, 1), (30, 3), (38, 7)])
def test_scores_are_right_and_both_clocks_stand_still_between_pictures(cycles, pace):
    found, counts = played(GOOD, cycles, pace)
    assert found == [(k, result(k)) for k in range(3)]
    for pause in counts[2::3]:
        assert pause == [0, 0]


def test_the_network_gets_no_more_cycles_than_its_pace_and_its_work():
    _, every = played(GOOD[:1], cycles=8, pace=1)
    _, paced = played(GOOD[:1], cycles=8, pace=20)
    (_, frame), (_, paced_frame) = every[0], paced[0]
    assert frame > FRAME_CYCLES * 0.8
    # As many as it works, those in which a byte is handed over, and those of its pace.
    assert paced_frame < LINES * BYTES * (8 + 6) + FRAME_CYCLES // 20


def test_a_bad_frame_is_refused_and_the_next_picture_is_right():
    bad = bytearray(GOOD[0])
    bad[10] ^= 1
    found, counts = played([bytes(bad), GOOD[1]], cycles=20, pace=4)
    assert found == [(0, Refusal(REASON_CRC, LINES * BYTES)), (1, result(1))]
    assert counts[2] == [0, 0]


def test_a_pulse_that_is_no_byte_wakes_the_link_for_a_while_and_hurts_nothing():
    found, _ = played([b"\xff", GOOD[2]], cycles=3, pace=5)
    assert found == [(2, result(2))]


@pytest.mark.parametrize(("cycles", "pace"), [(1, 1), (5, 3), (8, 9)])
def test_a_camera_wakes_its_board_and_each_of_its_bytes_arrives(cycles, pace):
    dut = Board(cycles, pace, CameraPort(line_bytes=BYTES, lines=LINES))
    bits: list[int] = []
    counts: list[list[int]] = []

    async def bench(ctx) -> None:
        for picture in PICTURES[:3]:
            slow = {"half": GATED_BYTE_CYCLES // 2, "gap": GATED_FRAME_CYCLES}
            parts = (
                idle_levels(PAUSE_CYCLES // 2),
                chain(picture_levels(picture, **slow), idle_levels(ANSWER_CYCLES + PAUSE_CYCLES)),
            )
            for levels in parts:
                before = [ctx.get(x) for x in dut.cycles]
                for level in levels:
                    for name, value in level.items():
                        ctx.set(dut.levels[name], value)
                    await ctx.tick("always")
                    bits.append(ctx.get(dut.tx))
                counts.append([ctx.get(x) - was for x, was in zip(dut.cycles, before, strict=True)])

    simulator = Simulator(dut)
    simulator.add_clock(1e-6, domain="always")
    simulator.add_testbench(bench)
    simulator.run()
    assert answers(serial_bytes(bits)) == [(k + 1, result(k)) for k in range(3)]
    assert counts[2] == counts[4] == [0, 0]


def test_parameters_that_cannot_be_are_refused():
    core: Any = SimpleNamespace(streams_weights=False)
    with pytest.raises(ValueError, match=r"^pace must be positive, not 0$"):
        GatedCore(core, pace=0)
    streamed: Any = SimpleNamespace(streams_weights=True)
    with pytest.raises(ValueError, match=r"^weights of the core must not come in for each frame$"):
        GatedCore(streamed, pace=1)
    with pytest.raises(ValueError, match=r"^hold_cycles must be at least 8, not 7$"):
        WakeUp(rest=1, hold_cycles=7)
