# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from typing import Any

import numpy as np
import pytest

from hwgen.rtl.reorder import Reorder
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Reads

RNG = np.random.default_rng(80)


def case(width, block, blocks_y, blocks_x, folds, frames=2):
    my, mx = block
    x = RNG.integers(0, 1 << width, (frames, blocks_y, blocks_x, folds, my, mx))
    raster = x.transpose(0, 1, 4, 2, 5, 3).reshape(-1)
    return join_rows(x.reshape(-1, my * mx), width), [int(word) for word in raster]


def rule(block, blocks_x, folds):
    words = blocks_x * folds
    reads = words * block[0] * block[1]
    return Reads(
        needs=lambda r: (r // reads + 1) * words - 1, frees=lambda k: (k // words - 1) * reads - 1
    )


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("width", "block", "blocks_y", "blocks_x", "folds"),
    [
        (3, (1, 1), 4, 1, 1),
        (3, (1, 1), 3, 2, 3),
        (5, (2, 2), 2, 3, 1),
        (4, (2, 2), 3, 2, 3),
        (1, (1, 3), 3, 2, 2),
        (6, (3, 1), 1, 3, 2),
        (2, (2, 3), 2, 1, 1),
    ],
)
def test_blocks_become_raster_order(width, block, blocks_y, blocks_x, folds, pattern):
    words, expected = case(width, block, blocks_y, blocks_x, folds)
    dut = Reorder(width=width, block=block, blocks_y=blocks_y, blocks_x=blocks_x, folds=folds)
    check(dut, words, expected, rule(block, blocks_x, folds), pattern)


def test_output_has_no_bubble_at_full_rate():
    words, expected = case(4, (2, 2), 3, 4, 2)
    dut = Reorder(width=4, block=(2, 2), blocks_y=3, blocks_x=4, folds=2)
    trace = check(dut, words, expected, rule((2, 2), 4, 2), FULL_RATE)
    # The last word of the first block row comes in cycle 7; its first read is issued in cycle 8.
    assert trace.o == list(range(9, 9 + len(expected)))


@pytest.mark.parametrize("reset_after", [9, 14, 25])
def test_reset_forgets_the_rows_held(reset_after):
    words, expected = case(4, (2, 2), 2, 2, 2)
    dut = Reorder(width=4, block=(2, 2), blocks_y=2, blocks_x=2, folds=2)
    check(dut, words, expected, rule((2, 2), 2, 2), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    good: dict[str, Any] = {"width": 4, "block": (2, 2), "blocks_y": 2, "blocks_x": 2, "folds": 2}
    for name in ("width", "blocks_y", "blocks_x", "folds"):
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            Reorder(**dict(good, **{name: 0}))
    for block, text in [((2, 0), r"\(2, 0\)"), ((2,), r"\(2,\)")]:
        with pytest.raises(ValueError, match=rf"^block must be two positive sizes, not {text}$"):
            Reorder(**dict(good, block=block))
