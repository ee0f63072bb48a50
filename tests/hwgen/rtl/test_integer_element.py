# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.integer_element import IntegerElement
from hwgen.sizes.multipliers import CELL_STAGES
from tests.rtl_bench import join_rows

CYCLES = 80
FORMATS = [
    (1, True, False),
    (1, False, False),
    (4, False, False),
    (4, False, True),
    (16, False, True),
]
FORMS = [(pipeline, form) for form in FORMATS for pipeline in range(4 - form[1])]
"""Registers and formats; 3 are those of multiplier cells, which bipolar inputs have no use for."""


@pytest.mark.parametrize(("pipeline", "form"), FORMS)
@pytest.mark.parametrize("simd", [1, 5])
@pytest.mark.parametrize("weight_bits", [1, 2, 8, 16])
def test_products_are_added_up(form, weight_bits, simd, pipeline):
    bits, bipolar, signed_input = form
    rng = np.random.default_rng(bits + weight_bits)
    low = -(1 << (bits - 1)) if signed_input else 0
    high = low + (1 << bits) - 1
    x = rng.integers(low, high + 1, (CYCLES, simd))
    ends = 1 << (weight_bits - 1)
    w = rng.integers(-ends, ends, (CYCLES, simd))
    x[3:5], x[5:7], w[3:6:2], w[4:7:2] = low, high, -ends, ends - 1
    zero = rng.random((CYCLES, simd)) < 0.3 if bipolar else np.zeros((CYCLES, simd), bool)
    values = np.where(zero, 0, 2 * x - 1) if bipolar else x
    sums = (values * w).sum(axis=1)
    dut = IntegerElement(
        simd=simd, bits=bits, bipolar=bipolar, signed_input=signed_input, weight_bits=weight_bits,
        acc_bits=45, pipeline=pipeline, zero_flags=bipolar,
        multiplier="mult18" if pipeline == CELL_STAGES else None, model=True,
    )  # fmt: skip
    words = list(
        zip(join_rows(x, bits), join_rows(w, weight_bits), join_rows(zero, 1), strict=True)
    )
    accumulate, first = rng.random(CYCLES) < 0.8, rng.random(CYCLES) < 0.2
    accumulate[0] = first[0] = True
    bias = rng.integers(-500, 500, CYCLES)

    async def testbench(ctx) -> None:
        golden = 0
        for cycle in range(CYCLES + pipeline):
            now = words[min(cycle, CYCLES - 1)]
            ctx.set(dut.x, now[0])
            ctx.set(dut.w, now[1])
            if bipolar:
                ctx.set(dut.zero, now[2])
            row = cycle - pipeline
            ctx.set(dut.accumulate, bool(row >= 0 and accumulate[row]))
            ctx.set(dut.first, bool(row >= 0 and first[row]))
            ctx.set(dut.bias, int(bias[row]))
            await ctx.tick()
            if row < 0:
                continue
            if accumulate[row]:
                golden = int(sums[row]) + (int(bias[row]) if first[row] else golden)
            acc = ctx.get(dut.acc)
            assert acc == golden, f"acc after row {row} is {acc}, not {golden}"

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bits": 2}, "bits must be positive, and 1 for bipolar inputs, not 2"),
        ({"weight_bits": 0}, "weight_bits must be positive, not 0"),
        ({"bipolar": False, "zero_flags": True}, "zero_flags must be False for inputs that are"),
        ({"multiplier": "mac16", "pipeline": 3}, "multiplier must be None for bipolar inputs"),
        ({"multiplier": "mac16", "bipolar": False}, "pipeline must be 3 with a multiplier, not 1"),
    ],
)
def test_formats_that_no_element_has_are_refused(changes, message):
    good = {"simd": 1, "bits": 1, "bipolar": True, "signed_input": False, "weight_bits": 4}
    with pytest.raises(ValueError, match=message):
        IntegerElement(**{**good, "acc_bits": 8, **changes})
