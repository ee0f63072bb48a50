"""Widths of elements, at the edges of what their sums can reach."""

from dataclasses import replace

import numpy as np
import pytest

from hwgen.sizes.element_sizes import ElementSizes

BINARY = ElementSizes(
    fabric="generic", bits=1, bipolar=True, signed_input=False, weight_bits=1,
    bipolar_weights=True, zero_flags=False, products=7, acc_min=-7, acc_max=7, thresholds=True,
)  # fmt: skip
WIDE = replace(BINARY, bits=4, bipolar=False, weight_bits=3, bipolar_weights=False)


def test_kinds_follow_from_formats_and_fabric():
    fabrics = {f: replace(BINARY, fabric=f).kind for f in ("generic", "ice40", "ecp5")}
    assert fabrics == {"generic": "binary", "ice40": "counter", "ecp5": "carry"}
    assert {replace(BINARY, fabric=f, zero_flags=True).kind for f in fabrics} == {"binary"}
    assert replace(BINARY, bits=8, bipolar=False).kind == "pixel"
    assert WIDE.kind == "integer"


@pytest.mark.parametrize(("products", "bits"), [(1, 1), (7, 3), (8, 4)])
def test_a_count_holds_all_products_and_a_limit_one_more(products: int, bits: int):
    sizes = replace(BINARY, products=products)
    assert sizes.acc_bits == bits
    assert sizes.limit_bits == (products + 1).bit_length()
    assert replace(sizes, fabric="ice40").limit_bits == bits + 1
    assert replace(sizes, zero_flags=True).acc_bits == bits + 1


@pytest.mark.parametrize(
    ("ends", "bits"), [((-8, 7), 4), ((-9, 7), 5), ((-8, 8), 5), ((0, 0), 1), ((-1, 0), 1)]
)
def test_a_sum_is_two_s_complement_of_its_range(ends: tuple[int, int], bits: int):
    sizes = replace(WIDE, acc_min=ends[0], acc_max=ends[1])
    assert sizes.acc_bits == sizes.score_bits == bits
    assert sizes.limit_bits == bits + 1
    assert replace(sizes, thresholds=False).limit_bits == bits


def test_a_threshold_on_the_dot_product_is_one_on_the_matches():
    thresholds = np.arange(-7, 9)[:, None]
    none = np.empty(0, np.uint8)
    matches = BINARY.coded_limits(none, thresholds)[:, 0]
    for threshold, limit in zip(range(-7, 9), matches, strict=True):
        assert all((2 * p - 7 >= threshold) == (p >= limit) for p in range(8))
    assert (replace(BINARY, fabric="ecp5").coded_limits(none, thresholds)[:, 0] == -matches).all()


def test_wide_weights_are_coded_as_their_bits():
    coded = WIDE.coded_weights(np.array([[[[-4, 3, -1]]]]))
    assert coded.tolist() == [[[[0, 0, 1, 1, 1, 0, 1, 1, 1]]]]
