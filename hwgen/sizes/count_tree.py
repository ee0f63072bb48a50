"""Cheapest tree of counters and adders that counts the ones among so many bits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

__all__ = ["CARRY", "LEFT", "RIGHT", "ROOT", "CountTree", "Place", "cheapest_tree", "walk"]

Place = tuple[int, ...]
"""Way from the root of a tree to a node: which side, or the bit on the carry, at each step."""

ROOT: Place = ()
LEFT, RIGHT, CARRY = range(3)


@dataclass(frozen=True)
class CountTree:
    """Counter of a few bits, or the sum of two counts and perhaps one more bit.

    Parameters
    ----------
    width : int
        Bits that are counted: those of ``left``, then those of ``right``, then the one that enters
        on the carry; without ``left`` and ``right`` the bits of a counter.
    level : int
        Adders on the longest way from a bit to the count.
    cost : int
        Cells, as the costs given to `cheapest_tree` have them.
    left, right : CountTree or None
        Counts that an adder adds; ``left`` is the wider one.
    carry : bool
        Whether one more bit enters on the adder's carry.
    """

    width: int
    level: int
    cost: int
    left: "CountTree | None" = None
    right: "CountTree | None" = None
    carry: bool = False

    @property
    def bits(self) -> int:
        """Width of the count."""
        return self.width.bit_length()


def cheapest_tree(width: int, counters: Mapping[int, int], carry_cost: int) -> CountTree:
    """Cheapest tree for ``width`` bits; of equally cheap ones the one with fewest levels.

    An adder of k bits is taken to cost ``k + 1`` cells: one a bit, and one in which its carry
    comes out and that of the adder above it in the same carry chain goes in.

    Parameters
    ----------
    width : int
    counters : mapping of int to int
        Cost of a counter by the number of bits that it counts; that of 1 bit must be there.
    carry_cost : int
        Cells that a bit on a carry costs beside the adder itself.
    """
    if width < 1:
        raise ValueError(f"width must be positive, not {width!r}")
    if 1 not in counters:
        raise ValueError(f"counters must have one of 1 bit, not only {sorted(counters)!r}")
    kinds = tuple(sorted(counters.items()))
    for narrower in range(1, width):
        # Each from those before it, or a wide one would recurse once for each bit.
        _cheapest(narrower, kinds, carry_cost)
    return _cheapest(width, kinds, carry_cost)


def walk(tree: CountTree, place: Place = ROOT) -> Iterator[tuple[Place, CountTree]]:
    """Nodes of a tree with their places, each after those below it."""
    for side, node in ((LEFT, tree.left), (RIGHT, tree.right)):
        if node is not None:
            yield from walk(node, (*place, side))
    yield place, tree


@cache
def _cheapest(width: int, counters: tuple[tuple[int, int], ...], carry_cost: int) -> CountTree:
    # Only the best of them becomes a tree: wide counts have many.
    found: list[tuple[int, int, int, bool]] = [
        (cost, 0, 0, False) for size, cost in counters if size == width
    ]
    for carry in (True, False):
        for right_width in range(1, (width - carry) // 2 + 1):
            left = _cheapest(width - carry - right_width, counters, carry_cost)
            right = _cheapest(right_width, counters, carry_cost)
            cost = left.cost + right.cost + left.bits + 1 + carry * carry_cost
            found.append((cost, max(left.level, right.level) + 1, right_width, carry))
    cost, level, right_width, carry = min(found, key=lambda tree: tree[:2])
    if not right_width:
        return CountTree(width, level, cost)
    left = _cheapest(width - carry - right_width, counters, carry_cost)
    right = _cheapest(right_width, counters, carry_cost)
    return CountTree(width, level, cost, left, right, carry)
