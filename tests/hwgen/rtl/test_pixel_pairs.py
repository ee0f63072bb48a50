# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.pixel_pairs import PixelPairs
from hwgen.sizes.pixel_coding import pair_bias, pair_bits, pair_weights
from tests.rtl_bench import join, join_rows


@pytest.mark.parametrize(
    ("simd", "bits", "signed_input"),
    [(1, 8, False), (2, 8, False), (9, 8, True), (4, 1, False), (3, 1, True)],
)
def test_sums_and_differences_come_a_cycle_later(simd, bits, signed_input):
    low = -(1 << bits - 1) if signed_input else 0
    top = (1 << bits) - 1
    rows = np.random.default_rng(simd).integers(low, low + top + 1, (40, simd))
    rows[3], rows[4], rows[5, ::2], rows[5, 1::2] = low, low + top, low, low + top
    dut = PixelPairs(simd=simd, bits=bits, signed_input=signed_input)

    async def testbench(ctx) -> None:
        for row, word in zip(rows - low, join_rows(rows, bits), strict=True):
            golden = place = 0
            for p, q in zip(row[::2], row[1::2], strict=False):
                golden |= join((p + q, p - q + top), bits + 1) << place
                place += 2 * (bits + 1)
            if simd % 2:
                golden |= int(row[-1]) << place
            ctx.set(dut.x, word)
            await ctx.tick()
            assert ctx.get(dut.o) == golden

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


def test_words_are_as_wide_as_their_parts():
    widths = [pair_bits(simd, 8) for simd in (1, 2, 3, 9)]
    assert widths == [8, 18, 26, 80]


def test_codes_say_complement_and_difference():
    weights = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]], np.uint8)
    assert pair_weights(weights).tolist() == [[0, 0, 0], [0, 1, 1], [1, 1, 0], [1, 0, 1]]
    assert pair_weights(weights).dtype == np.uint8


def test_the_bias_is_what_pixels_of_zero_sum_up_to():
    weights = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]], np.uint8)
    # Complements of a zero are 511 of a sum, 256 of a difference and 255 of a pixel alone.
    unsigned = pair_bias(weights, bits=8, signed_input=False)
    assert unsigned.tolist() == [0, 255 + 255, 256, 511 + 255]
    # Zeros are raised to 128, differences are not.
    signed = pair_bias(weights, bits=8, signed_input=True)
    assert signed.tolist() == [256 + 128, 255 + 127, 256 + 128, 511 - 256 + 127]


def test_bad_parameters_are_refused():
    good = {"simd": 4, "bits": 8, "signed_input": False}
    for name in ("simd", "bits"):
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            PixelPairs(**dict(good, **{name: 0}))
