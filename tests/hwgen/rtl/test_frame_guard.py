# amaranth: UnusedElaboratable=no
"""Frame guard: whatever number of words comes, frames of the right number leave."""

import random

import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from hwgen.rtl.frame_guard import FrameGuard

WORDS = 4


def expected(frames):
    """Words that leave, and which frames are bad."""
    words, bad = [], []
    for frame in frames:
        words += (frame + [0] * WORDS)[:WORDS]
        bad.append(len(frame) != WORDS)
    return words, bad


def passed(frames, words, seed):
    """Words that leave, what is said of each frame, and cycles, under stalls unless seed is 0."""
    sync, top = ClockDomain("sync"), Module()
    top.domains.sync = sync
    top.submodules.dut = dut = FrameGuard(width=8, words=words)
    rng = random.Random(seed)
    coming = [(word, k == len(frame) - 1) for frame in frames for k, word in enumerate(frame)]
    found: tuple[list[int], list[bool]] = ([], [])
    cycles = []

    async def bench(ctx):
        sent, offering = 0, False
        for cycle in range(40 * len(coming) + 40):
            offering = offering or (sent < len(coming) and (not seed or rng.random() < 0.6))
            word, last = coming[sent] if offering else (0xA5, True)
            ctx.set(dut.i.valid, offering)
            ctx.set(dut.i.payload, word | last << 8)
            ctx.set(dut.o.ready, not seed or rng.random() < 0.6)
            _, _, gone, valid, ready, payload, ended, bad = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.o.ready, dut.o.payload, dut.ended, dut.bad
            )
            if offering and gone:
                sent, offering = sent + 1, False
            if valid and ready:
                found[0].append(payload)
                cycles.append(cycle)
            if ended:
                found[1].append(bool(bad))
        assert sent == len(coming)

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found, cycles


@pytest.mark.parametrize("seed", range(4))
def test_frames_of_any_length_leave_with_the_right_one_and_say_whether_they_had_it(seed):
    rng = random.Random(seed)
    lengths = [4, 3, 4, 5, 4, 1, 9, 2, 8, 4, 4]
    frames = [[rng.randrange(1, 256) for _ in range(length)] for length in lengths]
    assert passed(frames, WORDS, seed)[0] == expected(frames)


def test_right_frames_pass_within_the_cycle():
    frames = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert passed(frames, WORDS, 0)[1] == list(range(8))


def test_of_frames_of_one_word_those_that_follow_without_a_mark_between_are_one():
    assert passed([[1], [2, 3, 4], [5]], 1, 3)[0] == ([1, 2, 5], [False, True, False])


@pytest.mark.parametrize("name", ["width", "words"])
def test_bad_parameters_are_refused(name):
    with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
        FrameGuard(**{"width": 8, "words": 4, name: 0})
