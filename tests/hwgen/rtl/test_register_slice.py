# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.register_slice import RegisterSlice
from tests import map_cases, window_cases
from tests.rtl_bench import check, record
from tests.timing_reference import FULL_RATE, PATTERNS, Register, random_stalls, ready_after_valid

WORDS = [int(x) for x in np.random.default_rng(17).integers(0, 1 << 9, 60)]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_words_leave_in_order_at_the_cycles_of_the_contract(pattern):
    check(RegisterSlice(width=9), WORDS, WORDS, Register(), pattern)


def test_full_rate_takes_one_word_a_cycle():
    trace = check(RegisterSlice(width=9), WORDS, WORDS, Register(), FULL_RATE)
    assert trace.i == list(range(60))
    assert trace.o == list(range(1, 61))


def test_reset_empties_it():
    check(RegisterSlice(width=9), WORDS, WORDS, Register(), ready_after_valid(3), reset_after=11)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be positive, not 0$"):
        RegisterSlice(width=0)


class Sliced(wiring.Component):
    """A line buffer with a slice behind."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self, case, *, keeps: bool):
        self.keeps = keeps
        self.buffer = case.component(keeps=keeps)
        self.slice = RegisterSlice(width=len(Value.cast(self.buffer.o.payload)), kept=keeps)
        super().__init__(
            {
                "i": In(self.buffer.i.signature.flip()),
                "o": Out(self.slice.o.signature),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.buffer, m.submodules.slice = self.buffer, self.slice
        wiring.connect(m, wiring.flipped(self.i), self.buffer.i)
        wiring.connect(m, self.buffer.o, self.slice.i)
        wiring.connect(m, self.slice.o, wiring.flipped(self.o))
        if self.keeps:
            m.d.comb += self.slice.kept.eq(self.buffer.kept)
        return m


def run_sliced(case, pattern, *, keeps, reset_after=0):
    """Trace, and whether the words are right."""
    g = case.geometry
    x = np.random.default_rng(5).integers(0, 1 << case.bits, (2, g.height, g.width, g.channels))
    expected = case.reads_of(x) if isinstance(case, map_cases.Case) else case.patches(x)
    trace, words = record(
        Sliced(case, keeps=keeps), case.words(x), outputs=len(expected), pattern=pattern,
        reset_after=reset_after,
    )  # fmt: skip
    return trace, words == expected


LINES = {
    **{f"window {n}": window_cases.CASES[n] for n in ("3x3_rows", "3x3_same_flags", "dilated")},
    **{f"map {n}": map_cases.CASES[n] for n in ("3x3_same", "rows", "planes")},
}


@pytest.mark.parametrize("pattern", [random_stalls(3, 0.7, 0.5), FULL_RATE], ids=str)
@pytest.mark.parametrize("name", LINES)
def test_a_line_buffer_may_keep_the_word_of_the_slice_behind_it(name, pattern):
    trace, right = run_sliced(LINES[name], pattern, keeps=True, reset_after=23)
    assert right
    assert vars(trace) == vars(run_sliced(LINES[name], pattern, keeps=False, reset_after=23)[0])


@pytest.mark.parametrize(("name", "where"), [("window 3x3_rows", "sliding_window"),
                                             ("map rows", "map_buffer")])  # fmt: skip
def test_a_word_that_is_kept_while_it_should_not_move_is_found(name, where, monkeypatch):
    def moving(m: Module, ready: Value, word: Value, name: str) -> Value:
        kept = Signal(len(word), name=name)
        m.d.sync += kept.eq(word)
        return kept

    monkeypatch.setattr(f"hwgen.rtl.{where}.kept_word", moving)
    with pytest.raises(AssertionError, match=r"moved while stalled$"):
        run_sliced(LINES[name], random_stalls(3, 0.7, 0.5), keeps=True)
