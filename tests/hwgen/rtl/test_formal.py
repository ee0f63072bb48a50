"""Proofs, by the SAT solver of Yosys, of what simulation only samples."""

import pytest
from amaranth.hdl import Assert, Assume, Const, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In

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


def test_popcount_is_the_sum_of_its_bits(tmp_path):
    prove(tmp_path, {f"popcount{n}": PopcountProof(n) for n in (1, 7, 16)}, induct=False)


def test_outputs_hold_while_stalled(tmp_path):
    designs = {
        "fifo1": StreamProof(StreamFIFO(width=4, depth=1)),
        "fifo2": StreamProof(StreamFIFO(width=4, depth=2)),
        "pack": StreamProof(Pack(width=2, count=3)),
        "unpack": StreamProof(Unpack(width=2, count=3)),
    }
    prove(tmp_path, designs, induct=True)


def test_a_broken_promise_is_noticed(tmp_path):
    broken = StreamProof(Unpack(width=2, count=3), broken=True)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": broken}, induct=True)


def test_a_wrong_sum_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"broken": PopcountProof(7, broken=True)}, induct=False)
