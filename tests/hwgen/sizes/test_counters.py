"""Coded lanes of counters: each is in one pair at most, and decoding gives the weights back."""

import numpy as np
import pytest

from hwgen.sizes.counters import counter_tree, counter_weights, paired_lanes

WIDTHS = [*range(1, 40), 64, 127, 288]


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("simd", WIDTHS)
def test_pairs_share_no_lane_and_only_the_second_one_changes(simd: int, biased: bool):
    pairs = paired_lanes(simd, biased=biased)
    assert len({lane for pair in pairs for lane in pair}) == 2 * len(pairs)
    weights = np.random.default_rng(simd).integers(0, 2, (5, simd), dtype=np.uint8)
    coded = counter_weights(weights, biased=biased)
    for first, second in pairs:
        coded[:, second] ^= coded[:, first]
    assert (coded == weights).all()


@pytest.mark.parametrize("simd", [n for n in WIDTHS if n > 1])
def test_a_bias_takes_the_last_product_beside_the_tree_of_the_others(simd: int):
    tree, inner = counter_tree(simd, biased=True), counter_tree(simd - 1, biased=False)
    assert (tree.left, tree.right, tree.carry) == (inner, None, True)
    assert tree.level == inner.level + 1
    assert paired_lanes(simd, biased=True) == paired_lanes(simd - 1, biased=False)
