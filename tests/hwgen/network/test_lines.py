"""Lines between points: as asked at each of them, and with no bit of shift too many."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hwgen.network.lines import Steps, lines_between


def steps(x, reached, missed, *, even=False) -> Steps:
    """What asks for levels from ``reached`` to below ``missed`` at each argument, or no end."""
    over = [k for k, level in enumerate(reached) if level is not None]
    under = [k for k, level in enumerate(missed) if level is not None]
    return Steps(
        (np.array([x[k] for k in over], int), np.array([reached[k] for k in over], int)),
        (np.array([x[k] for k in under], int), np.array([missed[k] for k in under], int)),
        even,
    )


def does(row: Steps, factor: int, offset: int, shift: int) -> bool:
    """Whether a line keeps to every single point."""

    def level(x: int) -> int:
        whole = factor * x + offset
        found = whole >> shift
        return found - (row.even and found << shift == whole and found % 2)

    over = zip(*(a.tolist() for a in row.reached), strict=True)
    under = zip(*(a.tolist() for a in row.missed), strict=True)
    return all(level(x) >= k for x, k in over) and all(level(x) < k for x, k in under)


def exists(row: Steps, shift: int) -> bool:
    """Whether there is any line, by trying all."""
    span = 20 << shift
    return any(
        does(row, factor, offset, shift)
        for factor in range(span // 3)
        for offset in range(-span * 4, span * 4)
        if does(Steps(*((a[:1], b[:1]) for a, b in row[:2]), row.even), factor, offset, shift)
    )


@given(
    levels=st.lists(st.integers(0, 4), min_size=2, max_size=6), start=st.integers(-4, 2),
    even=st.booleans(), cut=st.booleans(),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
@example(levels=[1, 3], start=0, even=True, cut=True)
def test_a_line_is_found_where_there_is_one_with_the_least_shift(levels, start, even, cut):
    levels = sorted(levels)
    x = list(range(start, start + len(levels)))
    reached = [None if cut and k == levels[0] else k for k in levels]
    missed = [None if cut and k == levels[-1] else k + 1 for k in levels]
    assume(any(k is not None for k in reached + missed))
    row = steps(x, reached, missed, even=even)
    found = lines_between([row], 3)
    if found is None:
        assert not exists(row, 2)
        return
    ((factor,), (offset,), shift) = found
    assert does(row, factor, offset, shift)
    assert shift == 0 or not exists(row, shift - 1)


@given(
    slopes=st.lists(st.floats(0.01, 30), min_size=1, max_size=4),
    offset=st.floats(-9, 9), count=st.integers(1, 400), even=st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_rows_share_a_shift_that_one_of_them_needs(slopes, offset, count, even):
    x = np.arange(-count, count)
    floors = [np.floor(x * slope + offset).astype(int) for slope in slopes]
    rows = [steps(x, y.tolist(), (y + 1).tolist(), even=even) for y in floors]
    found = lines_between(rows, 96)
    alone = [lines_between([row], 96) for row in rows]
    if found is None:
        assert None in alone
        return
    assert found.shift == max(one.shift for one in alone if one is not None)
    for row, factor, at in zip(rows, found.factors, found.offsets, strict=True):
        assert does(row, factor, at, found.shift)


def test_points_that_no_line_parts_are_refused_however_many_bits_there_are():
    row = steps([0, 1, 2], [0, 4, 5], [1, 5, 6])
    assert lines_between([row], 96) is None
    assert lines_between([steps([0, 1], [0, 1], [1, 2]), row], 96) is None


def test_far_arguments_are_as_exact_as_near_ones():
    # 2**40 arguments to a level: products of hulls are beyond 64 bits.
    x = [k << 40 for k in range(200)]
    row = steps([v - d for v in x for d in (1, 0)], [k - 1 + d for k in range(200) for d in (0, 1)],
                [k + d for k in range(200) for d in (0, 1)])  # fmt: skip
    assert lines_between([row], 96) == ([1], [0], 40)


def test_one_factor_serves_all_rows_where_there_is_one():
    x = range(-40, 40)
    rows = [
        steps(x, [(5 * v + b) // 8 for v in x], [(5 * v + b) // 8 + 1 for v in x])
        for b in (0, 3, 7)
    ]
    found = lines_between(rows, 20)
    assert found == ([5] * 3, [0, 3, 7], 3)


def test_a_point_on_one_side_only_is_enough():
    assert lines_between([steps([3], [4], [None])], 5) == ([0], [4], 0)
    assert lines_between([steps([3], [None], [4])], 5) == ([0], [3], 0)


def test_a_single_argument_is_a_constant():
    assert lines_between([steps([7], [4], [5])], 5) == ([0], [4], 0)


@pytest.mark.parametrize("even", [False, True])
def test_a_level_that_does_not_change_needs_no_product(even):
    found = lines_between([steps(range(-9, 9), [3] * 18, [4] * 18, even=even)], 5)
    assert found == ([0], [7], 1) if even else ([0], [3], 0)
