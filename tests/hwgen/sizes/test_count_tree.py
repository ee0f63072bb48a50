import pytest

from hwgen.sizes.count_tree import CountTree, cheapest_tree


def bits(tree: CountTree) -> int:
    if tree.left is None or tree.right is None:
        return tree.width
    return bits(tree.left) + bits(tree.right) + tree.carry


def cells(tree: CountTree, counters: dict[int, int], carry_cost: int) -> int:
    if tree.left is None or tree.right is None:
        return counters[tree.width]
    below = cells(tree.left, counters, carry_cost) + cells(tree.right, counters, carry_cost)
    return below + tree.left.bits + 1 + tree.carry * carry_cost


@pytest.mark.parametrize(("counters", "carry_cost"), [({1: 1, 3: 4, 7: 12}, 1), ({1: 0}, 0)])
def test_trees_count_each_bit_once_at_their_cost(counters, carry_cost):
    for width in range(1, 80):
        tree = cheapest_tree(width, counters, carry_cost)
        assert (bits(tree), tree.width) == (width, width)
        assert tree.cost == cells(tree, counters, carry_cost)


def test_every_adder_has_its_wider_count_on_the_left():
    def check(tree):
        if tree.left is not None:
            assert tree.left.bits >= tree.right.bits
            assert tree.level == max(tree.left.level, tree.right.level) + 1
            check(tree.left)
            check(tree.right)

    check(cheapest_tree(77, {1: 1, 2: 2, 3: 4, 7: 12}, 1))


def test_counts_without_a_bit_to_spare_have_balanced_trees():
    assert [cheapest_tree(n, {1: 0}, 0).cost for n in (3, 7, 15, 31, 63)] == [2, 7, 18, 41, 88]
    assert [cheapest_tree(n, {1: 0}, 0).level for n in (3, 7, 15, 31, 63)] == [1, 2, 3, 4, 5]


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        cheapest_tree(0, {1: 1}, 1)
    with pytest.raises(ValueError, match=r"^counters must have one of 1 bit, not only \[3, 7\]$"):
        cheapest_tree(9, {7: 12, 3: 4}, 1)
