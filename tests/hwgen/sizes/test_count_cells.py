"""Cells of counts: those of their trees, and of the registers amid them."""

import pytest

from hwgen.sizes.count_cells import carry_chains, carry_slots, counter_cells
from hwgen.sizes.count_tree import cheapest_tree
from hwgen.sizes.counters import COUNTERS

WIDTHS = [*range(1, 40), 48, 64, 72, 127, 128, 288, 576]


@pytest.mark.parametrize("simd", [n for n in WIDTHS if n not in COUNTERS])
def test_cells_are_those_of_the_tree(simd: int):
    assert counter_cells(simd, 1, biased=False) == cheapest_tree(simd, COUNTERS, 1).cost
    assert counter_cells(simd + 1, 1, biased=True) == counter_cells(simd, 1, biased=False) + 1


def test_a_register_amid_the_adders_costs_what_is_registered_there_already():
    # One adder: ahead of it a count of three bits and one more bit.
    assert counter_cells(8, 2, biased=False) == counter_cells(8, 1, biased=False) + 3 + 1
    # With a bias there is a second one: sums cost nothing, but the last product waits.
    assert counter_cells(9, 2, biased=True) == counter_cells(9, 1, biased=True) + 1


def test_slots_are_those_of_all_products_but_the_last():
    assert [carry_slots(n, 1) for n in (1, 2, 4, 8, 16)] == [0, 0, 2, 7, 18]
    assert [carry_slots(n, 2) for n in (1, 2, 4)] == [0, 3, 5]
    assert [carry_chains(n, 2) for n in (1, 2, 9)] == [1, 2, 3]
