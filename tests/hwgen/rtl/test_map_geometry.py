from dataclasses import replace

import pytest

from hwgen.rtl.map_geometry import MapGeometry

GOOD = MapGeometry(
    height=6, width=5, channels=4, group=2, kernel=(3, 3), padding=(1, 1, 1, 1), outputs=(6, 5),
    rows=2, slots=4,
)  # fmt: skip
PLANES = replace(GOOD, planes=4, slots=6)


def test_a_pass_needs_what_it_reads_and_frees_what_no_later_one_does():
    assert [GOOD.needed(n) for n in range(3)] == [3, 5, 6]
    assert GOOD.freed == [1, 2, 3]
    # The pass after the last one is the first of the next map.
    assert GOOD.more_needed == [2, 1, 3]
    assert GOOD.least_slots == 4


def test_planes_are_complete_and_free_all_at_once():
    assert [PLANES.needed(n) for n in range(3)] == [6, 6, 6]
    assert PLANES.freed == [0, 0, 6]
    assert PLANES.more_needed == [0, 0, 6]
    assert PLANES.least_slots == 6


def test_rows_that_no_pass_reads_are_freed_with_the_last_one():
    left_over = replace(GOOD, kernel=(1, 1), padding=(0, 0, 0, 0), stride=(4, 4), outputs=(2, 2),
                        rows=1, slots=1)  # fmt: skip
    assert [left_over.needed(n) for n in range(2)] == [1, 5]
    assert left_over.freed == [4, 2]


def test_a_pass_of_padding_alone_waits_for_a_row():
    above = replace(GOOD, height=1, padding=(5, 0, 1, 1), outputs=(4, 5), rows=1, slots=1)
    assert [above.needed(n) for n in range(4)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("good", "change", "why"),
    [
        (GOOD, {"group": 3}, "group must divide 4 channels, not 3"),
        (PLANES, {"planes": 3}, "planes must have a divisor of 2 channels each"),
        (PLANES, {"planes": 2, "group": 1}, "planes must have a divisor of 1 channels each"),
        (GOOD, {"rows": 4}, "rows must divide 6 output rows, not 4"),
        (GOOD, {"slots": 3}, "slots must be a multiple of 1 and at least 4, not 3"),
        (PLANES, {"slots": 9}, "slots must be a multiple of 6 and at least 6, not 9"),
    ],
)
def test_sizes_that_do_not_fit_each_other_are_refused(good, change, why):
    with pytest.raises(ValueError, match=rf"^{why}$"):
        replace(good, **change)
