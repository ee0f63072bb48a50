"""Widths of elements, at the edges of what their sums can reach."""

from dataclasses import replace

import numpy as np
import pytest

from hwgen.sizes.element_sizes import ElementSizes

BINARY = ElementSizes(
    counting="binary", bits=1, bipolar=True, signed_input=False, weight_bits=1,
    bipolar_weights=True, zero_flags=False, products=7, acc_min=-7, acc_max=7, thresholds=True,
)  # fmt: skip
WIDE = replace(BINARY, bits=4, bipolar=False, weight_bits=3, bipolar_weights=False)


def test_kinds_follow_from_formats_and_counting():
    ways = ("binary", "counter", "carry")
    assert all(replace(BINARY, counting=way).kind == way for way in ways)
    assert {replace(BINARY, counting=way, zero_flags=True).kind for way in ways} == {"binary"}
    assert replace(BINARY, bits=8, bipolar=False).kind == "pixel"
    assert WIDE.kind == "integer"


@pytest.mark.parametrize(("products", "bits"), [(1, 1), (7, 3), (8, 4)])
def test_a_count_holds_all_products_and_a_limit_one_more(products: int, bits: int):
    sizes = replace(BINARY, products=products)
    assert sizes.acc_bits == bits
    assert sizes.limit_bits == (products + 1).bit_length()
    assert replace(sizes, counting="counter").limit_bits == bits + 1
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
    assert (
        replace(BINARY, counting="carry").coded_limits(none, thresholds)[:, 0] == -matches
    ).all()


def test_wide_weights_are_coded_as_their_bits():
    coded = WIDE.coded_weights(np.array([[[[-4, 3, -1]]]]))
    assert coded.tolist() == [[[[0, 0, 1, 1, 1, 0, 1, 1, 1]]]]


KINDS = (
    BINARY,
    replace(BINARY, zero_flags=True),
    replace(BINARY, counting="counter"),
    replace(BINARY, counting="carry"),
    replace(BINARY, bits=3, bipolar=False, acc_min=0, acc_max=49),
    replace(WIDE, acc_min=-420, acc_max=315),
)


@pytest.mark.parametrize("sizes", KINDS, ids=lambda sizes: sizes.kind)
def test_parts_of_a_sum_are_of_the_same_kind_and_hold_all_of_their_products(sizes: ElementSizes):
    part = sizes.partial(3)
    # Elements for a comparison start from a bias; parts are added to it elsewhere.
    assert part.kind == sizes.kind
    assert (part.products, part.thresholds) == (3, False)
    inputs = 1 if sizes.bipolar else 1 << sizes.bits
    weights = 1 if sizes.bipolar_weights else 1 << sizes.weight_bits - 1
    assert part.acc_max == -part.acc_min == 3 * inputs * weights


@pytest.mark.parametrize("sizes", KINDS, ids=lambda sizes: sizes.kind)
def test_a_sum_that_starts_below_its_threshold_has_the_comparison_as_its_sign(sizes: ElementSizes):
    rng = np.random.default_rng(4)
    limits = np.array([[sizes.acc_min, sizes.acc_max + 1], [0, 1]])
    high = 2 if sizes.bipolar_weights else 1 << sizes.weight_bits - 1
    weights = rng.integers(0, high, (2, 1, 2, 7))
    starts = sizes.coded_starts(weights, limits)
    bits = sizes.start_bits
    assert starts.min() >= -1 << bits - 1
    assert starts.max() < 1 << bits - 1
    # The higher the threshold, the lower the start.
    assert starts[0, 0] > starts[1, 0] or sizes.kind == "pixel"
    assert starts[0, 1] < starts[1, 1] or sizes.kind == "pixel"


def test_sums_that_are_scores_start_from_nothing_but_where_pixels_are_coded_in_pairs():
    weights = np.arange(42).reshape(2, 1, 3, 7) % 2
    for sizes in KINDS:
        starts = replace(sizes, thresholds=False).coded_starts(weights, None)
        assert starts.shape == (2, 3)
        assert starts.any() == (sizes.kind == "pixel")
