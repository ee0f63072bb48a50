"""Byte core: a design with AXI4-Stream ports as a taker and giver of bytes."""

from amaranth.hdl import Const, Module, Signal, unsigned
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.link_format import NO_CLASS
from hwgen.rtl.pack import Pack
from hwgen.rtl.unpack import Unpack

__all__ = ["WEIGHT_WORD", "ByteCore"]

WEIGHT_WORD = data.StructLayout({"data": unsigned(16), "last": unsigned(1)})
"""What a memory gives of the weights: a word, and whether it is the last of a packet."""


class ByteCore(wiring.Component):
    """Bytes of a picture in, bytes of its values out once all of them are there.

    For one picture after a reset. The design's output never waits: all values of a frame have room
    here, in as many bits as they need. So its input waits for nothing but its own pace.

    Order: pixels in raster order, channel fastest; values as on ``m_axis``, the low byte first.
    Latency and interval: those of the design, and 1 cycle from the last byte of a pixel to
    ``s_axis_tvalid``, 2 from a value to ``o.valid``. One byte a cycle.

    Parameters
    ----------
    core : AxiTop

    Members
    -------
    i : In(stream.Signature(8))
    o : Out(stream.Signature(8))
    complete : Out(1)
        All values of the picture are there; stays until reset.
    best : Out(16)
        The class then, or 0xFFFF where the design finds none, or may find one beyond 0xFFFE.
    i_weights : In(stream.Signature(16)), or In(stream.Signature({data: 16, last: 1}))
        What fills the design's SPRAMs, and where ``streams_weights`` the weights of each frame
        behind; only where it has any.
    loaded : Out(1)
        All SPRAMs are filled. Only where ``streams_weights``.
    out_of_step : Out(1)
        A packet of weights was not as long as it should be. Only where ``streams_weights``.
    """

    i: stream.Interface
    o: stream.Interface
    complete: Signal
    best: Signal
    i_weights: stream.Interface
    loaded: Signal
    out_of_step: Signal

    def __init__(self, *, core: AxiTop):
        self.core = core
        self.pixel_bytes = len(core.s_axis_tdata) // 8
        self.score_bytes = len(core.m_axis_tdata) // 8
        self.scores = core.output.transfers_per_frame
        self.signed = core.output.value.signed
        self.has_class = core.output.has_index and self.scores <= NO_CLASS
        octets = stream.Signature(unsigned(8))
        self.loads_weights = "s_weights_tdata" in core.signature.members
        members = {"i": In(octets), "o": Out(octets), "complete": Out(1), "best": Out(16)}
        self.streams_weights = "s_weights_tlast" in core.signature.members
        if self.streams_weights:
            members |= {
                "i_weights": In(stream.Signature(WEIGHT_WORD)),
                "loaded": Out(1),
                "out_of_step": Out(1),
            }
        elif self.loads_weights:
            members["i_weights"] = In(stream.Signature(unsigned(16)))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Put the converters and the queue of scores around the design."""
        m = Module()
        m.submodules.core = core = self.core
        m.submodules.pack = pack = Pack(width=8, count=self.pixel_bytes)
        value = Signal(core.output.value)
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(width=len(value), depth=self.scores)
        m.submodules.unpack = unpack = Unpack(width=8, count=self.score_bytes)
        wiring.connect(m, wiring.flipped(self.i), pack.i)
        wiring.connect(m, unpack.o, wiring.flipped(self.o))
        m.d.comb += [
            core.s_axis_tdata.eq(pack.o.payload),
            core.s_axis_tvalid.eq(pack.o.valid),
            pack.o.ready.eq(core.s_axis_tready),
            queue.w_data.eq(core.m_axis_tdata),
            queue.w_en.eq(core.m_axis_tvalid),
            core.m_axis_tready.eq(queue.w_rdy),
            value.eq(queue.r_data),
            unpack.i.payload.eq(value),
            unpack.i.valid.eq(queue.r_rdy),
            queue.r_en.eq(unpack.i.ready),
        ]
        if self.loads_weights:
            word = self.i_weights.payload
            m.d.comb += [
                core.s_weights_tdata.eq(word.data if self.streams_weights else word),
                core.s_weights_tvalid.eq(self.i_weights.valid),
                self.i_weights.ready.eq(core.s_weights_tready),
            ]
        if self.streams_weights:
            m.d.comb += [
                core.s_weights_tlast.eq(self.i_weights.payload.last),
                self.out_of_step.eq(core.weights_error),
                self.loaded.eq(getattr(core, "weights_loaded", 1)),
            ]
        last = Signal()
        m.d.comb += last.eq(core.m_axis_tvalid & core.m_axis_tready & core.m_axis_tlast)
        with m.If(last):
            m.d.sync += self.complete.eq(1)
        if self.has_class:
            best = Signal.like(core.m_axis_tuser, reset_less=True)
            m.d.comb += self.best.eq(best)
            with m.If(last):
                m.d.sync += best.eq(core.m_axis_tuser)
        else:
            m.d.comb += self.best.eq(Const(NO_CLASS, 16))
        return m
