# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""What the elements of a fabric have in common: inputs for them, and what they must sum up."""

import numpy as np
import pytest
from amaranth.hdl import Assert, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from tests.rtl_bench import join_rows

CYCLES = 60


def check_element(
    dut, *, latency: int, rng: np.random.Generator, biased: bool = False, lead: int | None = None
) -> None:
    """Compare ``acc`` after every clock with a plain sum of ``x != w``.

    With ``biased`` a sum starts from a bias; with ``lead`` each count has one, which comes so many
    cycles ahead of it.
    """
    x, w = rng.integers(0, 2, (2, CYCLES, dut.simd))
    x[3], w[3], x[4], w[4] = 1, 0, 1, 1
    differ = (x != w).sum(axis=1)
    accumulate, first = rng.random(CYCLES) < 0.8, rng.random(CYCLES) < 0.2
    accumulate[0] = first[0] = True
    any_bias = biased or lead is not None
    bias = rng.integers(-500, 500, CYCLES) if any_bias else np.zeros(CYCLES, np.int64)
    words = list(zip(join_rows(x, 1), join_rows(w, 1), strict=True))

    async def testbench(ctx) -> None:
        golden = 0
        # Control is aligned with the count, which comes `latency` cycles after its inputs.
        for cycle in range(CYCLES + latency):
            now = words[min(cycle, CYCLES - 1)]
            ctx.set(dut.x, now[0])
            ctx.set(dut.w, now[1])
            row = cycle - latency
            ctx.set(dut.accumulate, bool(row >= 0 and accumulate[row]))
            ctx.set(dut.first, bool(row >= 0 and first[row]))
            if biased:
                ctx.set(dut.bias, int(bias[row]))
            elif lead is not None:
                ctx.set(dut.bias, int(bias[min(max(row + lead, 0), CYCLES - 1)]))
            await ctx.tick()
            if row < 0:
                continue
            if accumulate[row]:
                start = int(bias[row]) if biased else 0
                golden = int(differ[row]) + (start if first[row] else golden)
                golden += int(bias[row]) if lead is not None else 0
            acc = ctx.get(dut.acc)
            assert acc == golden, f"acc after row {row} is {acc}, not {golden}"

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


class ElementProof(wiring.Component):
    """The accumulator equals a plain sum of the products' bits, delayed, at all times."""

    def __init__(
        self,
        dut,
        *,
        latency: int,
        biased: bool = False,
        lead: int | None = None,
        broken: bool = False,
    ):
        self.dut = dut
        self.lead = lead
        self.latency = latency
        self.biased = biased
        self.broken = broken
        members = {"x": In(dut.simd), "w": In(dut.simd), "take": In(1), "restart": In(1)}
        super().__init__(members | {"bias": In(signed(dut.acc_bits))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        m.d.comb += [dut.x.eq(self.x), dut.w.eq(self.w)]
        total: Value = Const(int(self.broken))
        for x, w in zip(self.x, self.w, strict=True):
            total = total + (x ^ w)
        for _ in range(self.latency):
            delayed = Signal(total.shape(), reset_less=True)
            m.d.sync += delayed.eq(total)
            total = delayed
        start: Value = Const(0)
        if self.lead is not None:
            m.d.comb += dut.bias.eq(self.bias)
            bias: Value = self.bias
            for _ in range(self.lead):
                delayed = Signal(bias.shape(), reset_less=True)
                m.d.sync += delayed.eq(bias)
                bias = delayed
            total = total + bias
        if self.biased:
            m.d.comb += dut.bias.eq(self.bias)
            start = self.bias
        golden = Signal(dut.acc.shape())
        begun = Signal()
        first = self.restart | ~begun
        with m.If(self.take):
            m.d.sync += [golden.eq(Mux(first, start, golden) + total), begun.eq(1)]
        m.d.comb += [dut.accumulate.eq(self.take), dut.first.eq(first)]
        m.d.comb += Assert(dut.acc == golden)
        return m


def refuse_bad_parameters(component) -> None:
    """Fail unless ``component`` refuses what no element can be."""
    good = {"simd": 4, "acc_bits": 8}
    for name in good:
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            component(**dict(good, **{name: 0}))
    for pipeline in (-1, 3):
        with pytest.raises(ValueError, match=rf"^pipeline must be 0, 1 or 2, not {pipeline}$"):
            component(**good, pipeline=pipeline)
