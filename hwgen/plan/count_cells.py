"""Cells of the counts of products that the fabrics' elements are built of."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["carry_chains", "carry_slots", "counter_cells", "paired_lanes"]

COUNTERS = ((1, 1), (2, 2), (3, 3), (7, 10))
"""Products of a counter and its LUTs."""


@dataclass(frozen=True)
class _Tree:
    """Counter, or sum of two counts and perhaps a bit on the carry: levels and cells.

    ``less`` products are in the second count, none where it is a counter.
    """

    cost: int
    level: int
    less: int = 0
    carry: bool = False


def counter_cells(simd: int, pipeline: int, *, biased: bool) -> int:
    """Logic cells of counters of ``simd`` products, with the registers up to the sum.

    A register costs a cell where no LUT stands right ahead of it. With a bias the adder that takes
    it, and the last product on its carry, is not among them.
    """
    inner = simd - biased
    if not inner:
        return 1
    trees = _cheapest(COUNTERS, 1, inner)
    tree = trees[inner]
    levels, cells = tree.level + biased, tree.cost + biased
    if levels == 0:
        return cells + pipeline * simd.bit_length()
    if pipeline >= 2:
        cells += biased + sum(_late(trees, inner, levels // 2 + 1))
    return cells


def paired_lanes(simd: int, *, biased: bool) -> list[tuple[int, int]]:
    """Pairs of lanes of which the second one is stored, and comes, as the exclusive or of both."""
    inner = simd - biased
    return list(_paired(_cheapest(COUNTERS, 1, inner), inner, 0)) if inner else []


def carry_slots(simd: int, pipeline: int) -> int:
    """Slots of a carry chain that count ``simd`` products; the last one enters later."""
    if simd == 1:
        return 0
    tree = _cheapest(((1, 0),), 0, simd - 1)[simd - 1]
    return tree.cost + (3 if pipeline >= 2 else 0)


def carry_chains(simd: int, pipeline: int) -> int:
    """Chains into which those slots are cut, the accumulator's included."""
    return min(simd, 3) if pipeline >= 2 else 1


def _late(trees: list[_Tree], width: int, level: int) -> Iterator[int]:
    """Bits that are registers already where a level begins, and so take a cell more each."""
    tree = trees[width]
    if tree.level == 0:
        yield width.bit_length()
    elif tree.level >= level:
        yield int(tree.carry)
        yield from _late(trees, tree.less, level)
        yield from _late(trees, width - tree.less - tree.carry, level)


def _paired(trees: list[_Tree], width: int, start: int) -> Iterator[tuple[int, int]]:
    """The first two lanes of each three that a counter begins with, from lane ``start`` on."""
    tree = trees[width]
    if tree.level == 0:
        yield from ((start + k, start + k + 1) for k in range(0, width // 3 * 3, 3))
        return
    more = width - tree.less - tree.carry
    yield from _paired(trees, more, start)
    yield from _paired(trees, tree.less, start + more)


_known: dict[tuple[tuple[int, int], ...], list[_Tree]] = {}


def _cheapest(counters: tuple[tuple[int, int], ...], carry_cost: int, width: int) -> list[_Tree]:
    """Cheapest trees up to a width, of equally cheap ones those of fewest levels.

    An adder of k bits has k + 1 cells.
    """
    trees = _known.setdefault(counters, [_Tree(0, 0)])
    for n in range(len(trees), width + 1):
        found = [(cost, 0, 0, False) for size, cost in counters if size == n]
        for carry in (True, False):
            for less in range(1, (n - carry) // 2 + 1):
                more = n - carry - less
                a, b = trees[more], trees[less]
                cost = a.cost + b.cost + more.bit_length() + 1 + carry * carry_cost
                found.append((cost, max(a.level, b.level) + 1, less, carry))
        trees.append(_Tree(*min(found, key=lambda tree: tree[:2])))
    return trees
