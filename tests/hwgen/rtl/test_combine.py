# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.combine import Combine, Part
from tests.rtl_bench import check, join_rows
from tests.timing_reference import PATTERNS, Register

RNG = np.random.default_rng(60)
WORDS = 30


class OneSource(wiring.Component):
    """All inputs of a combination from one stream: every word brings one to each."""

    def __init__(self, dut: Combine):
        self.dut = dut
        self.widths = [part.elements * part.bits for part in dut.parts]
        width = len(dut.o.payload)
        super().__init__(
            {"i": In(stream.Signature(sum(self.widths))), "o": Out(stream.Signature(width))}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = self.dut
        wiring.connect(m, self.dut.o, wiring.flipped(self.o))
        inputs = [getattr(self.dut, f"i_{k}") for k in range(len(self.widths))]
        m.d.comb += Cat(*(i.payload for i in inputs)).eq(self.i.payload)
        m.d.comb += [i.valid.eq(self.i.valid) for i in inputs]
        m.d.comb += self.i.ready.eq(Cat(*(i.ready for i in inputs)).all())
        return m


def values(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Elements as bits, and what they count for."""
    low = -(1 << (part.bits - 1)) if part.signed else 0
    x = RNG.integers(low, low + (1 << part.bits), (WORDS, part.elements))
    return x, part.factor * (2 * x - 1 if part.bipolar else x)


def word_of(rows: list[tuple[np.ndarray, Part]]) -> list[int]:
    """Words of all inputs side by side."""
    words = [0] * WORDS
    place = 0
    for x, part in rows:
        for k, word in enumerate(join_rows(x, part.bits)):
            words[k] |= word << place
        place += part.elements * part.bits
    return words


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("concat", [False, True])
def test_elements_are_multiplied_and_added_or_put_side_by_side(concat, pattern):
    parts = [Part(3, 4, True, False, -3), Part(3, 1, False, True, 2), Part(3, 5, False, False, 1)]
    drawn = [values(part) for part in parts]
    counted = [counts for _, counts in drawn]
    expected = np.concatenate(counted, axis=1) if concat else np.sum(counted, axis=0)
    words = word_of([(x, part) for (x, _), part in zip(drawn, parts, strict=True)])
    dut = OneSource(Combine(parts=parts, out_bits=8, concat=concat))
    check(dut, words, join_rows(expected, 8), Register(), pattern)


def test_parts_that_do_not_fit_are_refused():
    one, two = Part(1, 1, False, True, 1), Part(2, 1, False, True, 1)
    with pytest.raises(ValueError, match="parts must be at least 2, not 1"):
        Combine(parts=[one], out_bits=2, concat=False)
    with pytest.raises(ValueError, match="parts must have as many elements each"):
        Combine(parts=[one, two], out_bits=2, concat=False)
    with pytest.raises(ValueError, match="out_bits must be positive, not 0"):
        Combine(parts=[one, one], out_bits=0, concat=False)
