"""Cells of the counts of products that the fabrics' elements are built of."""

from collections.abc import Iterator
from functools import cache

from hwgen.sizes.count_tree import CountTree, cheapest_tree
from hwgen.sizes.counters import counter_tree

__all__ = ["carry_chains", "carry_slots", "carry_tree", "counter_cells"]


@cache
def counter_cells(simd: int, pipeline: int, *, biased: bool) -> int:
    """Logic cells of iCE40 that count ``simd`` products, with the registers up to the sum.

    A register costs a cell where no LUT stands right ahead of it. With a bias the adder that takes
    it, and the last product on its carry, is not among them.
    """
    tree = counter_tree(simd, biased=biased)
    if simd == biased:
        return 1
    cells = tree.cost + biased
    if tree.level == 0:
        return cells + pipeline * simd.bit_length()
    if pipeline >= 2:
        cells += sum(_late(tree, tree.level // 2 + 1))
    return cells


def carry_tree(simd: int) -> CountTree:
    """Tree of the slots of an ECP5 carry chain that count all products but the last."""
    return cheapest_tree(simd - 1, {1: 0}, 0)


def carry_slots(simd: int, pipeline: int) -> int:
    """Slots of an ECP5 carry chain that count ``simd`` products; the last one enters later."""
    return carry_tree(simd).cost + (3 if pipeline >= 2 else 0) if simd > 1 else 0


def carry_chains(simd: int, pipeline: int) -> int:
    """Chains into which those slots are cut, the accumulator's included."""
    return min(simd, 3) if pipeline >= 2 else 1


def _late(tree: CountTree, level: int) -> Iterator[int]:
    """Bits that are registered already where a level begins, and so take a cell more each."""
    if tree.level == 0:
        yield tree.bits
    elif tree.level >= level:
        yield int(tree.carry)
        for below in (tree.left, tree.right):
            if below is not None:
                yield from _late(below, level)
