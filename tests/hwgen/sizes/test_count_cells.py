"""What the plan says of counts is what the hardware builds."""

import numpy as np
import pytest

from hwgen.plan.tables import CLEARED_WORDS
from hwgen.rtl import counter_element, matrix_unit
from hwgen.rtl.count_tree import cheapest_tree
from hwgen.rtl.counter_element import counter_weights
from hwgen.sizes.count_cells import COUNTERS, counter_cells, paired_lanes

WIDTHS = [*range(1, 40), 48, 64, 72, 127, 128, 288, 576]


def test_counters_are_those_of_the_elements():
    assert dict(COUNTERS) == counter_element.COUNTERS


def test_tables_that_are_cleared_are_those_of_the_unit():
    assert CLEARED_WORDS == matrix_unit.CLEARED_WORDS


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("simd", WIDTHS)
def test_pairs_are_the_lanes_that_elements_take_as_differences(simd: int, biased: bool):
    weights = np.eye(simd, dtype=np.uint8)
    expected = weights.copy()
    pairs = paired_lanes(simd, biased=biased)
    for first, second in pairs:
        expected[:, second] ^= weights[:, first]
    assert (counter_weights(weights, biased=biased) == expected).all()
    assert len({lane for pair in pairs for lane in pair}) == 2 * len(pairs)


@pytest.mark.parametrize("simd", [n for n in WIDTHS if n not in (1, 2, 3, 7)])
def test_cells_are_those_of_the_tree(simd: int):
    assert counter_cells(simd, 1, biased=False) == cheapest_tree(simd, dict(COUNTERS), 1).cost
    assert counter_cells(simd + 1, 1, biased=True) == counter_cells(simd, 1, biased=False) + 1
