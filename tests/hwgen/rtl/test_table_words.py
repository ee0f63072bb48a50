import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.table_words import words_in_turn
from hwgen.sizes.tables import CLEARED_WORDS

STEPS = [1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1]


def found(words: list[int], *, ahead: bool = False, rest: bool = False) -> list[int]:
    """Word in each cycle of `STEPS`, and in the one after."""
    m, step, seen = Module(), Signal(), []
    word = words_in_turn(m, "words", rows_of(words, 8), 8, step, ahead=ahead, rest=rest)
    shown = Signal(8)
    m.d.comb += shown.eq(word)
    # One word alone has no register, and so no clock.
    m.d.sync += Signal(name="clocked").eq(step)

    async def bench(ctx):
        # The clock in which reset ends, which a table that reads ahead needs.
        await ctx.tick()
        for now in [*STEPS, 0]:
            ctx.set(step, now)
            seen.append(ctx.get(shown))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("count", [1, 2, 3, 5, CLEARED_WORDS + 1])
def test_each_step_has_its_word_a_cycle_later_or_in_it(count: int):
    words = [17 + 3 * k for k in range(count)]
    steps = [k for k, step in enumerate(STEPS) if step]
    late, early, rest = found(words), found(words, ahead=True), found(words, rest=True)
    for number, k in enumerate(steps):
        word = words[number % count]
        assert (late[k + 1], early[k], rest[k + 1]) == (word, word, word)
    idle = [k + 1 for k, step in enumerate(STEPS) if not step]
    assert {rest[k] for k in idle} == {0}
