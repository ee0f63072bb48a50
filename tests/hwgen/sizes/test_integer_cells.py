"""What elements that multiply consist of: figures worked out by hand."""

from dataclasses import replace

import pytest

from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.integer_cells import integer_features

SIZES = ElementSizes(
    counting="carry", bits=8, bipolar=False, signed_input=True, weight_bits=8,
    bipolar_weights=False, zero_flags=False, products=64, acc_min=-(1 << 20), acc_max=(1 << 20) - 1,
    thresholds=False,
)  # fmt: skip


def counted(sizes=SIZES, *, simd=1, pipeline=1, ones=None, accumulates=True):
    return integer_features(sizes, simd=simd, pipeline=pipeline, ones=ones, accumulates=accumulates)


def test_a_product_is_a_bit_for_each_two_bits_and_rows_added_up():
    found = counted()
    assert found["product bits"] == 64
    assert found["adders"] == 16
    # The accumulator, and the choice of what it starts from.
    assert found["accumulators"] == 2 * 21
    assert counted(accumulates=False)["accumulators"] == 21


def test_a_number_without_a_sign_has_none_above_its_rows():
    plain = counted(replace(SIZES, signed_input=False))
    assert plain["product bits"] == 64
    assert plain["full adders"] < counted()["full adders"]


def test_registers_behind_products_part_their_rows_from_the_sum():
    at_once, apart = counted(simd=4), counted(simd=4, pipeline=2)
    assert at_once["product bits"] == apart["product bits"]
    assert at_once["adders"] == 18
    assert apart["adders"] == 4 * 16 + 18


def test_zeros_of_constant_weights_are_no_rows():
    assert counted(ones=3.0)["product bits"] == 0
    assert counted(ones=3.0)["full adders"] < counted()["full adders"]
    assert counted(ones=0.0)["full adders"] == 0


def test_signs_choose_a_weight_or_its_negative():
    found = counted(replace(SIZES, bipolar=True, bits=1), simd=8)
    assert found["signs"] == 8 * 9
    assert "product bits" not in found
    assert found["adders"] == 9 + 3


@pytest.mark.parametrize(
    ("multiplier", "bits", "terms", "fields"),
    [("mult18", 8, 6, 0), ("mac16", 8, 6, 0), ("mult18", 4, 3, 3 * (9 + 4))],
)
def test_cells_leave_the_sum_of_what_they_give(multiplier, bits, terms, fields):
    sizes = replace(SIZES, multiplier=multiplier, bits=bits, weight_bits=bits)
    found = counted(sizes, simd=6, pipeline=3)
    assert "product bits" not in found
    assert found["fields"] == fields
    width = 2 * bits + (fields > 0)
    assert found["adders"] == width + (terms - 1).bit_length()
    assert found["full adders"] > 0
