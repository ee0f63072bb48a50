# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.popcount import Popcount


def counts(width, words):
    dut = Popcount(width=width)
    result = []

    async def testbench(ctx):
        for word in words:
            ctx.set(dut.i, word)
            result.append(ctx.get(dut.o))

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()
    return result


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_every_word_is_counted(width):
    words = range(1 << width)
    assert counts(width, words) == [Popcount.reference(word) for word in words]


@pytest.mark.parametrize("width", [15, 16, 17, 63, 288])
def test_wide_words_are_counted(width):
    rng = np.random.default_rng(width)
    words = [0, (1 << width) - 1, 1 << width - 1]
    words += [int.from_bytes(rng.bytes(-(-width // 8))) >> (-width % 8) for _ in range(50)]
    assert counts(width, words) == [bin(word).count("1") for word in words]


def test_count_is_as_wide_as_the_width_needs():
    assert [len(Popcount(width=width).o) for width in (1, 3, 4, 7, 8)] == [1, 2, 3, 3, 4]


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        Popcount(width=0)
