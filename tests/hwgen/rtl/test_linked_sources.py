"""A linked core that a camera or an SPI host feeds, with a network that adds up pixels."""

from itertools import chain
from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.boards.frames import Refusal, Result, encode, take_frame, understand
from hwgen.rtl.camera_port import CameraPort
from hwgen.rtl.link_format import PICTURE, REASON_CRC, REASON_LINE, REASON_OVERRUN, REASON_SHORT
from hwgen.rtl.linked_core import LinkedCore
from hwgen.rtl.spi_slave import LEAST_HALF_CYCLES, SpiSlave
from tests.camera_bench import idle_levels, picture_levels

LINES, BYTES = 3, 4
DIVISOR = 4
RNG = np.random.default_rng(81)
PICTURES = [RNG.integers(0, 256, (LINES, BYTES), dtype=np.uint8) for _ in range(4)]
ANSWER_CYCLES = 17 * 10 * (DIVISOR + 1)


class Adder(wiring.Component):
    """Stands in for a network: the sum of all pixels, each of which takes some cycles."""

    output = SimpleNamespace(transfers_per_frame=1, value=signed(16), has_index=False)

    def __init__(self, cycles: int = 1):
        self.cycles = cycles
        super().__init__(
            {
                "s_axis_tdata": In(8),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "m_axis_tdata": Out(signed(16)),
                "m_axis_tvalid": Out(1),
                "m_axis_tlast": Out(1, init=1),
                "m_axis_tready": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        seen, busy, sent = (
            Signal(range(LINES * BYTES + 1)),
            Signal(range(self.cycles + 1)),
            Signal(),
        )
        m.d.comb += [
            self.s_axis_tready.eq(busy == 0),
            self.m_axis_tvalid.eq((seen == LINES * BYTES) & ~sent),
        ]
        with m.If(busy != 0):
            m.d.sync += busy.eq(busy - 1)
        with m.Elif(self.s_axis_tvalid):
            m.d.sync += [
                busy.eq(self.cycles - 1),
                seen.eq(seen + 1),
                self.m_axis_tdata.eq(self.m_axis_tdata + self.s_axis_tdata),
            ]
        with m.If(self.m_axis_tvalid & self.m_axis_tready):
            m.d.sync += sent.eq(1)
        return m


def linked(source: CameraPort | SpiSlave, cycles: int = 1) -> LinkedCore:
    return LinkedCore(
        core=Adder(cycles),  # pyright: ignore[reportArgumentType]
        pixels=LINES * BYTES,
        divisor=DIVISOR,
        silence_cycles=100,
        source=source,
    )


def camera_answers(levels, cycles: int = 1) -> list:
    """Tags and answers on the serial line while a camera drives the pins."""
    dut = linked(CameraPort(line_bytes=BYTES, lines=LINES), cycles)
    bits: list[int] = []

    async def bench(ctx) -> None:
        for level in levels:
            for name, value in level.items():
                ctx.set(getattr(dut.pins, name), value)
            bits.append(ctx.get(dut.tx))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return answers(serial_bytes(bits))


def serial_bytes(bits: list[int]) -> bytearray:
    """Bytes of a serial line that is sampled each cycle."""
    found, at = bytearray(), 0
    while at < len(bits) - 10 * DIVISOR:
        if bits[at]:
            at += 1
            continue
        middle = at + DIVISOR // 2
        found.append(sum(bits[middle + DIVISOR * (1 + k)] << k for k in range(8)))
        at = middle + 9 * DIVISOR
    return found


def answers(data: bytearray) -> list:
    found = []
    while (frame := take_frame(data)) is not None:
        found.append((frame[1], understand(frame[0], frame[2])))
    return found


def result(k: int) -> Result:
    return Result((int(PICTURES[k].astype(int).sum()),), None)


def rest():
    return idle_levels(ANSWER_CYCLES)


def test_a_camera_s_pictures_are_answered_with_their_number():
    levels = chain(*(chain(picture_levels(p), rest()) for p in PICTURES))
    assert camera_answers(levels) == [(k + 1, result(k)) for k in range(4)]


def test_a_lost_pixel_is_refused_and_the_next_picture_is_right():
    levels = chain(
        picture_levels(PICTURES[0]), rest(), picture_levels(PICTURES[1], lost=(6,)), rest(),
        picture_levels(PICTURES[2]), rest(),
    )  # fmt: skip
    refusal = Refusal(REASON_LINE, LINES * BYTES)
    assert camera_answers(levels) == [(1, result(0)), (2, refusal), (3, result(2))]


def test_pictures_faster_than_answers_are_passed_over_whole():
    found = camera_answers(chain(*(picture_levels(PICTURES[k % 4]) for k in range(12)), rest()))
    assert 1 < len(found) < 12
    assert all(answer == result((tag - 1) % 4) for tag, answer in found)


def test_a_network_that_is_slower_than_the_camera_refuses_and_goes_on():
    levels = chain(picture_levels(PICTURES[0]), rest(), picture_levels(PICTURES[1]), rest())
    refusal = Refusal(REASON_OVERRUN, LINES * BYTES)
    assert camera_answers(levels, cycles=9) == [(1, refusal), (2, refusal)]


def spi_answers(transfers: list[bytes | list[int]], *, polls: int = 30) -> list:
    """Answers that a host clocks out of the slave behind each of its transfers."""
    dut, data = linked(SpiSlave()), bytearray()

    async def bench(ctx) -> None:
        async def transfer(bits: list[int]) -> None:
            ctx.set(dut.pins.cs, 1)
            await ctx.tick().repeat(LEAST_HALF_CYCLES)
            octet = 0
            for k, bit in enumerate(bits):
                ctx.set(dut.pins.copi, bit)
                await ctx.tick().repeat(LEAST_HALF_CYCLES)
                ctx.set(dut.pins.sck, 1)
                octet = octet << 1 & 0xFF | ctx.get(dut.pins.cipo)
                if k % 8 == 7:
                    data.append(octet)
                await ctx.tick().repeat(LEAST_HALF_CYCLES)
                ctx.set(dut.pins.sck, 0)
            ctx.set(dut.pins.cs, 0)
            await ctx.tick().repeat(2 * LEAST_HALF_CYCLES)

        for one in transfers:
            bits = one if isinstance(one, list) else as_bits(one)
            await transfer(bits)
            await transfer([0] * 8 * polls)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return answers(data)


def as_bits(data: bytes) -> list[int]:
    return np.unpackbits(np.frombuffer(data, np.uint8)).tolist()


def test_an_spi_host_gets_its_answers():
    sent = [encode(PICTURE, 7 + k, p.tobytes()) for k, p in enumerate(PICTURES)]
    assert spi_answers(sent) == [(7 + k, result(k)) for k in range(4)]


def test_what_an_spi_host_loses_is_refused_and_the_next_picture_is_right():
    good = encode(PICTURE, 9, PICTURES[0].tobytes())
    bad = good[:12] + bytes([good[12] ^ 4]) + good[13:]
    lost = as_bits(good)
    del lost[80:83]
    found = spi_answers([bad, good, lost, good, good[:15], good])
    size = LINES * BYTES
    assert found[::2][0] == (9, Refusal(REASON_CRC, size))
    assert found[1::2] == [(9, result(0))] * 3
    reasons = [answer.reason for _, answer in found[2::2]]
    assert set(reasons) <= {REASON_LINE, REASON_SHORT}
