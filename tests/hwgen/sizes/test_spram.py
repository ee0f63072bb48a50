"""SPRAMs side by side."""

from hwgen.sizes.spram import spram_chips


def test_a_word_of_one_bit_more_takes_another_spram():
    assert [spram_chips(bits) for bits in (1, 16, 17, 32, 33)] == [1, 1, 2, 2, 3]
