# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.counter_element import CounterElement
from tests.hwgen.rtl.element_bench import ElementProof, check_element, refuse_bad_parameters
from tests.hwgen.rtl.test_formal import prove

SIMDS = (1, 2, 3, 4, 7, 8, 16, 31, 33, 64)


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_positions_that_differ_are_counted(simd, pipeline):
    dut = CounterElement(simd=simd, acc_bits=16, pipeline=pipeline, model=True)
    check_element(dut, latency=1 + pipeline, rng=np.random.default_rng(simd))


@pytest.mark.parametrize("largest", [1, 2, 3])
def test_smaller_counters_count_the_same(largest):
    dut = CounterElement(simd=22, acc_bits=16, largest=largest, model=True)
    check_element(dut, latency=2, rng=np.random.default_rng(largest))


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    designs = {
        f"simd{simd}_pipeline{pipeline}": ElementProof(
            CounterElement(simd=simd, acc_bits=6, pipeline=pipeline), latency=1 + pipeline
        )
        for simd, pipeline in ((1, 0), (2, 1), (3, 2), (7, 1), (8, 0), (15, 2))
    }
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    dut = CounterElement(simd=7, acc_bits=6)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": ElementProof(dut, latency=2, broken=True)}, induct=True)


def test_bad_parameters_are_refused():
    refuse_bad_parameters(CounterElement)
    with pytest.raises(ValueError, match=r"^largest must be one of \[1, 2, 3, 7\], not 4$"):
        CounterElement(simd=8, acc_bits=8, largest=4)
