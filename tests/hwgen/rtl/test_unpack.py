# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.unpack import Unpack
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS
from tests.timing_reference import Unpack as UnpackRule

RNG = np.random.default_rng(30)


def case(width, count, words=15):
    rows = RNG.integers(0, 1 << width, (words, count))
    return join_rows(rows, width), [int(x) for x in rows.reshape(-1)]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(("width", "count"), [(5, 1), (1, 2), (4, 3), (7, 4)])
def test_words_are_split_at_the_cycles_of_the_contract(width, count, pattern):
    words, expected = case(width, count)
    check(Unpack(width=width, count=count), words, expected, UnpackRule(count), pattern)


def test_full_rate_gives_one_word_a_cycle_from_cycle_0():
    words, expected = case(4, 3)
    trace = check(Unpack(width=4, count=3), words, expected, UnpackRule(3), FULL_RATE)
    assert trace.o == list(range(45))


@pytest.mark.parametrize("reset_after", [5, 6, 7])
def test_reset_starts_with_the_first_part_again(reset_after):
    words, expected = case(4, 3)
    dut = Unpack(width=4, count=3)
    check(dut, words, expected, UnpackRule(3), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        Unpack(width=0, count=2)
    with pytest.raises(ValueError, match=r"^count must be positive, not 0$"):
        Unpack(width=8, count=0)
