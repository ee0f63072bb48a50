# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.threshold_search import ThresholdSearch
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Delay

RNG = np.random.default_rng(41)


def rule(levels: int, serial: bool) -> Delay:
    return Delay(latency=levels + 1, depth=1 if serial else levels + 1)


def case(elements, channels, bits, signed, count, *, base=0, pixels=20, limits=None, **rest):
    low = -(1 << bits - 1) if signed else 0
    if limits is None:
        limits = np.sort(RNG.integers(low - 1, low + (1 << bits) + 2, (channels, count)), axis=1)
    invert = RNG.integers(0, 2, channels).astype(bool)
    x = RNG.integers(low, low + (1 << bits), (pixels, channels))
    for k, at in enumerate((0, count // 2, count - 1)):
        x[2 * k : 2 * k + 2] = np.clip(limits[:, at] - [[0], [1]], low, low + (1 << bits) - 1)
    reached = np.array(
        [np.searchsorted(limits[c], x[:, c], side="right") for c in range(channels)]
    ).T
    counts = np.where(invert, count - reached, reached) + base
    out_bits = max(count.bit_length(), 1) + (base < 0)
    dut = ThresholdSearch(
        elements=elements, bits=bits, signed=signed, thresholds=limits, invert=invert, base=base,
        out_bits=out_bits, **rest,
    )  # fmt: skip
    words = join_rows(x.reshape(-1, elements), bits)
    return dut, words, join_rows(counts.reshape(-1, elements), out_bits)


@pytest.mark.parametrize("serial", [False, True], ids=["pipelined", "serial"])
@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "count", "base"),
    [
        (1, 1, 3, False, 3, 0),
        (1, 3, 5, True, 2, -1),
        (2, 6, 7, False, 9, 0),
        (4, 4, 4, True, 15, -8),
    ],
)
def test_thresholds_that_are_reached_are_counted(
    elements, channels, bits, signed, count, base, pattern, serial
):
    dut, words, expected = case(elements, channels, bits, signed, count, base=base, serial=serial)
    check(dut, words, expected, rule(dut.levels, serial), pattern)


@pytest.mark.parametrize("serial", [False, True], ids=["pipelined", "serial"])
@pytest.mark.parametrize("width", range(1, 9))
def test_counts_of_all_widths_are_those_of_numpy(width, serial):
    count = (1 << width) - 1 if width % 2 else max(1, (1 << width) - 1 - width)
    dut, words, expected = case(1, 3, 12, True, count, pixels=30, serial=serial)
    assert dut.levels == count.bit_length()
    check(dut, words, expected, rule(dut.levels, serial), FULL_RATE)


@pytest.mark.parametrize("serial", [False, True], ids=["pipelined", "serial"])
def test_each_value_is_counted_among_all_sets_of_thresholds(serial):
    # Three thresholds of elements of 2 bits, from below the range to beyond it: all of them.
    sets = [(a, b, c) for a in range(-3, 4) for b in range(a, 4) for c in range(b, 4)]
    limits = np.array([*sets, *sets])
    invert = np.repeat([False, True], len(sets))
    x = np.arange(-2, 2)[:, None].repeat(len(limits), axis=1)
    reached = (x[..., None] >= limits).sum(axis=2)
    dut = ThresholdSearch(
        elements=2, bits=2, signed=True, thresholds=limits, invert=invert, base=0, out_bits=2,
        serial=serial,
    )  # fmt: skip
    counts = np.where(invert, 3 - reached, reached)
    words, expected = join_rows(x.reshape(-1, 2), 2), join_rows(counts.reshape(-1, 2), 2)
    check(dut, words, expected, rule(2, serial), FULL_RATE)


def test_full_rate_takes_a_word_a_cycle_or_one_for_each_bit_and_one_more():
    dut, words, expected = case(1, 2, 8, True, 15, serial=False)
    trace = check(dut, words, expected, rule(4, False), FULL_RATE)
    assert trace.i == list(range(40))
    assert trace.o == list(range(5, 45))
    dut, words, expected = case(1, 2, 8, True, 15, serial=True)
    trace = check(dut, words, expected, rule(4, True), FULL_RATE)
    assert trace.i == list(range(0, 200, 5))
    assert trace.o == list(range(5, 205, 5))


@pytest.mark.parametrize("serial", [False, True], ids=["pipelined", "serial"])
@pytest.mark.parametrize("reset_after", [4, 7])
def test_reset_starts_with_the_first_channels_again(reset_after, serial):
    dut, words, expected = case(1, 3, 5, True, 7, serial=serial)
    check(dut, words, expected, rule(3, serial), PATTERNS[1], reset_after=reset_after)


@pytest.mark.parametrize("serial", [False, True], ids=["pipelined", "serial"])
def test_thresholds_that_channels_share_or_that_are_all_alike_are_searched_too(serial):
    for row in ([-3, 0, 0, 1, 5, 6, 6], [4] * 7, [-100] * 7, [100] * 7):
        dut, words, expected = case(
            2, 4, 4, True, 7, limits=np.array([row] * 4), serial=serial
        )  # fmt: skip
        check(dut, words, expected, rule(3, serial), FULL_RATE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"elements": 0}, "elements must be positive, not 0"),
        ({"bits": 0}, "bits must be positive, not 0"),
        ({"thresholds": np.array([1, 2])}, r"thresholds must be rows of a multiple of 1 channels, "
         r"not shape \(2,\)"),
        ({"thresholds": np.array([[2, 1, 3]])}, "thresholds must ascend along each row"),
        ({"invert": [True, False]}, r"invert must have the shape \(1,\) of thresholds, not \(2,\)"),
        ({"base": 1}, "out_bits must be at least 3, not 2"),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(changes, message):
    good = {
        "elements": 1, "bits": 4, "signed": True, "thresholds": np.array([[1, 2, 3]]),
        "invert": [False], "base": 0, "out_bits": 2, "serial": True,
    }  # fmt: skip
    with pytest.raises(ValueError, match=f"^{message}$"):
        ThresholdSearch(**{**good, **changes})
