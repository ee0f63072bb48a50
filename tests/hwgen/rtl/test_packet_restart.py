"""Packets that begin anew: what was begun is dropped to its end, and nothing else."""

import numpy as np
import pytest
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.sim import Simulator

from hwgen.rtl.packet_restart import PacketRestart

LENGTH = 5
"""Words of a packet; word k of packet n is ``16 * n + k``."""


def run(seed: int, restarts: list[int], cycles: int = 400) -> list[int | None]:
    """Words that leave, and None where the taker was reset; the memory never stops for long."""
    rng = np.random.default_rng(seed)
    dut, top = PacketRestart(), Module()
    top.domains.sync = ClockDomain("sync")
    top.submodules.dut = dut
    found: list[int | None] = []
    i_payload, o_payload = Value.cast(dut.i.payload), Value.cast(dut.o.payload)

    async def bench(ctx) -> None:
        at, offering = 0, False
        for cycle in range(cycles):
            offering = offering or bool(rng.random() < 2 / 3)
            number, k = divmod(at, LENGTH)
            ctx.set(dut.i.valid, offering)
            ctx.set(i_payload, 16 * number + k | (k == LENGTH - 1) << 16)
            ctx.set(dut.o.ready, int(rng.random() < 1 / 2))
            ctx.set(dut.restart, cycle in restarts)
            _, _, taken, valid, ready, payload = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.o.ready, o_payload
            )
            if cycle in restarts:
                assert not valid
                found.append(None)
            elif valid and ready:
                word = payload & 0xFFFF
                found.append(word)
                assert payload >> 16 == (word % 16 == LENGTH - 1)
            if offering and taken:
                at, offering = at + 1, False

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def test_without_a_restart_all_words_pass():
    words = run(1, [])
    assert len(words) > 100
    assert words == [16 * (k // LENGTH) + k % LENGTH for k in range(len(words))]


@pytest.mark.parametrize("seed", range(8))
def test_behind_a_restart_comes_the_first_word_of_the_next_packet(seed: int):
    rng = np.random.default_rng(100 + seed)
    words = run(seed, sorted(rng.choice(380, 12, replace=False).tolist()))
    assert words.count(None) == 12
    last, after = -1, True
    for word in words:
        if word is None:
            after = True
            continue
        if after:
            assert word == (16 * (last // 16 + 1) if last >= 0 else 0)
        else:
            assert word == (last + 1 if last % 16 != LENGTH - 1 else 16 * (last // 16 + 1))
        last, after = word, False
