"""An SPI slave against a host that clocks it."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.spi_slave import LEAST_HALF_CYCLES, SpiSlave

ALL = bytes(range(256))


def exchange(
    transfers: list[list[int]],
    offered: bytes = b"",
    *,
    half: int = LEAST_HALF_CYCLES,
    take: bool = True,
) -> tuple[bytes, bytes, int, bytes]:
    """What the slave got, what the host got in whole bytes, errors, and what was not taken.

    A transfer is the bits that the host sends while it selects the slave.
    """
    dut = SpiSlave()
    got, back = bytearray(), bytearray()
    waiting, errors = list(offered), 0

    async def host(ctx) -> None:
        for bits in transfers:
            ctx.set(dut.pins.cs, 1)
            await ctx.tick().repeat(half)
            sampled = []
            for bit in bits:
                ctx.set(dut.pins.copi, bit)
                await ctx.tick().repeat(half)
                ctx.set(dut.pins.sck, 1)
                sampled.append(ctx.get(dut.pins.cipo))
                await ctx.tick().repeat(half)
                ctx.set(dut.pins.sck, 0)
            await ctx.tick().repeat(half)
            ctx.set(dut.pins.cs, 0)
            await ctx.tick().repeat(half)
            whole = len(sampled) // 8 * 8
            back.extend(np.packbits(np.array(sampled[:whole], np.uint8)).tobytes())
        await ctx.tick().repeat(8)

    async def board(ctx) -> None:
        nonlocal errors
        ctx.set(dut.o.ready, take)
        async for _ in ctx.tick():
            if ctx.get(dut.o.valid) and (take or not got):
                got.append(ctx.get(dut.o.payload))
            errors += ctx.get(dut.error)

    async def offer(ctx) -> None:
        while True:
            ctx.set(dut.i.valid, bool(waiting))
            ctx.set(dut.i.payload, waiting[0] if waiting else 0)
            taken = ctx.get(dut.i.ready) and bool(waiting)
            await ctx.tick()
            if taken:
                waiting.pop(0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.add_testbench(board, background=True)
    simulator.add_testbench(offer, background=True)
    simulator.run()
    return bytes(got), bytes(back), errors, bytes(waiting)


def bits(data: bytes) -> list[int]:
    return np.unpackbits(np.frombuffer(data, np.uint8)).tolist()


@pytest.mark.parametrize("half", [LEAST_HALF_CYCLES, 5, 9])
def test_bytes_go_both_ways_at_once(half: int):
    sent = ALL if half == LEAST_HALF_CYCLES else ALL[::9]
    answer = sent[::-1]
    got, back, errors, left = exchange([bits(sent)], answer, half=half)
    assert (got, back, errors, left) == (sent, answer, 0, b"")


def test_zeros_go_back_where_nothing_is_offered():
    assert exchange([bits(b"abc")], b"\xff") == (b"abc", b"\xff\0\0", 0, b"")


def test_what_the_host_did_not_clock_is_offered_again():
    got, back, errors, left = exchange([bits(b"a"), [0, 1, 0], bits(b"bc")], b"xyz")
    # The second transfer took its byte with its first bit, and ended within it.
    assert (got, back, errors, left) == (b"abc", b"xz\0", 1, b"")
    assert exchange([bits(b"a")] * 3, b"xyz")[1] == b"xyz"


@pytest.mark.parametrize("lost", range(1, 8))
def test_lost_bits_cost_their_transfer_and_no_other(lost: int):
    got, _, errors, _ = exchange([bits(b"abc")[lost:], bits(b"def")])
    assert errors == 1
    assert len(got) == 5
    assert got[2:] == b"def"


def test_a_byte_that_is_not_taken_is_an_error():
    got, _, errors, _ = exchange([bits(b"abc")], take=False)
    assert (got, errors) == (b"a", 2)
