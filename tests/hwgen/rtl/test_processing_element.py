# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Assert, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from hwgen.rtl.processing_element import BinaryElement
from tests.formal_proof import prove
from tests.rtl_bench import join_rows

CYCLES = 120


def record(dut, rng: np.random.Generator, inputs: dict[str, list[int]]):
    """Feed one row of inputs a cycle; returns what control said and ``acc`` after each edge."""
    accumulate, first = rng.random(CYCLES) < 0.8, rng.random(CYCLES) < 0.2
    accumulate[0] = first[0] = True
    accs: list[int] = []

    async def testbench(ctx) -> None:
        # Control is aligned with the sum, which comes `pipeline` cycles after its inputs.
        for cycle in range(CYCLES + dut.pipeline):
            for name, values in inputs.items():
                ctx.set(getattr(dut, name), values[min(cycle, CYCLES - 1)])
            row = cycle - dut.pipeline
            ctx.set(dut.accumulate, bool(row >= 0 and accumulate[row]))
            ctx.set(dut.first, bool(row >= 0 and first[row]))
            await ctx.tick()
            if row >= 0:
                accs.append(ctx.get(dut.acc))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()
    return accumulate, first, accs


def check(accumulate, first, accs, sums) -> None:
    golden = 0
    for k, acc in enumerate(accs):
        if accumulate[k]:
            golden = int(sums[k]) + (0 if first[k] else golden)
        assert acc == golden, f"acc after row {k} is {acc}, not {golden}"


@pytest.mark.parametrize("zero_flags", [False, True])
@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", [1, 2, 7, 16])
def test_binary_element_counts_matches(simd, pipeline, zero_flags):
    rng = np.random.default_rng(simd)
    x, w, zero = rng.integers(0, 2, (3, CYCLES, simd))
    x[3], w[3] = 1, 1
    inputs = {"x": join_rows(x, 1), "w": join_rows(w, 1)}
    sums = (x == w).sum(axis=1)
    if zero_flags:
        inputs["zero"] = join_rows(zero, 1)
        # Two a match and one a zero: the dot product above -K.
        products = np.where(zero == 1, 0, (2 * x - 1) * (2 * w - 1))
        sums = products.sum(axis=1) + simd
    dut = BinaryElement(simd=simd, acc_bits=14, pipeline=pipeline, zero_flags=zero_flags)
    check(*record(dut, rng, inputs), sums)


def test_accumulators_are_as_wide_as_asked():
    for acc_bits in (1, 5, 12):
        element = BinaryElement(simd=9, acc_bits=acc_bits)
        assert (len(element.acc), element.acc.shape().signed) == (acc_bits, False)


class BinaryProof(wiring.Component):
    """The accumulator equals a plain sum of the products' bits, delayed, at all times."""

    def __init__(self, dut: BinaryElement, *, broken: bool = False):
        self.dut = dut
        self.broken = broken
        super().__init__({n: In(dut.simd) for n in ("x", "w", "zero")} | {"take": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        m.d.comb += [dut.x.eq(self.x), dut.w.eq(self.w)]
        if dut.zero_flags:
            m.d.comb += dut.zero.eq(self.zero)
        total: Value = Const(int(self.broken))
        for x, w, zero in zip(self.x, self.w, self.zero, strict=True):
            total = total + (Mux(zero, 1, 2 * (x == w)) if dut.zero_flags else x == w)
        # The inputs of a sum, and whether it is taken, travel together.
        for _ in range(dut.pipeline):
            delayed = Signal(total.shape(), reset_less=True)
            m.d.sync += delayed.eq(total)
            total = delayed
        golden = Signal(dut.acc_bits)
        first = Signal(init=1)
        with m.If(self.take):
            m.d.sync += [golden.eq(Mux(first, 0, golden) + total), first.eq(~first)]
        m.d.comb += [dut.accumulate.eq(self.take), dut.first.eq(first)]
        m.d.comb += Assert(dut.acc == golden)
        return m


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    sizes = np.random.default_rng(5).choice(np.arange(1, 9), 3, replace=False).tolist()
    designs = {
        f"simd{simd}_pipeline{pipeline}_flags{int(flags)}": BinaryProof(
            BinaryElement(simd=simd, acc_bits=6, pipeline=pipeline, zero_flags=flags)
        )
        for simd, pipeline, flags in zip(sizes, (0, 1, 2), (False, True, True), strict=True)
    }
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    broken = BinaryProof(BinaryElement(simd=3, acc_bits=6), broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": broken}, induct=True)


def test_bad_parameters_are_refused():
    good = {"simd": 4, "acc_bits": 8}
    for name in good:
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            BinaryElement(**dict(good, **{name: 0}))
    for pipeline in (-1, 3):
        with pytest.raises(ValueError, match=rf"^pipeline must be 0, 1 or 2, not {pipeline}$"):
            BinaryElement(**good, pipeline=pipeline)
