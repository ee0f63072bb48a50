# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""What a fork may not do; its words and cycles are held in tests/sim/test_residual.py."""

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hwgen.rtl.fork import Fork


def test_an_output_that_has_a_word_is_not_given_it_again():
    dut = Fork(width=4, count=3)
    top = Module()
    top.submodules.dut = dut

    async def bench(ctx):
        ctx.set(dut.i.payload, 9)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.o_0.ready, 1)

        def valids():
            return [ctx.get(o.valid) for o in (dut.o_0, dut.o_1, dut.o_2)]

        assert valids() == [1, 1, 1]
        await ctx.tick()
        assert (valids(), ctx.get(dut.i.ready)) == ([0, 1, 1], 0)
        ctx.set(dut.o_2.ready, 1)
        await ctx.tick()
        assert (valids(), ctx.get(dut.i.ready)) == ([0, 1, 0], 0)
        ctx.set(dut.o_1.ready, 1)
        assert ctx.get(dut.i.ready) == 1
        assert ctx.get(dut.o_1.payload) == 9
        await ctx.tick()
        assert valids() == [1, 1, 1]

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        Fork(width=0, count=2)
    with pytest.raises(ValueError, match=r"^count must be at least 2, not 1$"):
        Fork(width=1, count=1)
