"""How weight words lie in those of the port."""

import pytest

from hwgen.sizes.streamed import WEIGHT_PORT_BITS, streamed_bits


@pytest.mark.parametrize(
    ("bits", "words", "width"),
    [
        (1, 16, 1), (1, 15, 16), (4, 8, 4), (4, 6, 16), (8, 1, 16), (8, 2, 8), (16, 1, 16),
        (16, 7, 16), (3, 16, 16), (12, 4, 16), (17, 1, 32), (24, 2, 32), (32, 5, 32), (33, 1, 48),
    ],
)  # fmt: skip
def test_words_share_one_of_the_port_or_take_whole_ones(bits: int, words: int, width: int):
    assert streamed_bits(bits, words) == width
    # Either way a frame is a whole number of the port's words, and none is cut.
    assert words * width % WEIGHT_PORT_BITS == 0
    assert WEIGHT_PORT_BITS % width == 0 or width % WEIGHT_PORT_BITS == 0
