"""Counts of bipolar products in LUTs with plain carry chains: their trees."""

from hwgen.sizes.count_tree import CountTree, cheapest_tree

__all__ = ["COUNTERS", "counter_tree"]

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
