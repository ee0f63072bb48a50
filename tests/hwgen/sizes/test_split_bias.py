"""Parted biases: what the first three counts of a sum are given is the bias."""

import pytest

from hwgen.sizes.split_bias import added_bits

FORM = {"simd": 32, "limit_bits": 10, "synapse_fold": 9, "neuron_fold": 16, "pixels": 4}


@pytest.mark.parametrize("simd", range(2, 70))
def test_the_parts_make_up_every_bias_below_the_upper_part(simd: int):
    added = added_bits(**FORM | {"simd": simd, "limit_bits": 20}, pipeline=1)
    assert added is not None
    for bias in range(1 << 20):
        if bias >> added + 3:
            break
        low, half = bias & 1, bias >> 1 & (1 << added) - 1
        upper = bias >> added + 1 << added + 1
        assert low + half + half + upper == bias
        assert max(low, half) + simd < 2 << added


def test_a_bias_is_parted_where_a_sum_has_counts_enough_and_cells_are_saved():
    assert added_bits(**FORM, pipeline=1) == 5
    assert added_bits(**FORM | {"simd": 33}, pipeline=2) == 6
    for other in (
        {"synapse_fold": 2},
        {"neuron_fold": 33},
        {"pixels": 0},
        {"simd": 1},
        {"limit_bits": 6},
    ):
        assert added_bits(**FORM | other, pipeline=1) is None
    assert added_bits(**FORM, pipeline=3) is None
