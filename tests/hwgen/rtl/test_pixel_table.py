# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.pixel_table import PixelTable
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Register

RNG = np.random.default_rng(50)


def levels(rows, bits, signed):
    low = -(1 << bits - 1) if signed else 0
    return RNG.integers(low, low + (1 << bits), (rows, 256))


def case(elements, channels, table, bits, pixels=20):
    x = RNG.integers(0, 256, (pixels, channels))
    x[0], x[1] = 0, 255
    y = table[np.arange(channels) % len(table), x]
    return join_rows(x.reshape(-1, elements), 8), join_rows(y.reshape(-1, elements), bits)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "channels", "rows", "bits", "signed"),
    [(1, 1, 1, 1, False), (1, 3, 3, 5, True), (2, 6, 6, 4, False), (3, 3, 3, 9, True)],
)
def test_pixels_become_their_channels_levels(elements, channels, rows, bits, signed, pattern):
    table = levels(rows, bits, signed)
    words, expected = case(elements, channels, table, bits)
    dut = PixelTable(elements=elements, table=table, bits=bits, signed=signed)
    check(dut, words, expected, Register(), pattern)


@pytest.mark.parametrize("pixel_bits", [1, 3, 10])
def test_pixels_have_any_width(pixel_bits):
    table = RNG.integers(-16, 16, (2, 1 << pixel_bits))
    x = RNG.integers(0, 1 << pixel_bits, (20, 2))
    words = join_rows(x, pixel_bits), join_rows(table[np.arange(2), x], 5)
    dut = PixelTable(elements=2, table=table, bits=5, signed=True, pixel_bits=pixel_bits)
    check(dut, *words, Register(), PATTERNS[1])


def test_one_row_is_shared_by_any_number_of_channels():
    table = levels(1, 6, True)
    words, expected = case(2, 6, table, 6)
    dut = PixelTable(elements=2, table=table, bits=6, signed=True)
    check(dut, words, expected, Register(), FULL_RATE)


def test_rows_that_agree_in_some_elements_only_are_told_apart():
    table = levels(4, 6, True)
    table[2] = table[0]
    words, expected = case(2, 4, table, 6)
    dut = PixelTable(elements=2, table=table, bits=6, signed=True)
    check(dut, words, expected, Register(), FULL_RATE)


def test_full_rate_takes_one_word_a_cycle():
    table = levels(1, 4, False)
    words, expected = case(1, 1, table, 4)
    dut = PixelTable(elements=1, table=table, bits=4, signed=False)
    assert check(dut, words, expected, Register(), FULL_RATE).i == list(range(20))


@pytest.mark.parametrize("reset_after", [4, 5, 6])
def test_reset_starts_with_the_first_channels_again(reset_after):
    table = levels(3, 6, True)
    words, expected = case(1, 3, table, 6)
    dut = PixelTable(elements=1, table=table, bits=6, signed=True)
    check(dut, words, expected, Register(), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    table = np.zeros((1, 256), dtype=int)
    with pytest.raises(ValueError, match=r"^elements must be positive, not 0$"):
        PixelTable(elements=0, table=table, bits=4, signed=True)
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        PixelTable(elements=1, table=table, bits=0, signed=True)
    with pytest.raises(ValueError, match=r"^pixel_bits must be positive, not 0$"):
        PixelTable(elements=1, table=table, bits=4, signed=True, pixel_bits=0)
    text = r"^table must have 1 row or a multiple of 2 rows, of 256 levels each, not shape "
    for shape in [(3, 256), (2, 255), (256,), (0, 256)]:
        with pytest.raises(ValueError, match=text + rf"\({', '.join(map(str, shape))},?\)$"):
            PixelTable(elements=2, table=np.zeros(shape, dtype=int), bits=4, signed=True)
    for level, signed, text in [
        (8, True, "-8 to 7 only, not 8"),
        (-9, True, "-8 to 7 only, not -9"),
        (-1, False, "0 to 15 only, not -1"),
        (16, False, "0 to 15 only, not 16"),
    ]:
        table[0, 17] = level
        with pytest.raises(ValueError, match=rf"^table must hold {text}$"):
            PixelTable(elements=1, table=table, bits=4, signed=signed)
