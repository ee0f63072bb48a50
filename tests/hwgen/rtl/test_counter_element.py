# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.sim import Simulator

from hwgen.rtl.counter_element import CounterElement, counter_inputs
from hwgen.sizes.counters import counter_weights
from tests.formal_proof import prove
from tests.hwgen.rtl.element_bench import ElementProof, check_element, refuse_bad_parameters
from tests.rtl_bench import join_rows

SIMDS = (1, 2, 3, 4, 7, 8, 16, 31, 33, 64)


class Plain(wiring.Component):
    """An element of plain inputs and negated weights."""

    def __init__(self, element: CounterElement):
        self.element = element
        self.simd, self.acc_bits = element.simd, element.acc_bits
        super().__init__(element.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.element = element = self.element
        coding = {"biased": element.biased, "largest": element.largest}
        m.d.comb += [
            element.x.eq(counter_inputs(self.x, **coding)),
            element.w.eq(counter_inputs(self.w, **coding)),
            element.accumulate.eq(self.accumulate),
            element.first.eq(self.first),
            self.acc.eq(element.acc),
        ]
        if element.biased:
            m.d.comb += element.bias.eq(self.bias)
        return m


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_positions_that_differ_are_counted(simd, pipeline):
    dut = Plain(CounterElement(simd=simd, acc_bits=16, pipeline=pipeline, model=True))
    check_element(dut, latency=1 + pipeline, rng=np.random.default_rng(simd))


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_a_bias_is_added_to_each_count(simd, pipeline):
    sizes = {"simd": simd, "acc_bits": 16, "pipeline": pipeline, "biased": True}
    dut = Plain(CounterElement(**sizes, model=True))
    rng = np.random.default_rng(simd)
    check_element(dut, latency=1 + pipeline, rng=rng, lead=min(pipeline, 1))


@pytest.mark.parametrize("largest", [1, 2, 3])
def test_smaller_counters_count_the_same(largest):
    dut = Plain(CounterElement(simd=22, acc_bits=16, largest=largest, model=True))
    check_element(dut, latency=2, rng=np.random.default_rng(largest))


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    designs = {
        f"simd{simd}_pipeline{pipeline}": ElementProof(
            Plain(CounterElement(simd=simd, acc_bits=6, pipeline=pipeline)), latency=1 + pipeline
        )
        for simd, pipeline in ((1, 0), (2, 1), (3, 2), (7, 1), (8, 0), (15, 2))
    } | {
        f"biased_simd{simd}_pipeline{pipeline}": ElementProof(
            Plain(CounterElement(simd=simd, acc_bits=7, pipeline=pipeline, biased=True)),
            latency=1 + pipeline,
            lead=min(pipeline, 1),
        )
        for simd, pipeline in ((1, 2), (2, 0), (4, 2), (8, 1), (16, 2))
    }
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    dut = Plain(CounterElement(simd=7, acc_bits=6))
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": ElementProof(dut, latency=2, broken=True)}, induct=True)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("largest", [1, 2, 3, 7])
@pytest.mark.parametrize("simd", SIMDS)
def test_weights_are_coded_like_inputs(simd, largest, biased):
    weights = np.random.default_rng(simd).integers(0, 2, (2, 3, simd), np.uint8)
    coded = counter_weights(weights, biased=biased, largest=largest).reshape(-1, simd)
    plain, out = Signal(simd), Signal(simd)
    m = Module()
    m.d.comb += out.eq(counter_inputs(plain, biased=biased, largest=largest))

    async def bench(ctx):
        for word, expected in zip(
            join_rows(weights.reshape(-1, simd), 1), join_rows(coded, 1), strict=True
        ):
            ctx.set(plain, word)
            assert ctx.get(out) == expected

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


def test_bad_parameters_are_refused():
    refuse_bad_parameters(CounterElement)
    with pytest.raises(ValueError, match=r"^largest must be one of \[1, 2, 3, 7\], not 4$"):
        CounterElement(simd=8, acc_bits=8, largest=4)
