# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.carry_element import CarryElement
from tests.formal_proof import prove
from tests.hwgen.rtl.element_bench import ElementProof, check_element, refuse_bad_parameters

SIMDS = (1, 2, 3, 4, 7, 8, 16, 31, 33, 64)


@pytest.mark.parametrize("pipeline", [0, 1, 2])
@pytest.mark.parametrize("simd", SIMDS)
def test_positions_that_differ_are_counted_above_the_bias(simd, pipeline):
    dut = CarryElement(simd=simd, acc_bits=16, pipeline=pipeline, model=True)
    check_element(dut, latency=pipeline, rng=np.random.default_rng(simd), biased=True)


def test_the_accumulator_is_the_sum_for_all_inputs(tmp_path):
    designs = {
        f"simd{simd}_pipeline{pipeline}": ElementProof(
            CarryElement(simd=simd, acc_bits=6, pipeline=pipeline), latency=pipeline, biased=True
        )
        for simd, pipeline in ((1, 0), (2, 2), (3, 1), (4, 2), (8, 1), (16, 0))
    }
    prove(tmp_path, designs, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    dut = CarryElement(simd=7, acc_bits=6)
    proof = ElementProof(dut, latency=1, biased=True, broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": proof}, induct=True)


def test_bad_parameters_are_refused():
    refuse_bad_parameters(CarryElement)
