# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.threshold import ThresholdUnit
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Register

RNG = np.random.default_rng(40)


def case(elements, channels, bits, signed, thresholds, invert, pixels=20):
    low = -(1 << bits - 1) if signed else 0
    # Random values, and each threshold's own value and the one below it where they are in range.
    x = RNG.integers(low, low + (1 << bits), (pixels, channels))
    x[0] = np.clip(thresholds, low, low + (1 << bits) - 1)
    x[1] = np.clip(np.array(thresholds) - 1, low, low + (1 << bits) - 1)
    x[2], x[3] = low, low + (1 << bits) - 1
    fired = (x >= np.array(thresholds)) ^ np.array(invert)
    return (
        join_rows(x.reshape(-1, elements), bits),
        join_rows(fired.reshape(-1, elements).astype(int), 1),
    )


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed"),
    [(1, 1, 1, False), (1, 3, 5, True), (4, 4, 6, True), (2, 6, 7, False), (3, 12, 4, True)],
)
def test_elements_fire_at_their_channels_threshold(elements, channels, bits, signed, pattern):
    low = -(1 << bits - 1) if signed else 0
    thresholds = RNG.integers(low, low + (1 << bits), channels)
    invert = RNG.integers(0, 2, channels).astype(bool)
    words, expected = case(elements, channels, bits, signed, thresholds, invert)
    dut = ThresholdUnit(
        elements=elements, bits=bits, signed=signed, thresholds=thresholds, invert=invert
    )
    check(dut, words, expected, Register(), pattern)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "count"),
    [(1, 1, 3, False, 3), (1, 3, 5, True, 2), (2, 6, 7, False, 9), (4, 4, 4, True, 15)],
)
def test_several_thresholds_of_a_channel_are_counted(
    elements, channels, bits, signed, count, pattern
):
    low = -(1 << bits - 1) if signed else 0
    limits = np.sort(RNG.integers(low - 1, low + (1 << bits) + 2, (channels, count)), axis=1)
    invert = RNG.integers(0, 2, channels).astype(bool)
    x = RNG.integers(low, low + (1 << bits), (20, channels))
    x[0] = np.clip(limits[:, 0], low, low + (1 << bits) - 1)
    reached = (x[..., None] >= limits).sum(axis=2)
    counts = np.where(invert, count - reached, reached)
    dut = ThresholdUnit(
        elements=elements, bits=bits, signed=signed, thresholds=limits, invert=invert
    )
    assert dut.out_bits == count.bit_length()
    words = join_rows(x.reshape(-1, elements), bits)
    check(dut, words, join_rows(counts.reshape(-1, elements), dut.out_bits), Register(), pattern)


@pytest.mark.parametrize("elements", [1, 2, 5])
@pytest.mark.parametrize(("signed", "low", "high"), [(True, -8, 7), (False, 0, 15)])
def test_thresholds_at_and_beyond_the_range_always_or_never_fire(elements, signed, low, high):
    thresholds = [low - 1000, low - 1, low, low + 1, 3, high, high + 1, high + 2, 10**6, 0]
    invert = [False, True] * 5
    words, expected = case(elements, 10, 4, signed, thresholds, invert)
    dut = ThresholdUnit(
        elements=elements, bits=4, signed=signed, thresholds=thresholds, invert=invert
    )
    check(dut, words, expected, Register(), FULL_RATE)


def test_full_rate_takes_one_word_a_cycle_and_nothing_is_inverted_by_default():
    words, expected = case(2, 2, 4, True, [1, -2], [False, False])
    dut = ThresholdUnit(elements=2, bits=4, signed=True, thresholds=[1, -2])
    trace = check(dut, words, expected, Register(), FULL_RATE)
    assert trace.i == list(range(20))
    assert trace.o == list(range(1, 21))


@pytest.mark.parametrize("reset_after", [4, 5, 6])
def test_reset_starts_with_the_first_channels_again(reset_after):
    words, expected = case(1, 3, 4, True, [-3, 0, 4], [False, True, False])
    dut = ThresholdUnit(
        elements=1, bits=4, signed=True, thresholds=[-3, 0, 4], invert=[False, True, False]
    )
    check(dut, words, expected, Register(), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^elements must be positive, not 0$"):
        ThresholdUnit(elements=0, bits=4, signed=True, thresholds=[1])
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        ThresholdUnit(elements=1, bits=0, signed=True, thresholds=[1])
    text = r"^thresholds must be a row of a multiple of 2 channels, not shape "
    for thresholds, shape in ([[1, 2, 3], r"\(3,\)$"], [[], r"\(0,\)$"], [[[1, 2]], r"\(1, 2\)$"]):
        with pytest.raises(ValueError, match=text + shape):
            ThresholdUnit(elements=2, bits=4, signed=True, thresholds=thresholds)
    with pytest.raises(
        ValueError, match=r"^invert must have the shape \(2,\) of thresholds, not \(1,\)$"
    ):
        ThresholdUnit(elements=2, bits=4, signed=True, thresholds=[1, 2], invert=[True])
