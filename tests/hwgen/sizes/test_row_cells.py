"""Rows of bits that are added up, against additions one bit at a time."""

import pytest

from hwgen.sizes.row_cells import product_rows, sum_of


def reduced(heights):
    """Full adders that bring columns of so many bits down to two bits each, carries included."""
    heights, adders = list(heights), 0
    for place in range(len(heights)):
        while heights[place] > 2:
            heights[place] -= 2
            adders += 1
            if place + 1 < len(heights):
                heights[place + 1] += 1
    return adders


@pytest.mark.parametrize(("bits", "count"), [(8, 3), (16, 9), (5, 27), (12, 4)])
def test_numbers_of_one_width_take_about_as_many_full_adders_as_bit_by_bit(bits, count):
    total = bits + (count - 1).bit_length()
    found = sum_of([bits] * count, total).features()
    every = found["full adders"] + found["sign adders"]
    # All have their sign again up to the top.
    assert every == pytest.approx(reduced([count] * total), rel=0.1, abs=total)
    assert found["adders"] == total
    assert found["adder ends"] == 1


@pytest.mark.parametrize(("long", "short"), [(8, 8), (9, 4), (17, 16)])
def test_a_product_has_a_row_for_each_bit_of_its_shorter_number(long, short):
    rows = product_rows(long, short, short)
    assert (rows.rows, rows.bits, rows.total) == (short, long * short, long + short)
    # Row k ends k + long places from the bottom.
    assert rows.above == sum(rows.total - long - k for k in range(short))
    heights = [min(place, short - 1) + 1 for place in range(rows.total)]
    found = rows.features()
    every = found["full adders"] + found["sign adders"]
    assert every == pytest.approx(reduced(heights), abs=rows.total)


def test_products_added_up_at_once_share_the_adder_behind_them():
    one = product_rows(9, 8, 8)
    four = one.times(4)
    assert (four.rows, four.bits, four.total) == (32, 4 * 72, 19)
    assert four.above == 4 * (one.above + 8 * 2)
    assert four.features()["adders"] < one.features(4)["adders"]
    assert four.features(3) == {key: 3 * n for key, n in four.features().items()}


def test_a_single_row_is_added_to_nothing():
    assert set(sum_of([8], 8).features().values()) == {0}
    assert sum_of([8, 8], 9).features()["full adders"] == 0
