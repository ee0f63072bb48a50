"""How many channels go."""

import pytest

from hwgen.compress.choose import Choice, choose, coarse, fine
from hwgen.compress.findings import Group


def group(members, least, step):
    return Group("duplicate", tuple(range(members)), (1,) * members, least, step)


@pytest.mark.parametrize(
    ("channels", "multiple"), [(64, 8), (128, 16), (640, 16), (48, 2), (8, 1), (10, 1), (7, 1)]
)
def test_a_number_keeps_most_of_its_divisors(channels, multiple):
    assert coarse(channels) == multiple
    assert fine(channels) == 1


def test_as_many_go_as_leave_a_good_number():
    def good(left):
        return left % 8 == 0

    assert choose(64, 7, [], good) == Choice(0, ())
    assert choose(64, 8, [], good) == Choice(8, ())
    assert choose(64, 20, [], good) == Choice(16, ())


def test_groups_give_pairs_where_weights_have_one_bit():
    groups = [group(5, 1, 2), group(3, 2, 1)]
    assert choose(16, 0, groups, lambda left: True) == Choice(0, (1, 2))
    assert choose(16, 0, groups, lambda left: left >= 12) == Choice(0, (1, 3))
    assert choose(16, 0, groups, lambda left: left >= 13) == Choice(0, (3, 2))
    # One cannot go of pairs alone.
    assert choose(16, 0, groups[:1], lambda left: left == 15) == Choice(0, (5,))


def test_a_channel_is_left():
    assert choose(4, 4, [], lambda left: True) == Choice(3, ())
