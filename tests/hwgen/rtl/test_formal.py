"""Proofs, by the SAT solver of Yosys, of what simulation only samples."""

import pytest
from amaranth.hdl import Assert, Assume, Const, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hwgen.rtl.deal import Deal
from hwgen.rtl.pack import Pack
from hwgen.rtl.popcount import Popcount
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.unpack import Unpack
from tests.formal_proof import prove


class PopcountProof(wiring.Component):
    """The tree gives the same as one long sum."""

    def __init__(self, width: int, *, broken: bool = False):
        self.width = width
        self.broken = broken
        super().__init__({"bits": In(width)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = Popcount(width=self.width)
        total: Value = Const(int(self.broken))
        for bit in self.bits:
            total = total + bit
        m.d.comb += [dut.i.eq(self.bits), Assert(dut.o == total)]
        return m


class StreamProof(wiring.Component):
    """Where the input holds while stalled, so does the output, with resets at any time."""

    def __init__(self, dut, *, broken: bool = False):
        self.dut = dut
        self.broken = broken
        self.i_bits = len(dut.i.payload)
        super().__init__(
            {"i_payload": In(unsigned(self.i_bits)), "i_valid": In(1), "o_ready": In(1)}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        m.d.comb += [
            dut.i.payload.eq(self.i_payload),
            dut.i.valid.eq(self.i_valid),
            dut.o.ready.eq(self.o_ready),
        ]
        for stream, claim in ((dut.i, Assume), (dut.o, Assert)):
            stalled = Signal()
            before = Signal(len(stream.payload))
            m.d.sync += [stalled.eq(stream.valid & ~stream.ready), before.eq(stream.payload)]
            if claim is Assert or not self.broken:
                with m.If(stalled):
                    m.d.comb += claim(stream.valid & (stream.payload == before))
        return m


class DealProof(wiring.Component):
    """A packet of the right length never errs; one of another always does, and nothing passes.

    With ``right`` packets all have the right length.
    """

    def __init__(self, counts: tuple[int, ...], *, right: bool, broken: bool = False):
        self.counts, self.right, self.broken = counts, right, broken
        super().__init__({"word": In(17), "valid": In(1), "ready": In(len(counts))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = Deal(counts=self.counts)
        outs = [getattr(dut, f"o_{k}") for k in range(len(self.counts))]
        m.d.comb += [dut.i.payload.eq(self.word), dut.i.valid.eq(self.valid)]
        m.d.comb += [o.ready.eq(self.ready[k]) for k, o in enumerate(outs)]
        length = sum(self.counts)
        at, wrong_before = Signal(range(length + 1)), Signal()
        wrong = self.valid & (self.word[-1] != (at == length - 1 + self.broken))
        m.d.sync += wrong_before.eq(wrong_before | wrong)
        with m.If(dut.i.valid & dut.i.ready):
            m.d.sync += at.eq(at + 1)
            with m.If(at == length - 1):
                m.d.sync += at.eq(0)
        if self.right:
            m.d.comb += [Assume(~wrong), Assert(~dut.error)]
        stopped = wrong | wrong_before
        begin = 0
        for k, (o, count) in enumerate(zip(outs, self.counts, strict=True)):
            turn = (at >= begin) & (at < begin + count)
            m.d.comb += [
                Assert(o.valid == (self.valid & turn & ~stopped)),
                Assert(~(o.valid & o.ready) | dut.i.ready),
            ]
            with m.If(o.valid):
                m.d.comb += Assert(o.payload == self.word[:16])
            with m.If(turn & ~stopped):
                m.d.comb += Assert(dut.i.ready == self.ready[k])
            begin += count
        m.d.comb += Assert(dut.error == wrong_before)
        with m.If(stopped):
            m.d.comb += Assert(~dut.i.ready)
        return m


def test_popcount_is_the_sum_of_its_bits(tmp_path):
    prove(tmp_path, {f"popcount{n}": PopcountProof(n) for n in (1, 7, 16)}, induct=False)


def test_outputs_hold_while_stalled(tmp_path):
    designs = {
        "fifo1": StreamProof(StreamFIFO(width=4, depth=1)),
        "fifo2": StreamProof(StreamFIFO(width=4, depth=2)),
        "late_fifo": StreamProof(StreamFIFO(width=2, depth=3, clocked=True)),
        "pack": StreamProof(Pack(width=2, count=3)),
        "unpack": StreamProof(Unpack(width=2, count=3)),
    }
    prove(tmp_path, designs, induct=True)


def test_packets_pass_if_they_have_their_length_and_else_stop_for_good(tmp_path):
    designs = {
        f"deal{'_'.join(map(str, counts))}_{right}": DealProof(counts, right=right)
        for counts in ((2, 1, 3), (1,))
        for right in (False, True)
    }
    prove(tmp_path, designs, induct=True, steps=15, only_base=True)


def test_a_packet_that_is_counted_wrongly_is_noticed(tmp_path):
    broken = DealProof((2, 2), right=True, broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": broken}, induct=True, steps=15, only_base=True)


def test_a_broken_promise_is_noticed(tmp_path):
    broken = StreamProof(Unpack(width=2, count=3), broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": broken}, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": PopcountProof(7, broken=True)}, induct=False)
