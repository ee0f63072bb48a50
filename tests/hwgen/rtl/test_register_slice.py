# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.register_slice import RegisterSlice
from tests.rtl_bench import check
from tests.timing_reference import FULL_RATE, PATTERNS, Register, ready_after_valid

WORDS = [int(x) for x in np.random.default_rng(17).integers(0, 1 << 9, 60)]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_words_leave_in_order_at_the_cycles_of_the_contract(pattern):
    check(RegisterSlice(width=9), WORDS, WORDS, Register(), pattern)


def test_full_rate_takes_one_word_a_cycle():
    trace = check(RegisterSlice(width=9), WORDS, WORDS, Register(), FULL_RATE)
    assert trace.i == list(range(60))
    assert trace.o == list(range(1, 61))


def test_reset_empties_it():
    check(RegisterSlice(width=9), WORDS, WORDS, Register(), ready_after_valid(3), reset_after=11)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        RegisterSlice(width=0)
