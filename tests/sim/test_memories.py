# amaranth: UnusedElaboratable=no
"""Memories that weights come from: when each word comes, and what is refused."""

import re
from fractions import Fraction

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_stream import FlashStream
from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramTiming
from hwgen.weight_image import BLOCK_WORDS, HEADER_WORDS
from sim.memories import MOST_CYCLES, parse_memory

WORDS = 1024 + 100
CHECKS = 2 * 8
"""Clocks that the CRCs of the two blocks of so many words take on four lines."""


def cycles_of(name, clock_mhz, words=WORDS):
    """Cycles of the words of a period, and its length."""
    pattern = parse_memory(name).at(clock_mhz, words).pattern
    return np.flatnonzero(pattern.bits), pattern.bits.size


@pytest.mark.parametrize("clock", [12, 24, 25, 48])
def test_a_flash_gives_a_packet_after_its_address_and_each_block_its_check(clock):
    cycles, period = cycles_of("qspi:24", clock)
    assert cycles.size == WORDS
    pace = Fraction(clock, 24)
    # The first block has what is over; its check comes ahead of the words of the next.
    for word in (0, 99, 100, WORDS - 1):
        clocks = 23 + 4 * (word + 1) + (8 if word >= 100 else 0)
        assert cycles[word] == -(-clocks * pace // 1) - 1
    assert period == -(-(23 + 4 * WORDS + CHECKS) * pace // 1)


def test_one_line_takes_four_times_as_long():
    four, one = (cycles_of(name, 24)[1] for name in ("qspi:24", "spi:24"))
    assert one - 51 == 4 * (four - 23)


@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.parametrize("words", [1, 80, 1024, 1025, 5000])
def test_a_packet_takes_what_the_reader_of_flash_says(lines, words):
    access = FlashAccess(quad=lines == 4, wake_cycles=1, rest_cycles=1)
    reader = FlashStream(
        access=access, offset=0, header_words=HEADER_WORDS, block_words=BLOCK_WORDS,
        load_words=0, packet_words=words, identity=0,
    )  # fmt: skip
    name = "qspi:24" if lines == 4 else "spi:24"
    assert cycles_of(name, 24, words)[1] == reader.packet_cycles(lines)


def test_no_word_comes_in_the_cycle_of_another_however_fast_the_memory():
    cycles, period = cycles_of("qspi:133", 10)
    assert cycles.size == WORDS
    assert WORDS <= period < 1.1 * WORDS


def test_an_sdram_stands_still_for_its_refresh_and_for_each_row():
    part = BOARD_SDRAMS["ulx3s"]
    timing = SdramTiming.at(part, 50)
    cycles, period = cycles_of("sdram:ulx3s", 50)
    # 64 ms over 8,192 rows are 390 cycles; a row of 512 words is opened in them.
    assert period == 390 + 1
    assert np.array_equal(cycles, np.arange(timing.refresh_cycles + 1, period))
    assert 0.99 < cycles.size / period / timing.words_per_cycle(part) <= 1


def test_an_sdram_is_as_fast_at_any_packet():
    assert cycles_of("sdram:colorlight", 48, 1)[1] == cycles_of("sdram:colorlight", 48, 10**6)[1]


def test_a_line_from_the_host_takes_ten_bit_times_a_byte():
    cycles, period = cycles_of("host:1", 24)
    assert (cycles.tolist(), period) == ([479], 480)
    cycles, period = cycles_of("host:3", 25)
    assert (cycles.tolist(), period) == ([166, 333, 499], 500)


@pytest.mark.parametrize("name", ["qspi:24", "spi:33.3", "host:0.5", "sdram:ulx3s"])
def test_cycles_a_word_are_those_of_a_long_packet(name):
    memory = parse_memory(name)
    words = 1024 * 64
    pattern = memory.at(48, words).pattern
    measured = pattern.bits.size / int(pattern.bits.sum())
    assert measured == pytest.approx(float(memory.cycles_per_word(48)), rel=1e-3)


BAD = {
    "": r"must be qspi:MHZ, spi:MHZ, host:MBAUD or sdram:BOARD, of ulx3s, colorlight.*, not ''",
    "qspi": r"must be qspi:MHZ, .*, not 'qspi'",
    "qspi:x": r"must be qspi:MHZ, .*, not 'qspi:x'",
    "qspi:-1": r"must be .*",
    "qspi:٣": r"must be .*",
    "qspi:1e3": r"must be .*",
    "qspi:0": r"qspi must be above 0 and at most 133 MHz, not 0",
    "spi:134": r"spi must be above 0 and at most 133 MHz, not 134",
    "host:101": r"host must be above 0 and at most 100 Mbaud, not 101",
    "sdram:nope": r"must be .*, not 'sdram:nope'",
    "sdram": r"must be .*",
    "flash:24": r"must be .*",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_memory_is_one_sentence(text):
    with pytest.raises(ModelError) as caught:
        parse_memory(text)
    assert re.fullmatch(f"--memory: {BAD[text]}", str(caught.value)), caught.value


@pytest.mark.parametrize(
    ("name", "clock", "why"),
    [
        (
            "sdram:ulx3s",
            134,
            r"sdram:ulx3s has the clock of the design: clock_mhz must be .* 133\.3, not 134",
        ),
        (
            "sdram:ulx3s",
            1,
            r"sdram:ulx3s has the clock of the design: .* higher to refresh ulx3s in time, not 1",
        ),
        ("qspi:0.001", 100, rf"words of qspi:0\.001 come .*, more than the {MOST_CYCLES:,} .*"),
        ("host:0.000001", 100, r"words of host:0\.000001 come in steps of .* cycles, .*"),
    ],
)
def test_clocks_that_do_not_go_together_are_one_sentence(name, clock, why):
    with pytest.raises(ModelError) as caught:
        parse_memory(name).at(clock, WORDS)
    assert re.fullmatch(f"--memory: {why}", str(caught.value)), caught.value
