"""Widths of integers, and the widest sums that are built."""

import pytest

from hwgen.errors import ModelError
from hwgen.passes.stage_values import bits_of, check_sums


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (-2, 1, 2), (-3, 1, 3), (-(1 << 47), (1 << 47) - 1, 48)],
)
def test_a_range_takes_the_fewest_bits_that_have_both_its_ends(low, high, bits):
    assert bits_of(low, high) == bits


def test_sums_of_48_bits_are_built_and_wider_ones_refused():
    check_sums(48)
    message = r"^its sums may need 49 bits, but at most 48 are built$"
    with pytest.raises(ModelError, match=message):
        check_sums(bits_of(0, 1 << 47))
