# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import random

import pytest
from amaranth.sim import Simulator

from hwgen.rtl.sdram_pages import SdramPages

COLUMN_BITS = 2


def order(words: int, restart: int, count: int) -> list[int]:
    """Addresses one after another, slowly."""
    addresses = [*range(words), *range(words)]
    while len(addresses) < count + 1:
        addresses += range(restart, words)
    return addresses


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize(
    ("words", "restart"),
    [(1, 0), (2, 1), (4, 0), (5, 0), (5, 4), (8, 3), (8, 4), (9, 8), (13, 2), (29, 11), (32, 0)],
)
def test_addresses_come_in_order(words, restart, eager):
    dut = SdramPages(words=words, restart=restart, column_bits=COLUMN_BITS, page_bits=3)
    count = 5 * words + 40
    addresses = order(words, restart, count)
    noise = random.Random(words * 40 + restart)
    waits: list[int] = []

    async def bench(ctx) -> None:
        waited = 0
        k = 0
        while k < count:
            here, after = addresses[k : k + 2]
            page, page_after = here >> COLUMN_BITS, after >> COLUMN_BITS
            assert ctx.get(dut.page) == page
            assert ctx.get(dut.column) == here % (1 << COLUMN_BITS)
            assert ctx.get(dut.filling) == (k < words)
            assert ctx.get(dut.final) == (here == words - 1)
            assert ctx.get(dut.closing) == (page != page_after)
            if ctx.get(dut.settled) and page != page_after:
                assert ctx.get(dut.next_page) == page_after
            take = bool(ctx.get(dut.available)) and (eager or noise.random() < 0.5)
            ctx.set(dut.advance, take)
            await ctx.tick()
            k += take
            waited = 0 if take else waited + 1
            waits.append(waited)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    # From power-on the page after the first is not known for a cycle.
    if eager:
        assert max(waits[1:]) <= 1
        # Neither the last page nor what is read of the first one again is a single word.
        if words % 4 != 1 and restart % 4 != 3 and words - restart > 1:
            assert max(waits[1:]) == 0


def test_bad_parameters_are_refused():
    good = {"words": 4, "restart": 1, "column_bits": 2, "page_bits": 1}
    cases = {
        "words": (9, r"^words must be positive and fit into the pages, not 9$"),
        "restart": (4, r"^restart must be below words, not 4$"),
    }
    for name, (value, message) in cases.items():
        with pytest.raises(ValueError, match=message):
            SdramPages(**{**good, name: value})
