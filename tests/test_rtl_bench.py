"""The bench itself: each kind of misbehaviour that it promises to notice."""

import pytest
from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tests.rtl_bench import check, join, record
from tests.timing_reference import FULL_RATE, Register, Unpack, ready_after_valid

WORDS = [3, 1, 4, 1, 5, 9, 2, 6]


class Misbehaving(wiring.Component):
    """A wire from ``i`` to ``o`` with one fault."""

    def __init__(self, fault):
        self.fault = fault
        signature = stream.Signature(unsigned(8))
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform):
        m = Module()
        cycle = Signal(8)
        even = Signal()
        taken = Signal(8)
        m.d.sync += [cycle.eq(cycle + 1), taken.eq(taken + (self.i.valid & self.i.ready))]
        m.d.comb += [
            even.eq(cycle[0] == 0),
            self.o.payload.eq(self.i.payload),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
        ]
        if self.fault == "moves":
            m.d.comb += self.o.payload.eq(cycle)
        elif self.fault == "falls":
            m.d.comb += self.o.valid.eq(self.i.valid & even)
        elif self.fault == "drops":
            m.d.comb += self.o.valid.eq(self.i.valid & (taken != 4))
            with m.If(taken == 4):
                m.d.comb += self.i.ready.eq(1)
        elif self.fault == "adds":
            m.d.comb += self.o.valid.eq(self.i.valid | (taken == 8))
        elif self.fault == "waits for ready":
            m.d.comb += self.o.valid.eq(self.i.valid & self.o.ready)
        return m


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("moves", r"^output 0 in cycle 1 moved while stalled"),
        ("falls", r"^output 0 in cycle 1 fell while stalled"),
        ("drops", r"^stuck after 8 of 8 inputs and 7 of 8 outputs"),
        ("adds", r"^more than 8 outputs"),
        ("waits for ready", r"^stuck after 0 of 8 inputs and 0 of 8 outputs"),
    ],
)
def test_faults_are_noticed(fault, text):
    with pytest.raises(AssertionError, match=text):
        record(Misbehaving(fault), WORDS, outputs=8, pattern=ready_after_valid(2))


def test_wrong_payloads_and_wrong_cycles_are_noticed():
    check(Misbehaving(None), WORDS, WORDS, Unpack(1), FULL_RATE)
    with pytest.raises(AssertionError, match=r"^output 2 is 0x4, not 0x5"):
        check(Misbehaving(None), WORDS, [3, 1, 5, 1, 5, 9, 2, 6], Unpack(1), FULL_RATE)
    with pytest.raises(AssertionError, match=r"^visible\[0\] is in cycle 0, not 1"):
        check(Misbehaving(None), WORDS, WORDS, Register(), FULL_RATE)


def test_join_puts_the_first_value_in_the_least_significant_bits():
    assert join([1, -1, 2], 4) == 0x2F1
