# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.stream_fifo import StreamFIFO
from tests.rtl_bench import check
from tests.timing_reference import FULL_RATE, PATTERNS, Fifo, ready_after_valid

RNG = np.random.default_rng(10)
WORDS = [int(x) for x in RNG.integers(0, 1 << 9, 60)]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
def test_words_leave_in_order_at_the_cycles_of_the_contract(depth, pattern):
    check(StreamFIFO(width=9, depth=depth), WORDS, WORDS, Fifo(depth), pattern)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("depth", [3, 4, 7, 40])
def test_a_memory_that_is_read_with_a_clock_changes_no_cycle(depth, pattern):
    dut = StreamFIFO(width=9, depth=depth, clocked=True)
    check(dut, WORDS, WORDS, Fifo(depth), pattern)


def test_a_memory_that_is_read_with_a_clock_starts_again_empty():
    dut = StreamFIFO(width=9, depth=5, clocked=True)
    check(dut, WORDS, WORDS, Fifo(5), ready_after_valid(3), reset_after=11)


@pytest.mark.parametrize("depth", [2, 3])
def test_full_rate_takes_one_word_a_cycle(depth):
    trace = check(StreamFIFO(width=9, depth=depth), WORDS, WORDS, Fifo(depth), FULL_RATE)
    assert trace.i == list(range(60))
    assert trace.o == list(range(1, 61))


def test_depth_1_takes_every_other_cycle():
    trace = check(StreamFIFO(width=9, depth=1), WORDS, WORDS, Fifo(1), FULL_RATE)
    assert trace.i == list(range(0, 120, 2))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_reset_empties_the_queue(depth):
    dut = StreamFIFO(width=9, depth=depth)
    check(dut, WORDS, WORDS, Fifo(depth), ready_after_valid(3), reset_after=11)


def test_width_1_works():
    bits = [x & 1 for x in WORDS]
    check(StreamFIFO(width=1, depth=3), bits, bits, Fifo(3), PATTERNS[1])


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        StreamFIFO(width=0, depth=2)
    with pytest.raises(ValueError, match=r"^depth must be positive, not -1$"):
        StreamFIFO(width=8, depth=-1)
