# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.spram_table import SpramTable, load_words

RNG = np.random.default_rng(16)
SHAPES = [(2, 1), (5, 16), (3, 17), (8, 36), (4, 64)]


def random_words(depth: int, bits: int) -> list[int]:
    lanes = RNG.integers(0, 2, (depth, bits))
    return [int("".join(map(str, lane)), 2) for lane in lanes.tolist()]


def simulate(depth: int, bits: int, testbench) -> None:
    """Run ``testbench(ctx, table, rst)`` with reset under its control."""
    top = Module()
    top.domains.sync = sync = ClockDomain("sync")
    top.submodules.table = table = SpramTable(depth=depth, bits=bits, model=True)

    async def bench(ctx) -> None:
        await testbench(ctx, table, sync.rst)

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


async def wait(ctx, cycles) -> None:
    for _ in range(cycles):
        await ctx.tick()


async def load(ctx, table, words, gaps=()) -> None:
    """Offer words one after another, with a pause ahead of some; all are taken at once."""
    for k, word in enumerate(words):
        if k in gaps:
            ctx.set(table.i.valid, 0)
            ctx.set(table.i.payload, 0xFFFF)
            await wait(ctx, 2)
        ctx.set(table.i.valid, 1)
        ctx.set(table.i.payload, word)
        assert ctx.get(table.i.ready)
        assert not ctx.get(table.loaded)
        await ctx.tick()
    ctx.set(table.i.valid, 0)


async def read_all(ctx, table) -> list[int]:
    found = []
    for address in range(table.depth):
        ctx.set(table.address, address)
        await ctx.tick()
        found.append(ctx.get(table.data))
    return found


@pytest.mark.parametrize(("depth", "bits"), SHAPES)
def test_words_are_read_one_cycle_after_their_address_as_they_were_loaded(depth, bits):
    words = random_words(depth, bits)

    async def testbench(ctx, table, rst):
        await load(ctx, table, load_words(rows_of(words, bits)).tolist(), gaps=(1, 2))
        assert not ctx.get(table.i.ready)
        await ctx.tick()
        assert ctx.get(table.loaded)
        assert await read_all(ctx, table) == words

    simulate(depth, bits, testbench)


def test_the_first_word_asked_for_is_there_when_the_table_says_that_it_is_loaded():
    words = random_words(4, 20)

    async def testbench(ctx, table, rst):
        ctx.set(table.address, 2)
        await load(ctx, table, load_words(rows_of(words, 20)).tolist())
        await ctx.tick()
        assert (ctx.get(table.loaded), ctx.get(table.data)) == (1, words[2])

    simulate(4, 20, testbench)


def test_a_full_table_takes_no_more_words_and_keeps_what_it_has():
    words = random_words(3, 24)

    async def testbench(ctx, table, rst):
        await load(ctx, table, load_words(rows_of(words, 24)).tolist())
        ctx.set(table.i.valid, 1)
        ctx.set(table.i.payload, 0xFFFF)
        for _ in range(10):
            assert not ctx.get(table.i.ready)
            await ctx.tick()
        assert await read_all(ctx, table) == words

    simulate(3, 24, testbench)


@pytest.mark.parametrize("taken", [0, 1, 3, 6])
def test_loading_goes_on_during_reset_and_reset_forgets_nothing(taken):
    words = random_words(3, 32)
    loading = load_words(rows_of(words, 32)).tolist()

    async def testbench(ctx, table, rst):
        await load(ctx, table, loading[:taken])
        ctx.set(rst, 1)
        await wait(ctx, 2)
        await load(ctx, table, loading[taken:])
        await wait(ctx, 2)
        ctx.set(rst, 0)
        assert ctx.get(table.loaded)
        assert await read_all(ctx, table) == words

    simulate(3, 32, testbench)


def test_words_are_loaded_word_by_word_with_the_lowest_bits_first():
    wide, narrow = rows_of([0x5_4321_ABCD, 7], 36), rows_of([1, 0], 1)
    assert load_words(wide).tolist() == [0xABCD, 0x4321, 5, 7, 0, 0]
    assert load_words(narrow).tolist() == [1, 0]


def test_bad_parameters_are_refused():
    for depth in (1, 16385):
        with pytest.raises(ValueError, match=rf"^depth must be between 2 and 16384, not {depth}$"):
            SpramTable(depth=depth, bits=1)
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        SpramTable(depth=2, bits=0)
