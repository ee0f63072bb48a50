"""Copies of a channel: as few as weights can say, by trying all weights."""

from itertools import product

import numpy as np
import pytest

from hwgen.compress.copies import deal, least_copies


def reachable(total, copies, weights):
    return any(sum(some) == total for some in product(weights, repeat=copies))


@pytest.mark.parametrize("given", [1, 2, 3, 4, 5])
def test_of_one_bit_no_fewer_copies_have_the_same_sums(given):
    for most in range(given % 2, given + 1, 2):
        totals = np.arange(-most, most + 1, 2)
        least = least_copies(totals, given, 1, bits=1)
        enough = [k for k in range(given + 1)
                  if all(reachable(t, k, (-1, 1)) for t in totals.tolist())]  # fmt: skip
        assert least == enough[0]
        assert (given - least) % 2 == 0


@pytest.mark.parametrize(("largest", "totals"), [(1, [0]), (3, [-4, 7]), (7, [20, -14, 3])])
def test_of_more_bits_no_fewer_copies_have_the_same_sums(largest, totals):
    weights = range(-largest, largest + 1)
    least = least_copies(np.array(totals), 4, largest, bits=4)
    enough = [k for k in range(5) if all(reachable(t, k, weights) for t in totals)]
    assert least == enough[0]


def test_never_more_copies_than_there_are():
    assert least_copies(np.array([-16]), 2, 7, bits=4) == 2
    assert least_copies(np.array([-1]), 1, 0, bits=2) == 1


@pytest.mark.parametrize("bits", [1, 4])
@pytest.mark.parametrize("signs", [(), (1,), (1, 1), (1, -1), (-1, -1, 1)])
def test_weights_of_copies_sum_up_to_the_total(bits, signs):
    largest = 1 if bits == 1 else 7
    most = len(signs) * largest
    totals = np.arange(-most, most + 1, 2 if bits == 1 else 1)
    parts = deal(totals, signs, largest, bits=bits)
    assert len(parts) == len(signs)
    whole = sum((sign * part for sign, part in zip(signs, parts, strict=True)), 0 * totals)
    assert (whole == totals).all()
    for part in parts:
        assert np.abs(part).max() <= largest
        assert bits > 1 or (np.abs(part) == 1).all()
