# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""Words of a frame to one layer after another, and none once a frame ends where it should not."""

import numpy as np
import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from hwgen.rtl.deal import Deal

MARK = 1 << 16
RNG = np.random.default_rng(4)


def packets(counts: tuple[int, ...], frames: int) -> list[int]:
    """Words of some frames, the last of each marked."""
    words = RNG.integers(0, MARK, (frames, sum(counts)))
    words[:, -1] |= MARK
    return [int(word) for word in words.ravel()]


class Dealt:
    """What went out on each port, by cycle, and what ``error`` was, in a run under some stalls."""

    def __init__(self, counts, words, *, offers=1.0, accepts=1.0, cycles=0, reset_at=None):
        rng = np.random.default_rng(7)
        self.out = [[] for _ in counts]
        self.taken, self.errors = [], []
        dut, top, sync = Deal(counts=counts), Module(), ClockDomain("sync")
        top.domains.sync = sync
        top.submodules.dut = dut
        outs = [getattr(dut, f"o_{k}") for k in range(len(counts))]

        async def bench(ctx):
            at, offering = 0, False
            for cycle in range(cycles or 20 * len(words) + 10):
                resets = cycle == reset_at
                at = 0 if resets else at
                offering = at < len(words) and (offering or rng.random() < offers)
                accepting = rng.random(len(outs)) < accepts
                ctx.set(sync.rst, resets)
                ctx.set(dut.i.valid, offering)
                ctx.set(dut.i.payload, words[at] if offering else (1 << 17) - 1)
                for o, accept in zip(outs, accepting, strict=True):
                    ctx.set(o.ready, bool(accept))
                self.errors.append(ctx.get(dut.error))
                valids = [ctx.get(o.valid) for o in outs]
                assert sum(valids) <= offering
                gone = [k for k, o in enumerate(outs) if valids[k] and accepting[k]]
                assert ctx.get(dut.i.ready) >= len(gone)
                if not resets and offering and ctx.get(dut.i.ready):
                    # A word is taken and given in the same cycle.
                    (k,) = gone
                    self.out[k].append((cycle, ctx.get(outs[k].payload)))
                    self.taken.append(cycle)
                    at, offering = at + 1, False
                await ctx.tick()

        simulator = Simulator(top)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()

    def words(self) -> list[list[int]]:
        return [[word for _, word in port] for port in self.out]


def shares(counts: tuple[int, ...], words: list[int]) -> list[list[int]]:
    """Words of each layer, without marks, counted off one by one."""
    turns = [k for k, count in enumerate(counts) for _ in range(count)]
    found = [[] for _ in counts]
    for n, word in enumerate(words):
        found[turns[n % len(turns)]].append(word % MARK)
    return found


@pytest.mark.parametrize(("offers", "accepts"), [(1, 1), (0.6, 0.6), (0.9, 0.3), (0.3, 0.9)])
@pytest.mark.parametrize("counts", [(1,), (5,), (3, 1, 2), (1, 1), (1, 7), (2, 4, 4, 1)], ids=str)
def test_each_layer_gets_its_words_of_every_frame(counts, offers, accepts):
    words = packets(counts, 4)
    found = Dealt(counts, words, offers=offers, accepts=accepts)
    assert found.words() == shares(counts, words)
    assert not any(found.errors)


def test_words_pass_one_a_cycle_within_the_cycle():
    counts = (2, 3)
    found = Dealt(counts, packets(counts, 3))
    assert found.taken == list(range(15))
    assert [[cycle for cycle, _ in port] for port in found.out] == [
        [0, 1, 5, 6, 10, 11], [2, 3, 4, 7, 8, 9, 12, 13, 14],
    ]  # fmt: skip


@pytest.mark.parametrize("accepts", [1, 0.4])
@pytest.mark.parametrize("wrong", range(9))
def test_a_mark_out_of_place_raises_the_error_and_nothing_passes_any_more(wrong, accepts):
    counts = (2, 1)
    words = packets(counts, 3)
    words[wrong] ^= MARK
    found = Dealt(counts, words, accepts=accepts, cycles=60)
    assert found.words() == shares(counts, words[:wrong])
    # Only the clock after the word is seen, and then for good.
    first = found.errors.index(1)
    assert first >= wrong + 1
    assert found.errors == [0] * first + [1] * (60 - first)
    if accepts == 1:
        assert first == wrong + 1


def test_reset_takes_the_error_back_and_begins_a_frame():
    counts = (2, 1)
    words = packets(counts, 2)
    found = Dealt(counts, words, cycles=20, reset_at=4)
    # Before it three words of a frame and one of the next.
    assert found.words() == [
        [*shares(counts, words[:4])[0], *shares(counts, words)[0]],
        [*shares(counts, words[:4])[1], *shares(counts, words)[1]],
    ]
    words[0] |= MARK
    found = Dealt(counts, words, cycles=20, reset_at=4)
    assert found.errors == [0, 1, 1, 1, 1, 0] + [1] * 14
    assert found.words() == [[], []]


def test_bad_counts_are_refused():
    for counts, text in (((), r"\(\)"), ((3, 0), r"\(3, 0\)")):
        with pytest.raises(ValueError, match=rf"^counts must be positive, not {text}$"):
            Deal(counts=counts)
