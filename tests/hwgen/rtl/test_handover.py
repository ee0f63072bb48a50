"""Words between clocks of any two speeds, either of which may pause."""

import itertools

import numpy as np
import pytest
from amaranth.hdl import unsigned
from amaranth.sim import Simulator

from hwgen.rtl.handover import Handover

WORDS = list(range(1, 60))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("give", "take"), [(10, 10), (10, 73), (73, 10), (10, 11)])
def test_all_words_arrive_once_and_in_order(give, take, seed):
    rng = np.random.default_rng(seed)
    dut = Handover(unsigned(8))
    found: list[int] = []

    async def giver(ctx) -> None:
        for word in WORDS:
            for _ in range(rng.integers(0, 5)):
                await ctx.tick("give")
            ctx.set(dut.i.payload, word)
            ctx.set(dut.i.valid, 1)
            await ctx.tick("give").until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            ctx.set(dut.i.payload, 0)

    async def taker(ctx) -> None:
        while len(found) < len(WORDS):
            ctx.set(dut.o.ready, int(rng.integers(0, 2)))
            _, _, valid, ready, word = await ctx.tick("take").sample(
                dut.o.valid, dut.o.ready, dut.o.payload
            )
            if valid and ready:
                found.append(word)

    simulator = Simulator(dut)
    simulator.add_clock(give * 1e-9, domain="give")
    # No two edges fall together for long.
    simulator.add_clock(take * 1e-9, phase=3.3e-9, domain="take")
    simulator.add_testbench(giver)
    simulator.add_testbench(taker)
    simulator.run()
    assert found == WORDS


def test_a_word_stands_still_until_it_is_taken():
    dut = Handover(unsigned(8))
    seen: list[tuple[int, int]] = []

    async def giver(ctx) -> None:
        ctx.set(dut.i.valid, 1)
        for word in range(200):
            ctx.set(dut.i.payload, word)
            await ctx.tick("give")

    async def taker(ctx) -> None:
        for n in range(40):
            ctx.set(dut.o.ready, n % 7 == 6)
            _, _, valid, word = await ctx.tick("take").sample(dut.o.valid, dut.o.payload)
            seen.append((valid, word))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8, domain="give")
    simulator.add_clock(4.7e-8, domain="take")
    simulator.add_testbench(giver)
    simulator.add_testbench(taker)
    simulator.run()
    for n, ((valid, word), (_, after)) in enumerate(itertools.pairwise(seen)):
        if valid and n % 7 != 6:
            assert after == word
    assert sum(valid for valid, _ in seen) > 20
