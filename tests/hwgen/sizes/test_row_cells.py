"""Rows of bits that are added up, against sums worked out bit by bit and by hand."""

import pytest

from hwgen.sizes.row_cells import MOST_TIMES, Row, number_row, product_rows, row_sum, sum_cells


def value_of(row, bits, width):
    """What a row of these bits adds to a sum of so many bits."""
    above = {"sign": bits[-1], "one": 1}.get(row.above, 0)
    places = [*bits, *[above] * (width - row.begin - len(bits))][: width - row.begin]
    return sum(bit << row.begin + k for k, bit in enumerate(places))


@pytest.mark.parametrize(
    ("bits", "weight_bits", "signed", "by_weight"),
    [(4, 4, True, True), (4, 4, False, True), (5, 2, True, True), (3, 5, False, False),
     (2, 5, True, False)],
)  # fmt: skip
def test_rows_of_a_product_add_up_to_it(bits, weight_bits, signed, by_weight):
    rows = product_rows(bits, weight_bits, signed=signed, ones=weight_bits)
    assert len(rows) == (weight_bits if by_weight else bits)
    lowest = -(1 << bits - 1) if signed else 0
    width = bits + weight_bits
    for x in range(lowest, lowest + (1 << bits)):
        for w in range(-(1 << weight_bits - 1), 1 << weight_bits - 1):
            each, chooses = (x, w) if by_weight else (w, x)
            if chooses >> len(rows) - 1 & 1 and (by_weight or signed):
                continue  # the highest bit of a number with a sign is subtracted
            total = sum(
                value_of(row, [each >> k & 1 for k in range(row.bits)], width)
                for k, row in enumerate(rows)
                if chooses >> k & 1
            )
            assert total % (1 << width) == x * w % (1 << width)


@pytest.mark.parametrize(("bits", "count"), [(8, 3), (8, 4), (16, 9)])
def test_numbers_without_signs_take_a_full_adder_for_each_bit_less(bits, count):
    width = bits + (count - 1).bit_length()
    rows = [Row(0, bits)] * count
    found = sum_cells(rows, width)
    # Each full adder leaves one bit less; what is left fills two rows at most, one at least.
    assert bits * count - 2 * width <= found["full adders"] <= bits * count - width
    assert (found["adders"], found["adder ends"]) == (width, 1)
    assert row_sum(rows, width) == 2 * found["full adders"] + width


def test_signs_above_a_number_cost_less_than_bits_do():
    signs, bits = sum_cells([number_row(4)] * 8, 16), sum_cells([Row(0, 16)] * 8, 16)
    none = sum_cells([Row(0, 4)] * 8, 16)
    assert none["full adders"] < signs["full adders"] < bits["full adders"]


def test_zeros_of_constants_are_no_rows():
    assert len(product_rows(8, 8, signed=True, ones=3)) == 3
    assert product_rows(8, 8, signed=True, ones=0) == ()


def test_many_repetitions_go_on_as_the_last_ones_did():
    rows = product_rows(4, 3, signed=True, ones=3)
    many = sum_cells(rows, 7, 4 * MOST_TIMES)["full adders"]
    exact = sum_cells(rows * 4 * MOST_TIMES, 7 + 6)["full adders"]
    assert many == pytest.approx(exact, rel=0.05)


def test_a_single_row_is_added_to_nothing():
    assert set(sum_cells([number_row(8)], 8).values()) == {0}
    assert sum_cells([number_row(8)] * 2, 9)["full adders"] == 0
