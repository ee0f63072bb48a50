"""A linked core whose weights come in for each frame: what it refuses, and what its lamps show."""

from types import SimpleNamespace

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.boards.frames import Refusal, Result, encode, take_frame, understand
from hwgen.rtl.link_format import (
    PICTURE,
    REASON_BUILD,
    REASON_DAMAGED,
    REASON_STALLED,
    REASON_STEP,
)
from hwgen.rtl.linked_core import LinkedCore

DIVISOR, SILENCE = 4, 60
PACKET = (0x0102, 0x0300)


class Core(wiring.Component):
    """Stands in for a network: the sum of a pixel and the words of a packet of two."""

    output = SimpleNamespace(transfers_per_frame=1, value=signed(16), has_index=False)

    def __init__(self):
        super().__init__(
            {
                "s_axis_tdata": In(8),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "m_axis_tdata": Out(signed(16)),
                "m_axis_tvalid": Out(1),
                "m_axis_tlast": Out(1, init=1),
                "m_axis_tready": In(1),
                "s_weights_tdata": In(16),
                "s_weights_tvalid": In(1),
                "s_weights_tlast": In(1),
                "s_weights_tready": Out(1),
                "weights_error": Out(1),
                "weights_loaded": Out(1),
                "loaded": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = Signal(2)
        pixel = Signal()
        taken = self.s_weights_tvalid & self.s_weights_tready
        m.d.comb += [
            self.weights_loaded.eq(self.loaded),
            self.s_axis_tready.eq(~pixel),
            self.s_weights_tready.eq(pixel & (words < 2) & ~self.weights_error),
            self.m_axis_tvalid.eq(words == 2),
        ]
        with m.If(self.s_axis_tvalid & ~pixel):
            m.d.sync += [pixel.eq(1), self.m_axis_tdata.eq(self.s_axis_tdata)]
        with m.If(taken):
            m.d.sync += [
                words.eq(words + 1),
                self.m_axis_tdata.eq(self.m_axis_tdata + self.s_weights_tdata),
                self.weights_error.eq(self.s_weights_tlast != (words == 1)),
            ]
        with m.If(self.m_axis_tvalid & self.m_axis_tready):
            m.d.sync += words.eq(3)
        return m


def answers(pictures: list[int], *, fault: int = 0, loaded: bool = True, words=PACKET, given=9999):
    """Answers to pictures of one pixel, and the levels of the lamps; ``given`` words come in all.

    A packet begins when the core asks for it, as a memory does that is told so.
    """
    core = Core()
    dut = LinkedCore(core=core, pixels=1, divisor=DIVISOR, silence_cycles=SILENCE, lamps=2)
    received, lamps = bytearray(), []

    async def host(ctx) -> None:
        ctx.set(core.loaded, loaded)
        ctx.set(dut.weights_fault, fault)
        await ctx.tick().repeat(20)
        for picture in pictures:
            for octet in encode(PICTURE, 5, bytes([picture])):
                for bit in f"1{octet:08b}0"[::-1]:
                    ctx.set(dut.rx, int(bit))
                    await ctx.tick().repeat(DIVISOR)
            await ctx.tick().repeat(6 * SILENCE + 16 * 10 * DIVISOR)

    async def board(ctx) -> None:
        while True:
            if not ctx.get(dut.tx):
                await ctx.tick().repeat(DIVISOR // 2)
                octet = 0
                for k in range(8):
                    await ctx.tick().repeat(DIVISOR)
                    octet |= ctx.get(dut.tx) << k
                received.append(octet)
                await ctx.tick().repeat(DIVISOR)
            await ctx.tick()

    async def memory(ctx) -> None:
        at = count = 0
        while True:
            word = words[at % len(words)]
            ctx.set(dut.i_weights.payload.data, word)
            ctx.set(dut.i_weights.payload.last, at % len(words) == len(words) - 1)
            valid = count < given and not ctx.get(dut.weights_restart)
            ctx.set(dut.i_weights.valid, valid)
            _, _, ready, restart, shown = await ctx.tick().sample(
                dut.i_weights.ready, dut.weights_restart, dut.lamps
            )
            lamps.append(shown)
            at = 0 if restart else at + (ready and valid)
            count += ready and valid

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.add_testbench(board, background=True)
    simulator.add_testbench(memory, background=True)
    simulator.run()
    found = []
    while (frame := take_frame(received)) is not None:
        assert frame[1] == 5
        found.append(understand(frame[0], frame[2]))
    return found, lamps


def right(picture: int) -> Result:
    return Result((picture + sum(PACKET),), None)


def test_each_picture_gets_a_packet_from_its_beginning():
    found, lamps = answers([7, 200, 9])
    assert found == [right(7), right(200), right(9)]
    assert set(lamps) == {0}


@pytest.mark.parametrize("fault", [REASON_DAMAGED, REASON_BUILD])
def test_a_fault_of_the_memory_refuses_every_picture_and_all_lamps_blink(fault: int):
    found, lamps = answers([7, 8], fault=fault)
    assert found == [Refusal(fault, 1)] * 2
    assert set(lamps) == {0, 3}


def test_weights_that_have_not_come_yet_refuse_a_picture():
    found, lamps = answers([7], fault=REASON_STALLED)
    assert found == [Refusal(REASON_STALLED, 1)]
    assert set(lamps) == {0}
    assert answers([7], loaded=False)[0] == [Refusal(REASON_STALLED, 1)]


def test_weights_that_stop_coming_refuse_a_picture():
    assert answers([7, 8], given=3)[0] == [right(7), Refusal(REASON_STALLED, 1)]
    assert answers([7, 8], given=0)[0] == [Refusal(REASON_STALLED, 1)] * 2


@pytest.mark.parametrize("words", [(1, 2, 3), (1,)])
def test_a_packet_of_another_length_refuses_a_picture(words: tuple[int, ...]):
    assert answers([7, 8], words=words)[0] == [Refusal(REASON_STEP, 1)] * 2
