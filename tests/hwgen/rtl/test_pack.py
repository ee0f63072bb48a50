# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.pack import Pack
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Fold

RNG = np.random.default_rng(20)


def case(width, count, outputs=15):
    rows = RNG.integers(0, 1 << width, (outputs, count))
    return [int(x) for x in rows.reshape(-1)], join_rows(rows, width)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(("width", "count"), [(5, 1), (1, 2), (4, 3), (7, 4)])
def test_words_are_joined_at_the_cycles_of_the_contract(width, count, pattern):
    words, expected = case(width, count)
    check(Pack(width=width, count=count), words, expected, Fold(count), pattern)


def test_full_rate_takes_one_word_a_cycle():
    words, expected = case(3, 2)
    trace = check(Pack(width=3, count=2), words, expected, Fold(2), FULL_RATE)
    assert trace.i == list(range(30))


@pytest.mark.parametrize("reset_after", [5, 6, 7])
def test_reset_forgets_the_words_held(reset_after):
    words, expected = case(4, 3)
    check(Pack(width=4, count=3), words, expected, Fold(3), PATTERNS[2], reset_after=reset_after)


def test_words_left_over_give_no_output():
    words, expected = case(4, 3)
    check(Pack(width=4, count=3), [*words, 1, 2], expected, Fold(3), FULL_RATE)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        Pack(width=0, count=2)
    with pytest.raises(ValueError, match=r"^count must be positive, not 0$"):
        Pack(width=8, count=0)
