# amaranth: UnusedElaboratable=no
# (components are made for their parameters alone)
"""Matrix units whose weights are loaded into SPRAM after power-on."""

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.weight_sources import Spram
from tests.hwgen.rtl.test_matrix_unit import CASES, FULL_RATE, PATTERNS
from tests.rtl_bench import check, record
from tests.timing_reference import Fold

NAMES = ["odd_products", "pool_mixed", "pixels", "many_synapses", "flags"] + [
    f"{counting}_{name}"
    for counting in ("counter", "carry")
    for name in ("odd_products", "pool_mixed")
]


class Loaded(wiring.Component):
    """A unit with what loads its weights from power-on, whatever reset does."""

    def __init__(self, unit: MatrixUnit):
        self.unit = unit
        self.words = unit.load_words().tolist()
        super().__init__({"i": In(unit.i.signature.flip()), "o": Out(unit.o.signature)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self.unit
        place = Signal(range(len(self.words) + 1), reset_less=True)
        m.d.comb += unit.i_weights.valid.eq(place < len(self.words))
        with m.Switch(place):
            for k, word in enumerate(self.words):
                with m.Case(k):
                    m.d.comb += unit.i_weights.payload.eq(word)
        with m.If(unit.i_weights.valid & unit.i_weights.ready):
            m.d.sync += place.eq(place + 1)
        wiring.connect(m, wiring.flipped(self.i), unit.i)
        wiring.connect(m, unit.o, wiring.flipped(self.o))
        return m


def loaded(case) -> Loaded:
    parameters = case.component().parameters
    return Loaded(MatrixUnit(parameters=parameters, weights=Spram(), model=True))


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_cycles_are_the_same_once_weights_are_loaded(name, pattern):
    """The reset comes after some outputs: sums are forgotten, weights are not."""
    case, dut = CASES[name], loaded(CASES[name])
    rule = Fold(case.folds[1], latency=3 + case.pipeline, depth=case.depth)
    after = len(dut.words) + 17
    check(dut, case.words(), case.expected(), rule, pattern, reset_after=after)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reset_after", [0, 1, 4, 5])
def test_no_patch_is_accepted_until_they_are_loaded(name, reset_after):
    case, dut = CASES[name], loaded(CASES[name])
    expected = case.expected()
    trace, found = record(
        dut, case.words(), outputs=len(expected), pattern=FULL_RATE, reset_after=reset_after
    )
    assert found == expected
    # The reset takes a cycle; the last word is followed by one more in which nothing is read yet.
    assert trace.i[0] == max(0, len(dut.words) + 1 - (reset_after + 1))
