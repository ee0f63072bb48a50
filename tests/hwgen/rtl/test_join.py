# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""What a join may not do; its words and cycles are held in tests/sim/test_residual.py."""

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hwgen.rtl.join import Join


def test_a_word_is_taken_from_all_inputs_at_once_or_from_none():
    dut = Join(widths=(4, 8))
    top = Module()
    top.submodules.dut = dut

    async def bench(ctx):
        ctx.set(dut.i_0.payload, 0x9)
        ctx.set(dut.i_1.payload, 0xA5)
        ctx.set(dut.i_0.valid, 1)
        assert [ctx.get(i.ready) for i in (dut.i_0, dut.i_1)] == [0, 1]
        await ctx.tick()
        assert ctx.get(dut.o.valid) == 0
        ctx.set(dut.i_1.valid, 1)
        assert [ctx.get(i.ready) for i in (dut.i_0, dut.i_1)] == [1, 1]
        await ctx.tick()
        assert (ctx.get(dut.o.valid), ctx.get(dut.o.payload)) == (1, 0xA59)
        # The word waits: there is no room for another.
        assert [ctx.get(i.ready) for i in (dut.i_0, dut.i_1)] == [0, 0]
        ctx.set(dut.o.ready, 1)
        assert [ctx.get(i.ready) for i in (dut.i_0, dut.i_1)] == [1, 1]

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^widths must be at least 2, not 1$"):
        Join(widths=(1,))
    with pytest.raises(ValueError, match=r"^widths must be positive, not \(1, 0\)$"):
        Join(widths=(1, 0))
