"""Counts of bipolar products in LUTs with plain carry chains: their trees, and coded lanes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.sizes.count_tree import CountTree, cheapest_tree, walk

__all__ = ["COUNTERS", "counter_tree", "counter_weights", "paired_lanes"]

COUNTERS = {1: 1, 2: 2, 3: 3, 7: 10}
"""LUTs of a counter by its products: XNORs that its own LUTs cannot take in, and itself."""


def counter_tree(simd: int, *, biased: bool, largest: int = 7) -> CountTree:
    """Tree of a count; with a bias its root adds that to all but the last product."""
    counters = {size: cost for size, cost in COUNTERS.items() if size <= largest}
    if not biased:
        return cheapest_tree(simd, counters, COUNTERS[1])
    left = cheapest_tree(simd - 1, counters, COUNTERS[1]) if simd > 1 else None
    level, cost = (left.level, left.cost) if left else (0, 0)
    return CountTree(simd, level + 1, cost, left, None, carry=True)


@cache
def paired_lanes(simd: int, *, biased: bool, largest: int = 7) -> tuple[tuple[int, int], ...]:
    """Pairs of lanes of which the second one is stored, and comes, as the exclusive or of both.

    They are the first two of each three that a counter begins with.
    """
    return tuple(_paired(counter_tree(simd, biased=biased, largest=largest)))


def counter_weights(
    weights: NDArray[np.integer[Any]], *, biased: bool, largest: int = 7
) -> NDArray[np.integer[Any]]:
    """What a count takes for negated weights (..., simd)."""
    coded = weights.copy()
    pairs = paired_lanes(weights.shape[-1], biased=biased, largest=largest)
    coded[..., [b for _, b in pairs]] ^= weights[..., [a for a, _ in pairs]]
    return coded


def _paired(tree: CountTree) -> Iterator[tuple[int, int]]:
    start = 0
    for _, node in walk(tree):
        if node.left is None and not node.carry:
            yield from ((start + k, start + k + 1) for k in range(0, node.width // 3 * 3, 3))
            start += node.width
        else:
            start += node.carry
