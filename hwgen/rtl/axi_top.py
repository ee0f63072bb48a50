"""Top of a design: units joined by streams between two AXI4-Stream ports."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from hwgen.rtl.deal import Deal
from hwgen.rtl.fed_unit import FedUnit
from hwgen.rtl.frame_guard import FrameGuard
from hwgen.rtl.map_buffer import MapBuffer
from hwgen.rtl.register_slice import RegisterSlice
from hwgen.rtl.scores import ScoreUnit
from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.unit import Unit, port
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["AxiTop"]


class AxiTop(wiring.Component):
    """Units joined by streams, with AXI4-Stream names at the edge (ARM IHI 0051).

    One pixel a transfer comes in, one value leaves. ``m_axis_tlast`` marks the last transfer of a
    frame; the design counts the input's pixels itself, so there is no ``s_axis_tlast``, but with a
    ``guard``: then frames of another length are made right (see `FrameGuard`), and ``error`` is
    high with the last value of such a one.
    ``s_axis_tdata`` is padded to whole bytes, ``m_axis_tdata`` extended by its sign.
    ``m_axis_tuser``, where the last unit finds the best class, is the class of the values so far,
    on the last transfer that of the frame.

    Order, latency and interval follow from the units.

    Where units hold weights in SPRAM, ``s_weights_*`` fills them once, a word of 16 bits a cycle,
    the units in their order; ``weights_loaded`` tells that all are filled. Reset does not matter
    for that (see `SpramTable`). Where units have their weights outside, the words of each frame
    follow on the same port, as a packet: ``s_weights_tlast`` marks its last word. ``weights_error``
    rises, and stays until reset, where that mark is not at its place (see `Deal`).

    Parameters
    ----------
    units : sequence of (str, Component)
        Instance names and components, in the data's order. The last is a `ScoreUnit` and gives
        the output on its stream ``o``.
    streams : sequence of (str, str, str, str), optional
        Producer, its port, consumer, its port, for each stream inside; by default the units form
        a chain from ``o`` to ``i``. A line buffer that ``keeps`` has a slice behind that takes it.
    entry : (str, str), optional
        Unit and port that take the pixels; by default ``i`` of the first unit.
    guard : (int, int), optional
        Pixels of a frame, and frames of which the last pixel may be in and the last value not out.
        The last value of a frame must come no sooner than a cycle after its last pixel.

    Attributes
    ----------
    output : ScoreUnit
        The last unit.

    Members
    -------
    s_axis_tdata, s_axis_tvalid : In
    s_axis_tready : Out
    m_axis_tdata, m_axis_tvalid, m_axis_tlast, m_axis_tuser : Out
        ``m_axis_tuser`` only where there is a class.
    m_axis_tready : In
    s_axis_tlast : In, error : Out
        Only with a ``guard``.
    s_weights_tdata, s_weights_tvalid : In
    s_weights_tready : Out
        Only where weights are in SPRAM or come in for each frame.
    weights_loaded : Out
        Only where weights are in SPRAM.
    s_weights_tlast : In, weights_error : Out
        Only where weights come in for each frame.
    """

    s_axis_tdata: Signal
    s_axis_tvalid: Signal
    s_axis_tready: Signal
    s_axis_tlast: Signal
    error: Signal
    m_axis_tvalid: Signal
    m_axis_tready: Signal
    m_axis_tlast: Signal
    s_weights_tdata: Signal
    s_weights_tvalid: Signal
    s_weights_tready: Signal
    s_weights_tlast: Signal
    weights_error: Signal
    weights_loaded: Signal
    m_axis_tdata: Signal
    m_axis_tuser: Signal

    def __init__(
        self,
        *,
        units: Sequence[tuple[str, Unit]],
        streams: Sequence[tuple[str, str, str, str]] | None = None,
        entry: tuple[str, str] | None = None,
        guard: tuple[int, int] | None = None,
    ):
        if not units:
            raise ValueError("units must not be empty")
        last = units[-1][1]
        if not isinstance(last, ScoreUnit):
            raise ValueError(f"units must end in a ScoreUnit, not {type(last).__name__}")
        self.output = last
        self.units = tuple(units)
        name, at = entry or (units[0][0], "i")
        self.entry = port(dict(units)[name], at)
        self.deal = next((unit for _, unit in units if isinstance(unit, Deal)), None)
        names = [name for name, _ in units]
        chain = [(a, "o", b, "i") for a, b in pairwise(names)]
        self.streams = tuple(chain if streams is None else streams)
        self.loading = [u for _, u in units if isinstance(u, FedUnit) and u.weights.loads]
        in_bits = len(Cat(self.entry.payload))
        members = {
            "s_axis_tdata": In(-(-in_bits // 8) * 8),
            "s_axis_tvalid": In(1),
            "s_axis_tready": Out(1),
            "m_axis_tvalid": Out(1),
            "m_axis_tready": In(1),
            "m_axis_tlast": Out(1),
        }
        self.guard = guard
        if guard is not None:
            members |= {"s_axis_tlast": In(1), "error": Out(1)}
        if self.loading or self.deal:
            members |= {
                "s_weights_tdata": In(WEIGHT_PORT_BITS),
                "s_weights_tvalid": In(1),
                "s_weights_tready": Out(1),
            }
        if self.loading:
            members["weights_loaded"] = Out(1)
        if self.deal:
            members |= {"s_weights_tlast": In(1), "weights_error": Out(1)}
        members["m_axis_tdata"] = Out(last.o.payload.data.shape())
        if last.has_index:
            members["m_axis_tuser"] = Out(len(last.o.payload.index))
        super().__init__(members)

    def weight_words(self) -> NDArray[np.uint16]:
        """Words that fill the SPRAMs, in the order in which ``s_weights_*`` takes them."""
        return np.concatenate([np.zeros(0, np.uint16), *(u.load_words() for u in self.loading)])

    def elaborate(self, platform: object) -> Module:
        """Join the units, and the ends to the ports."""
        m = Module()
        for name, unit in self.units:
            m.submodules[name] = unit
        units = dict(self.units)
        for source, source_port, target, target_port in self.streams:
            o, i = port(units[source], source_port), port(units[target], target_port)
            m.d.comb += [
                i.payload.eq(o.payload),
                i.valid.eq(o.valid),
                o.ready.eq(i.ready),
            ]
            keeper, behind = units[source], units[target]
            if isinstance(keeper, (MapBuffer, SlidingWindow)) and keeper.keeps:
                assert isinstance(behind, RegisterSlice), f"{target} must take what is kept"
                m.d.comb += behind.kept.eq(keeper.kept)
        last = self.output.o
        if self.guard is not None:
            self._guard_frames(m, *self.guard)
        else:
            m.d.comb += [
                self.entry.payload.eq(self.s_axis_tdata),
                self.entry.valid.eq(self.s_axis_tvalid),
                self.s_axis_tready.eq(self.entry.ready),
            ]
        m.d.comb += [
            self.m_axis_tdata.eq(last.payload.data),
            self.m_axis_tlast.eq(last.payload.last),
            self.m_axis_tvalid.eq(last.valid),
            last.ready.eq(self.m_axis_tready),
        ]
        if self.loading or self.deal:
            self._bring_weights(m)
        if self.output.has_index:
            m.d.comb += self.m_axis_tuser.eq(last.payload.index)
        return m

    def _guard_frames(self, m: Module, pixels: int, frames: int) -> None:
        """Make frames right, and keep what was wrong with each until its last value leaves."""
        first, last = self.entry, self.output.o
        width = len(Cat(first.payload))
        # No layer can be called so.
        m.submodules["_guard"] = guard = FrameGuard(width=width, words=pixels)
        m.submodules["_marks"] = marks = StreamFIFO(width=1, depth=frames + 1)
        m.d.comb += [
            guard.i.payload.eq(Cat(self.s_axis_tdata[:width], self.s_axis_tlast)),
            guard.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(guard.i.ready),
            first.payload.eq(guard.o.payload),
            first.valid.eq(guard.o.valid),
            guard.o.ready.eq(first.ready),
            marks.i.payload.eq(guard.bad),
            marks.i.valid.eq(guard.ended),
            marks.o.ready.eq(last.valid & last.ready & last.payload.last),
            self.error.eq(marks.o.payload & last.payload.last),
        ]

    def _bring_weights(self, m: Module) -> None:
        """Give each word to the first unit that still takes them; when all are full, to frames."""
        earlier: Value = Const(0)
        for unit in self.loading:
            m.d.comb += [
                unit.i_weights.payload.eq(self.s_weights_tdata),
                # A register of the unit's decides on `ready`: it does not wait for `valid`.
                unit.i_weights.valid.eq(self.s_weights_tvalid & ~earlier),
            ]
            earlier = earlier | unit.i_weights.ready
        loaded = Cat(unit.loaded for unit in self.loading).all()
        if self.deal:
            m.d.comb += [
                self.deal.i.payload.eq(Cat(self.s_weights_tdata, self.s_weights_tlast)),
                self.deal.i.valid.eq(self.s_weights_tvalid & loaded),
                self.weights_error.eq(self.deal.error),
            ]
            earlier = earlier | (self.deal.i.ready & loaded)
        m.d.comb += self.s_weights_tready.eq(earlier)
        if self.loading:
            m.d.comb += self.weights_loaded.eq(loaded)
