"""Line buffers: their banks, and the memories that these make."""

from dataclasses import replace

import pytest

from hwgen.plan.units import WindowPlan
from hwgen.sizes.memory_map import Memory

WINDOW = WindowPlan(
    name="w", stage="w", in_shape=(8, 10, 4), bits=3, kernel=(3, 3), stride=(1, 1),
    dilation=(1, 1), padding=(1, 1, 1, 1), pad=0, block=(1, 1), taps=(3, 3), blocks=(8, 10),
    group=2, repeats=1, channels_outer=False, slots=2, in_bits=6, out_bits=54,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # Bank rows times bank columns, of 11 padded columns in threes, times channel groups.
        ({}, 2 * 4 * 2),
        ({"slots": 3}, 3 * 4 * 2),
        ({"group": 4}, 2 * 4 * 1),
        ({"padding": (1, 1, 3, 1)}, 2 * 5 * 2),
        ({"in_shape": (8, 8, 4)}, 2 * 3 * 2),
        ({"in_shape": (8, 1, 2), "slots": 1, "padding": (0, 0, 0, 0)}, 2),
    ],
)
def test_a_bank_holds_its_columns_of_every_bank_row_and_two_words_at_least(changes, words):
    assert replace(WINDOW, **changes).bank_words == words


def test_banks_that_move_together_are_one_memory():
    assert WINDOW.memories({}, "ice40") == [Memory(16, 6, "rows", 1)] * 9
    apart = replace(WINDOW, stride=(3, 3), blocks=(2, 3))
    assert apart.memories({}, "ice40") == [Memory(16, 9 * 6, "rows", 9)]
