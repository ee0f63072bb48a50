# amaranth: UnusedElaboratable=no
"""Tables of constants: their words as rows, and as a memory."""

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hwgen.rtl.constant_table import ConstantTable, rows_of


def test_rows_have_the_lowest_byte_first_and_twos_complement():
    assert rows_of([0x1234, -1, 5], 13).tolist() == [[0x34, 0x12], [0xFF, 0x1F], [5, 0]]
    assert rows_of([1, 0, 1], 1).tolist() == [[1], [0], [1]]


def test_a_table_that_no_platform_takes_is_a_memory_with_its_words():
    words = [5, 0, 0x1FF, 257]
    m = Module()
    m.submodules.table = table = ConstantTable(rows=rows_of(words, 9), bits=9)
    port = table.read_port()
    m.d.comb += port.en.eq(1)

    async def bench(ctx):
        for address, word in enumerate(words):
            ctx.set(port.addr, address)
            await ctx.tick()
            assert ctx.get(port.data) == word

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_rows_of_another_width_are_refused():
    message = r"^rows must be of words of 9 bits, not of shape \(2, 1\)$"
    with pytest.raises(ValueError, match=message):
        ConstantTable(rows=rows_of([1, 2], 8), bits=9)
