# amaranth: UnusedElaboratable=no
# (units are made for their parameters alone, too)
"""What a matrix unit asks of the source of its weights."""

from dataclasses import replace

import pytest
from amaranth.hdl import Array, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Member, Out

from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.spram_table import load_words
from hwgen.rtl.weight_sources import Fed, Rom, Spram, WeightSource, Wired
from tests.hwgen.rtl.test_matrix_parameters import good_parameters
from tests.matrix_cases import CASES
from tests.rtl_bench import record
from tests.timing_reference import PATTERNS


class Outside(WeightSource):
    """Words from a stream, which a step takes."""

    def __init__(self, bits: int):
        self.bits = bits

    def members(self, parameters: MatrixParameters) -> dict[str, Member]:
        return {"i_weights": In(stream.Signature(unsigned(self.bits)))}

    def check(self, parameters: MatrixParameters) -> None:
        assert parameters.word_bits == self.bits

    def ready(self, unit: Fed) -> Value:
        return unit.i_weights.valid

    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        m.d.comb += unit.i_weights.ready.eq(step)
        if ahead:
            return unit.i_weights.payload
        held = Signal(self.bits)
        m.d.sync += held.eq(unit.i_weights.payload)
        return held


class Fitful(wiring.Component):
    """A unit whose weights come from outside, a word in two cycles of three at most."""

    def __init__(self, parameters: MatrixParameters):
        weights = Outside(parameters.word_bits)
        self.unit = MatrixUnit(parameters=parameters, weights=weights, model=True)
        super().__init__({"i": In(self.unit.i.signature.flip()), "o": Out(self.unit.o.signature)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self.unit
        words = unit.parameters.weight_words()
        place, turn = Signal(range(len(words))), Signal(range(3))
        m.d.sync += turn.eq(turn + 1)
        with m.If(turn == 2):
            m.d.sync += turn.eq(0)
        m.d.comb += unit.i_weights.valid.eq(turn != 0)
        with m.If(unit.i_weights.valid):
            m.d.comb += unit.i_weights.payload.eq(Array(words)[place])
        with m.If(unit.i_weights.valid & unit.i_weights.ready):
            m.d.sync += place.eq(place + 1)
            with m.If(place == len(words) - 1):
                m.d.sync += place.eq(0)
        wiring.connect(m, wiring.flipped(self.i), unit.i)
        wiring.connect(m, unit.o, wiring.flipped(self.o))
        return m


# Elements that want their weights a cycle after the step, and such that want them with it.
@pytest.mark.parametrize("name", ["odd_products", "counter_odd_products", "pool_mixed"])
def test_weights_may_come_from_outside_whenever_they_like(name: str):
    case = CASES[name]
    parameters = case.component().parameters
    assert (parameters.element == "counter") == name.startswith("counter")
    expected = case.expected()
    for pattern in PATTERNS[:2]:
        _, found = record(Fitful(parameters), case.words(), outputs=len(expected), pattern=pattern)
        assert found == expected


def test_only_what_is_loaded_has_ports_and_words_to_load():
    parameters = MatrixParameters(**good_parameters())
    unit = MatrixUnit(parameters=parameters, weights=Spram())
    assert set(unit.signature.members) == {"i", "o", "i_weights", "loaded"}
    assert unit.load_words().tolist() == load_words(parameters.weight_rows()).tolist()
    unit = MatrixUnit(parameters=parameters, weights=Rom())
    assert set(unit.signature.members) == {"i", "o"}
    assert unit.load_words().size == 0


def test_one_word_is_wired_in_and_several_are_not():
    several = MatrixParameters(**good_parameters())
    one = replace(several, weights=several.weights[:1, :1], thresholds=None, acc_min=-6, acc_max=6)
    assert isinstance(MatrixUnit(parameters=several).weights, Rom)
    assert isinstance(MatrixUnit(parameters=one).weights, Wired)
    with pytest.raises(ValueError, match=r"^weights must be of one word to be wired in, not of 6$"):
        MatrixUnit(parameters=several, weights=Wired())
    for source, where in ((Rom(), "memory"), (Spram(), "SPRAM")):
        text = f"^weights must be of several words to lie in {where}, not of one$"
        with pytest.raises(ValueError, match=text):
            MatrixUnit(parameters=one, weights=source)
