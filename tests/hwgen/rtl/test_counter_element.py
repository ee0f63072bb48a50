# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Assume, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hwgen.rtl.counter_element import CounterElement
from tests.formal_proof import prove
from tests.hwgen.rtl.element_bench import ElementProof, check_element, refuse_bad_parameters

SIMDS = (1, 2, 3, 4, 7, 8, 16, 31, 33, 64)


class Parted(wiring.Component):
    """An element whose bias is parted, as one that takes it whole."""

    def __init__(self, element: CounterElement):
        self.element = element
        self.simd, self.acc_bits = element.simd, element.acc_bits
        members = dict(element.signature.members)
        del members["upper"]
        super().__init__(members | {"bias": In(signed(element.acc_bits))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.element = element = self.element
        added = element.added
        assert added is not None
        upper = self.bias[added + 1 :]
        if element.pipeline:
            held = Signal(len(upper), reset_less=True)
            m.d.sync += held.eq(upper)
            upper = held
        for name in ("x", "w", "accumulate", "first"):
            m.d.comb += getattr(element, name).eq(getattr(self, name))
        m.d.comb += [
            element.bias.eq(self.bias[:added]),
            element.upper.eq(upper),
            self.acc.eq(element.acc),
        ]
        return m


class PartedProof(ElementProof):
    """Where the bias is one that can be parted."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += Assume(~self.bias[self.dut.element.added])
        return m


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_positions_that_differ_are_counted(simd, pipeline):
    dut = CounterElement(simd=simd, acc_bits=16, pipeline=pipeline, model=True)
    check_element(dut, latency=1 + pipeline, rng=np.random.default_rng(simd))


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_a_bias_is_added_to_each_count(simd, pipeline):
    sizes = {"simd": simd, "acc_bits": 16, "pipeline": pipeline, "biased": True}
    dut = CounterElement(**sizes, model=True)
    rng = np.random.default_rng(simd)
    check_element(dut, latency=1 + pipeline, rng=rng, lead=min(pipeline, 1))


@pytest.mark.parametrize("largest", [1, 2, 3])
def test_smaller_counters_count_the_same(largest):
    dut = CounterElement(simd=22, acc_bits=16, largest=largest, model=True)
    check_element(dut, latency=2, rng=np.random.default_rng(largest))


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    designs = (
        {
            f"simd{simd}_pipeline{pipeline}": ElementProof(
                CounterElement(simd=simd, acc_bits=6, pipeline=pipeline), latency=1 + pipeline
            )
            for simd, pipeline in ((1, 0), (2, 1), (3, 2), (7, 1), (8, 0), (15, 2))
        }
        | {
            f"biased_simd{simd}_pipeline{pipeline}": ElementProof(
                CounterElement(simd=simd, acc_bits=7, pipeline=pipeline, biased=True),
                latency=1 + pipeline,
                lead=min(pipeline, 1),
            )
            for simd, pipeline in ((1, 2), (2, 0), (4, 2), (8, 1), (16, 2))
        }
        | {
            f"parted_simd{simd}_pipeline{pipeline}": PartedProof(
                Parted(
                    CounterElement(
                        simd=simd, acc_bits=7, pipeline=pipeline, biased=True, added=added
                    )
                ),
                latency=1 + pipeline,
                lead=min(pipeline, 1),
            )
            for simd, pipeline, added in ((2, 0, 1), (8, 1, 3), (11, 2, 4))
        }
    )
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    dut = CounterElement(simd=7, acc_bits=6)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": ElementProof(dut, latency=2, broken=True)}, induct=True)


def test_bad_parameters_are_refused():
    refuse_bad_parameters(CounterElement)
    with pytest.raises(ValueError, match=r"^largest must be one of \[1, 2, 3, 7\], not 4$"):
        CounterElement(simd=8, acc_bits=8, largest=4)
    for biased, added in ((False, 3), (True, 2), (True, 7), (True, 8)):
        with pytest.raises(ValueError, match=f"^added must be .*, not {added}$"):
            CounterElement(simd=8, acc_bits=8, biased=biased, added=added)
