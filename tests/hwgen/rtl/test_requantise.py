# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.requantise import RequantiseUnit
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Fold

RNG = np.random.default_rng(50)
LATENCY = 4


def case(
    elements: int, channels: int, bits: int, signed: bool, out_bits: int, low: int, even=False,
    **more,
):  # fmt: skip
    start = -(1 << (bits - 1)) if signed else 0
    x = RNG.integers(start, start + (1 << bits), (20, channels))
    x[0], x[1] = start, start + (1 << bits) - 1
    multipliers = RNG.integers(-40, 41, channels)
    multipliers[0] = 0
    biases = RNG.integers(-300, 301, channels)
    shift, high = 5, low + (1 << out_bits) - 1
    if even:
        multipliers, biases = multipliers // 8 * 8 + 24, biases // 8 * 8
    total = multipliers * x + biases
    found = total >> shift
    ties = (found << shift == total) & (found % 2 == 1)
    assert not even or ties.any()
    found = np.clip(found - ties if even else found, low, high)
    dut = RequantiseUnit(
        elements=elements, bits=bits, signed=signed, multipliers=multipliers.tolist(),
        biases=biases.tolist(), shift=shift, low=low, high=high, out_bits=out_bits, even=even,
        **more,
    )  # fmt: skip
    words = join_rows(x.reshape(-1, elements), bits)
    return dut, words, join_rows(found.reshape(-1, elements), out_bits)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("depth", [1, 3, 5])
@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "out_bits", "low"),
    [
        (1, 1, 8, True, 3, -4),
        (2, 6, 9, True, 4, 0),
        (3, 3, 8, False, 8, -128),
        (1, 4, 5, True, 1, 0),
    ],
)
def test_values_are_scaled_shifted_and_kept_in_range(
    elements, channels, bits, signed, out_bits, low, depth, pattern
):
    dut, words, expected = case(elements, channels, bits, signed, out_bits, low, depth=depth)
    check(dut, words, expected, Fold(1, latency=LATENCY, depth=depth), pattern)


@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "low"),
    [(1, 1, 8, True, -16), (2, 6, 9, True, 0), (3, 3, 8, False, 0), (1, 4, 5, True, -16)],
)
def test_halves_go_to_the_even_number(elements, channels, bits, signed, low):
    dut, words, expected = case(elements, channels, bits, signed, 5, low, even=True, depth=5)
    check(dut, words, expected, Fold(1, latency=LATENCY, depth=5), PATTERNS[1])


def test_five_words_of_fifo_keep_the_full_rate():
    dut, words, expected = case(1, 2, 8, True, 4, -8, depth=5)
    trace = check(dut, words, expected, Fold(1, latency=LATENCY, depth=5), FULL_RATE)
    assert trace.i == list(range(40))
    assert trace.o == list(range(LATENCY, 40 + LATENCY))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 0}, "depth must be positive, not 0"),
        ({"biases": [1, 2]}, "multipliers and biases must be rows of a multiple of 1 channels"),
        ({"shift": -1}, "shift must not be negative, not -1"),
        ({"high": 16}, r"low and high must be a range of 4 bits, not 0\.\.16"),
        ({"low": 3, "high": 2}, r"low and high must be a range of 4 bits, not 3\.\.2"),
    ],
)
def test_constants_that_do_not_fit_are_refused(changes, message):
    good = {
        "elements": 1, "bits": 8, "signed": True, "multipliers": [1], "biases": [0], "shift": 2,
        "low": 0, "high": 15, "out_bits": 4, "depth": 2,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        RequantiseUnit(**{**good, **changes})
