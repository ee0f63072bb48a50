# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.requantise import RequantiseUnit
from hwgen.rtl.requantise_parameters import RequantiseParameters
from hwgen.rtl.serial_requantise import SerialRequantiseUnit
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Fold

RNG = np.random.default_rng(50)
LATENCY = 4

KINDS = [
    (1, 1, 8, True, 3, -4),
    (2, 6, 9, True, 4, 0),
    (3, 3, 8, False, 8, -128),
    (1, 4, 5, True, 1, 0),
]
"""Elements, channels, bits and sign of an input, bits of a result and the least one."""


def case(
    elements: int, channels: int, bits: int, signed: bool, out_bits: int, low: int, even=False,
    narrow=0, shift=5,
):  # fmt: skip
    """Parameters, words, and the words that follow."""
    start = -(1 << (bits - 1)) if signed else 0
    x = RNG.integers(start, start + (1 << bits), (20, channels))
    x[0], x[1] = start, start + (1 << bits) - 1
    multipliers = RNG.integers(-40, 41, channels)
    multipliers[0] = 0
    biases = RNG.integers(-300, 301, channels)
    high = low + (1 << out_bits) - 1 - narrow
    if even:
        multipliers, biases = multipliers // 8 * 8 + 24, biases // 8 * 8
    total = multipliers * x + biases
    found = total >> shift
    ties = (found << shift == total) & (found % 2 == 1)
    assert not even or ties.any()
    found = np.clip(found - ties if even else found, low, high)
    parameters = RequantiseParameters(
        elements=elements, bits=bits, signed=signed, multipliers=multipliers.tolist(),
        biases=biases.tolist(), shift=shift, low=low, high=high, out_bits=out_bits, even=even,
    )  # fmt: skip
    words = join_rows(x.reshape(-1, elements), bits)
    return parameters, words, join_rows(found.reshape(-1, elements), out_bits)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("depth", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_values_are_scaled_shifted_and_kept_in_range(kind, depth, pattern):
    parameters, words, expected = case(*kind)
    dut = RequantiseUnit(parameters=parameters, depth=depth)
    check(dut, words, expected, Fold(1, latency=LATENCY, depth=depth), pattern)


@pytest.mark.parametrize("pattern", PATTERNS[1:2], ids=str)
@pytest.mark.parametrize(("digit", "digits"), [(1, 8), (2, 4), (3, 3), (5, 2), (8, 1)])
@pytest.mark.parametrize(
    ("signed", "low", "narrow", "even", "shift"),
    [
        (True, -16, 0, False, 5), (False, 0, 0, False, 5), (True, -15, 1, False, 9),
        (True, 0, 0, True, 5), (False, -16, 0, True, 5), (True, -16, 0, False, 0),
    ],
)  # fmt: skip
def test_digits_make_the_same_results_later(
    signed, low, narrow, even, shift, digit, digits, pattern
):
    parameters, words, expected = case(
        2, 6, 8, signed, 5, low, even=even, narrow=narrow, shift=shift
    )
    # Each level of the tree adds two; the bias is one more than the digits.
    latency = LATENCY + {1: 1, 2: 2, 3: 2, 4: 3, 8: 4}[digits]
    late = shift > 0
    dut = RequantiseUnit(parameters=parameters, depth=9, digit=digit, late=late)
    check(dut, words, expected, Fold(1, latency=latency + late, depth=9), pattern)
    dut = SerialRequantiseUnit(parameters=parameters, digit=digit, late=late)
    check(dut, words, expected, Fold(1, latency=digits + 4 + late, depth=1), pattern)


@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "low"),
    [(1, 1, 8, True, -16), (2, 6, 9, True, 0), (3, 3, 8, False, 0), (1, 4, 5, True, -16)],
)
def test_halves_go_to_the_even_number(elements, channels, bits, signed, low):
    parameters, words, expected = case(elements, channels, bits, signed, 5, low, even=True)
    dut = RequantiseUnit(parameters=parameters, depth=5)
    check(dut, words, expected, Fold(1, latency=LATENCY, depth=5), PATTERNS[1])


def test_a_word_of_fifo_more_than_the_latency_keeps_the_full_rate():
    for digit, latency in ((0, LATENCY), (3, LATENCY + 2)):
        parameters, words, expected = case(1, 2, 8, True, 4, -8)
        depth = latency + 1
        dut = RequantiseUnit(parameters=parameters, depth=depth, digit=digit)
        rule = Fold(1, latency=latency, depth=depth)
        trace = check(dut, words, expected, rule, FULL_RATE)
        assert trace.i == list(range(40))
        assert trace.o == list(range(latency, 40 + latency))


@pytest.mark.parametrize("digit", [0, 1, 4])
def test_constants_of_no_bits_are_constants(digit):
    # Multipliers that are all 0 or 1, biases that are all 0: what is left is a shift.
    for multiplier in (0, 1, -1):
        parameters = RequantiseParameters(
            elements=1, bits=6, signed=True, multipliers=[multiplier], biases=[0], shift=1,
            low=-8, high=7, out_bits=4,
        )  # fmt: skip
        x = np.arange(-32, 32)
        expected = join_rows(np.clip(multiplier * x >> 1, -8, 7)[:, None], 4)
        words = join_rows(x[:, None], 6)
        dut = RequantiseUnit(parameters=parameters, depth=5, digit=digit)
        latency = {0: 4, 1: 7, 4: 6}[digit]
        check(dut, words, expected, Fold(1, latency=latency, depth=5), FULL_RATE)
        if digit:
            dut = SerialRequantiseUnit(parameters=parameters, digit=digit)
            check(dut, words, expected, Fold(1, latency={1: 10, 4: 6}[digit]), FULL_RATE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bits": 0}, "bits must be positive, not 0"),
        ({"biases": [1, 2]}, "multipliers and biases must be rows of a multiple of 1 channels"),
        ({"shift": -1}, "shift must not be negative, not -1"),
        ({"high": 16}, r"low and high must be a range of 4 bits, not 0\.\.16"),
        ({"low": 3, "high": 2}, r"low and high must be a range of 4 bits, not 3\.\.2"),
    ],
)
def test_constants_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        RequantiseParameters(**{**GOOD, **changes})


GOOD = {
    "elements": 1, "bits": 8, "signed": True, "multipliers": [1], "biases": [0], "shift": 2,
    "low": 0, "high": 15, "out_bits": 4,
}  # fmt: skip


def test_no_words_and_no_bits_at_once_are_refused():
    good = RequantiseParameters(**GOOD)
    with pytest.raises(ValueError, match="depth must be positive, not 0"):
        RequantiseUnit(parameters=good, depth=0)
    with pytest.raises(ValueError, match="digit must not be negative, not -1"):
        RequantiseUnit(parameters=good, depth=2, digit=-1)
    with pytest.raises(ValueError, match="digit must be positive, not 0"):
        SerialRequantiseUnit(parameters=good, digit=0)
