# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Assert, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from hwgen.rtl.pixel_element import PixelElement
from hwgen.rtl.pixel_pairs import PixelPairs
from hwgen.sizes.pixel_coding import pair_bias, pair_weights
from tests.formal_proof import prove
from tests.rtl_bench import join_rows

CYCLES = 120
SIZES = [(1, 8, False), (3, 8, False), (5, 9, True), (4, 2, True), (2, 1, False), (1, 1, True)]


class Pair(wiring.Component):
    """An element behind its sums and differences, with weights a cycle after their pixels."""

    def __init__(self, *, simd: int, bits: int, signed_input: bool, acc_bits: int, pipeline: int):
        self.pairs = PixelPairs(simd=simd, bits=bits, signed_input=signed_input)
        self.element = PixelElement(simd=simd, bits=bits, acc_bits=acc_bits, pipeline=pipeline)
        super().__init__({"x": In(simd * bits)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.pairs, m.submodules.element = self.pairs, self.element
        m.d.comb += [self.pairs.x.eq(self.x), self.element.x.eq(self.pairs.o)]
        return m


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize(("simd", "bits", "signed_input"), [*SIZES, (27, 8, False)])
def test_pixels_are_added_and_subtracted(simd, bits, signed_input, pipeline):
    rng = np.random.default_rng(bits)
    low = -(1 << bits - 1) if signed_input else 0
    high = low + (1 << bits) - 1
    x, w = rng.integers(low, high + 1, (CYCLES, simd)), rng.integers(0, 2, (CYCLES, simd))
    # Both ends of a sum.
    x[3:5], w[3], w[4] = low, 0, 1
    x[5:7], w[5], w[6] = high, 0, 1
    dut = Pair(simd=simd, bits=bits, signed_input=signed_input, acc_bits=20, pipeline=pipeline)
    above = pair_bias(w, bits=bits, signed_input=signed_input)
    sums = (x * (2 * w - 1)).sum(axis=1) + above
    pixels, codes = join_rows(x, bits), join_rows(pair_weights(w.astype(np.uint8)), 1)
    accumulate, first = rng.random(CYCLES) < 0.8, rng.random(CYCLES) < 0.2
    accumulate[0] = first[0] = True
    bias = rng.integers(-500, 500, CYCLES)

    async def testbench(ctx) -> None:
        golden = 0
        for cycle in range(CYCLES + 1 + pipeline):
            ctx.set(dut.x, pixels[min(cycle, CYCLES - 1)])
            ctx.set(dut.element.w, codes[min(max(cycle - 1, 0), CYCLES - 1)])
            row = cycle - 1 - pipeline
            ctx.set(dut.element.accumulate, bool(row >= 0 and accumulate[row]))
            ctx.set(dut.element.first, bool(row >= 0 and first[row]))
            ctx.set(dut.element.bias, int(bias[row]))
            await ctx.tick()
            if row < 0:
                continue
            if accumulate[row]:
                golden = int(sums[row]) + (int(bias[row]) if first[row] else golden)
            acc = ctx.get(dut.element.acc)
            assert acc == golden, f"acc after row {row} is {acc}, not {golden}"

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


def test_accumulators_are_as_wide_as_asked():
    for acc_bits in (1, 5, 12):
        element = PixelElement(simd=2, bits=8, acc_bits=acc_bits)
        assert (len(element.acc), element.acc.shape().signed) == (acc_bits, True)


class PixelProof(wiring.Component):
    """Less the bias of its weights, the accumulator is a plain sum of signed products."""

    def __init__(self, dut: Pair, *, broken: bool = False):
        self.dut = dut
        self.broken = broken
        self.simd = dut.pairs.simd
        self.acc_bits = dut.element.acc_bits
        super().__init__(
            {
                "x": In(self.simd * dut.pairs.bits),
                "w": In(self.simd),
                "take": In(1),
                "restart": In(1),
                "bias": In(signed(self.acc_bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        pairs, element = dut.pairs, dut.element
        total: Value = Const(int(self.broken))
        codes: list[Value] = []
        for lane in range(self.simd):
            w = self.w[lane]
            x = self.x.word_select(lane, pairs.bits)
            x = x.as_signed() if pairs.signed_input else x
            total = total + Mux(w, x, -x)
            codes.append(~w if lane % 2 == 0 else w ^ self.w[lane - 1])
        # What each pattern of weights sums up above the dot product, from the reference.
        patterns = np.arange(1 << self.simd)[:, None] >> np.arange(self.simd) & 1
        form = {"bits": pairs.bits, "signed_input": pairs.signed_input}
        for n, above in enumerate(pair_bias(patterns.astype(np.uint8), **form)):
            total = total + Mux(self.w == n, int(above), 0)
        coded = Signal(self.simd, reset_less=True)
        m.d.sync += coded.eq(Cat(*codes))
        m.d.comb += [dut.x.eq(self.x), element.w.eq(coded), element.bias.eq(self.bias)]
        # The inputs of a sum, and whether it is taken, travel together.
        for _ in range(1 + element.pipeline):
            delayed = Signal(total.shape(), reset_less=True)
            m.d.sync += delayed.eq(total)
            total = delayed
        golden, begun = Signal(signed(self.acc_bits)), Signal()
        first = self.restart | ~begun
        with m.If(self.take):
            m.d.sync += [golden.eq(Mux(first, self.bias, golden) + total), begun.eq(1)]
        m.d.comb += [element.accumulate.eq(self.take), element.first.eq(first)]
        m.d.comb += Assert(element.acc == golden)
        return m


def wrapped(simd: int, bits: int, signed_input: bool, pipeline: int) -> Pair:
    form = {"simd": simd, "bits": bits, "signed_input": signed_input}
    return Pair(**form, acc_bits=8, pipeline=pipeline)


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    sizes = [(1, 3, False, 0), (2, 2, True, 1), (3, 2, False, 2), (4, 1, True, 0), (5, 2, True, 1)]
    designs = {f"size{n}": PixelProof(wrapped(*size)) for n, size in enumerate(sizes)}
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    broken = PixelProof(wrapped(3, 2, False, 1), broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": broken}, induct=True)


def test_bad_parameters_are_refused():
    good = {"simd": 4, "bits": 8, "acc_bits": 12}
    for name in good:
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            PixelElement(**dict(good, **{name: 0}))
    for pipeline in (-1, 3):
        with pytest.raises(ValueError, match=rf"^pipeline must be 0, 1 or 2, not {pipeline}$"):
            PixelElement(**good, pipeline=pipeline)
