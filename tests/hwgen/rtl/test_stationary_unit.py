# amaranth: UnusedElaboratable=no
# (units are made for their parameters alone, too)
"""Stationary units: the values of matrix units, each weight word for many pixels in a row."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.stationary_unit import StationaryUnit, least_hold
from hwgen.rtl.weight_sources import Rom, Spram, Streamed, Wired
from tests.hwgen.rtl.test_matrix_unit_spram import Loaded
from tests.matrix_cases import Case
from tests.rtl_bench import check
from tests.timing_reference import FULL_RATE, Held, Rule, random_stalls, ready_after_valid

PATTERNS = (FULL_RATE, random_stalls(1, 0.6, 0.6), ready_after_valid(2))


class StationaryCase(Case):
    """Random pixels for a unit that holds each weight word for ``hold`` of them."""

    def __init__(self, element: str, out: str, *, hold: int, passes: int = 2, **options):
        pipeline = options.get("pipeline", 1)
        options = {"depth": 5 + pipeline, "blocks": hold * passes} | options
        super().__init__(element, out, **options)
        self.hold, self.passes = hold, passes

    def parameters(self) -> MatrixParameters:
        return replace(super().parameters(), hold=self.hold)

    def unit(self) -> StationaryUnit:
        return StationaryUnit(parameters=self.parameters(), model=True)

    def in_turn(self, words: int) -> np.ndarray:
        """Pixel and word of each in the order of the contract, for ``words`` of a pixel."""
        return np.array([
            (p * self.hold + pixel, word)
            for p, word, pixel in product(range(self.passes), range(words), range(self.hold))
        ])  # fmt: skip

    def words(self) -> list[int]:
        """Input words: those of a fold for each pixel of a pass, and again for each neuron fold."""
        by_pixel = np.array(super().words()).reshape(len(self.x), -1)
        return [int(by_pixel[at]) for at in map(tuple, self.in_turn(by_pixel.shape[1]))]

    def expected(self) -> list[int]:
        by_pixel = np.array(super().expected()).reshape(len(self.x), -1)
        return [int(by_pixel[at]) for at in map(tuple, self.in_turn(by_pixel.shape[1]))]

    def rule(self, **weights) -> Rule:
        latency = 4 + self.pipeline
        return Held(self.hold, self.folds[1], latency=latency, depth=self.depth, **weights)

    def run(self, pattern, **options):
        return check(self.unit(), self.words(), self.expected(), self.rule(), pattern, **options)


ELEMENTS = {
    "binary": {"element": "bipolar", "group": 5},
    "flags": {"element": "flags", "group": 4},
    "counter": {"element": "bipolar", "group": 5, "counting": "counter"},
    "carry": {"element": "bipolar", "group": 5, "counting": "carry"},
    "pixels": {"element": "pixels", "group": 3, "bits": 8},
    "levels": {"element": "levels", "group": 2, "bits": 5},
    "wide": {"element": "levels", "group": 2, "bits": 4, "weight_bits": 3},
    "wide_bits": {"element": "flags", "group": 3, "weight_bits": 4},
}
MULTIPLIED = {"element": "levels", "group": 2, "bits": 4, "weight_bits": 7, "pipeline": 3}
CASES = {
    f"{name}_{out}_{pipeline}": StationaryCase(
        out=out, pe=2, hold=3 + k, pipeline=pipeline, seed=8 * k + pipeline, **form
    )
    for k, (name, form) in enumerate(ELEMENTS.items())
    for out, pipeline in zip(("bits", "scores"), ((k + 1) % 4, (k + 3) % 4), strict=True)
} | {
    "least": StationaryCase("bipolar", "bits", hold=2, pipeline=0, folds=(2, 3)),
    "least_deep": StationaryCase("bipolar", "bits", hold=3, pipeline=3, folds=(3, 2), pe=2),
    "least_deep_pixels": StationaryCase("pixels", "scores", hold=3, pipeline=3, bits=8, seed=3),
    "one_word": StationaryCase("bipolar", "bits", hold=5, folds=(1, 1), group=7, pe=3),
    "one_fold": StationaryCase("pixels", "bits", hold=4, folds=(3, 1), bits=4, group=2),
    "one_neuron": StationaryCase("flags", "bits", hold=4, folds=(1, 4), group=2),
    "shallow": StationaryCase("bipolar", "scores", hold=5, depth=1, pe=2),
    "many_folds": StationaryCase(
        "bipolar", "bits", hold=3, folds=(40, 1), counting="counter", passes=1, pe=2, group=3
    ),
    "cells_bits": StationaryCase(out="bits", hold=3, multiplier="mult18", pe=2, **MULTIPLIED),
    "cells_scores": StationaryCase(out="scores", hold=4, multiplier="mac16", **MULTIPLIED),
}


def cases(*names: str):
    """Parametrize over these cases."""
    return pytest.mark.parametrize("case", [pytest.param(CASES[n], id=n) for n in names])


class Given(wiring.Component):
    """A unit whose weights come in, each offered from a cycle on that a pattern has set."""

    def __init__(self, unit: StationaryUnit, pattern: list[bool]):
        self.unit, self.pattern = unit, pattern
        super().__init__({"i": In(unit.i.signature.flip()), "o": Out(unit.o.signature)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self.unit
        words = unit.parameters.weight_words()
        place, turn = Signal(range(len(words))), Signal(range(len(self.pattern)))
        offered, taken = Signal(), Signal()
        m.d.comb += [
            unit.i_weights.valid.eq(offered | Array(self.pattern)[turn]),
            taken.eq(unit.i_weights.valid & unit.i_weights.ready),
        ]
        with m.If(unit.i_weights.valid):
            m.d.comb += unit.i_weights.payload.eq(Array(words)[place])
        with m.Else():
            m.d.comb += unit.i_weights.payload.eq(-1)
        m.d.sync += offered.eq(unit.i_weights.valid & ~taken)
        m.d.sync += turn.eq(turn + 1)
        with m.If(turn == len(self.pattern) - 1):
            m.d.sync += turn.eq(0)
        with m.If(taken):
            m.d.sync += place.eq(place + 1)
            with m.If(place == len(words) - 1):
                m.d.sync += place.eq(0)
        wiring.connect(m, wiring.flipped(self.i), unit.i)
        wiring.connect(m, unit.o, wiring.flipped(self.o))
        return m


def given(case: StationaryCase, pattern: list[bool]) -> Given:
    parameters = case.parameters()
    source = Streamed(-(-parameters.word_bits // 16) * 16)
    return Given(StationaryUnit(parameters=parameters, weights=source, model=True), pattern)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@cases(*CASES)
def test_outputs_and_their_cycles_are_those_of_the_contract(case, pattern):
    case.run(pattern)


def test_cases_have_all_kinds_of_elements_and_lengths_of_pipeline():
    kinds = {case.unit().parameters.element for case in CASES.values()}
    assert kinds == {"binary", "counter", "carry", "pixel", "integer", "dsp"}
    for out in ("bits", "scores"):
        assert {case.pipeline for case in CASES.values() if case.out == out} == {0, 1, 2, 3}


@cases("binary_bits_1", "one_word", "least_deep_pixels", "least")
def test_credits_never_limit_the_rate_at_full_depth(case):
    i = case.run(FULL_RATE).i
    assert i == list(range(len(case.x) * case.folds[0] * case.folds[1]))


@pytest.mark.parametrize("pipeline", [0, 1, 2, 3])
def test_latency_is_four_cycles_and_the_pipeline(pipeline):
    case = StationaryCase("bipolar", "bits", hold=4, folds=(1, 2), pipeline=pipeline, passes=1)
    trace = case.run(FULL_RATE)
    assert [o - i for i, o in zip(trace.i[4:], trace.visible, strict=True)] == [4 + pipeline] * 4


# Elements that want their weights a cycle after the step, such that want them with it, and both
# behind a register more.
@pytest.mark.parametrize("bits", [[1], [0, 1, 1, 0, 0], [0] * 16 + [1]], ids=str)
@cases("binary_bits_1", "counter_bits_3", "counter_scores_1", "wide_bits_3", "least_deep")
def test_weights_from_outside_hold_up_just_the_pixels_that_they_are_for(case, bits):
    pattern = [bool(bit) for bit in bits]
    rule = case.rule(weights=lambda cycle: pattern[cycle % len(pattern)])
    check(given(case, pattern), case.words(), case.expected(), rule, PATTERNS[1])


@cases("binary_bits_1", "counter_bits_3", "carry_bits_0", "least_deep")
def test_weights_in_spram_give_the_same_in_the_same_cycles(case):
    unit = StationaryUnit(parameters=case.parameters(), weights=Spram(), model=True)
    dut = Loaded(unit)
    after = len(dut.words) + 11
    check(dut, case.words(), case.expected(), case.rule(), PATTERNS[1], reset_after=after)


@pytest.mark.parametrize("reset_after", [2, 9, 13, 30])
@cases("binary_bits_1", "counter_bits_3", "pixels_bits_1", "least_deep", "shallow")
def test_reset_forgets_sums_and_words_on_their_way(case, reset_after):
    case.run(PATTERNS[1], reset_after=reset_after)
    pattern = [True, False, True]
    rule = case.rule(weights=lambda cycle: pattern[cycle % 3])
    dut = given(case, pattern)
    check(dut, case.words(), case.expected(), rule, FULL_RATE, reset_after=reset_after)


def test_bad_parameters_are_refused():
    for pipeline, least in ((0, 2), (2, 2), (3, 3)):
        parameters = replace(CASES["least"].parameters(), pipeline=pipeline)
        assert least_hold(pipeline) == least
        with pytest.raises(ValueError, match=rf"^hold must be at least {least}, not {least - 1}$"):
            StationaryUnit(parameters=replace(parameters, hold=least - 1))
    parameters = replace(CASES["cells_scores"].parameters(), pipeline=4)
    with pytest.raises(ValueError, match=r"^pipeline must be at most 3, not 4$"):
        StationaryUnit(parameters=parameters)
    weights = np.ones((2, 3, 3, 5), np.uint8)
    parameters = replace(CASES["binary_scores_3"].parameters(), weights=weights)
    with pytest.raises(ValueError, match=r"^bits must be at least 15, not 14$"):
        StationaryUnit(parameters=parameters, weights=Streamed(14))


def test_weights_lie_in_the_bitstream_unless_it_is_told_where():
    assert isinstance(StationaryUnit(parameters=CASES["least"].parameters()).weights, Rom)
    assert isinstance(StationaryUnit(parameters=CASES["one_word"].parameters()).weights, Wired)
