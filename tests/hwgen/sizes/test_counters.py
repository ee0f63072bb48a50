"""Trees of counters, with and without a bias."""

import pytest

from hwgen.sizes.counters import counter_tree


@pytest.mark.parametrize("simd", [*range(2, 40), 64, 127, 288])
def test_a_bias_takes_the_last_product_beside_the_tree_of_the_others(simd: int):
    tree, inner = counter_tree(simd, biased=True), counter_tree(simd - 1, biased=False)
    assert (tree.left, tree.right, tree.carry) == (inner, None, True)
    assert tree.level == inner.level + 1
