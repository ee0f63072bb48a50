"""Top of a design: units joined by streams between two AXI4-Stream ports."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.scores import ScoreUnit
from hwgen.rtl.unit import Unit, port

__all__ = ["AxiTop"]


class AxiTop(wiring.Component):
    """Units joined by streams, with AXI4-Stream names at the edge (ARM IHI 0051).

    One pixel a transfer comes in, one value leaves. ``m_axis_tlast`` marks the last transfer of a
    frame; the design counts the input's pixels itself, so there is no ``s_axis_tlast``.
    ``s_axis_tdata`` is padded to whole bytes, ``m_axis_tdata`` extended by its sign.
    ``m_axis_tuser``, where the last unit finds the best class, is the class of the values so far,
    on the last transfer that of the frame.

    Order, latency and interval follow from the units.

    Where units hold weights in SPRAM, ``s_weights_*`` fills them once, a word of 16 bits a cycle,
    the units in their order; ``weights_loaded`` tells that all are filled. Reset does not matter
    for that (see `SpramTable`).

    Parameters
    ----------
    units : sequence of (str, Component)
        Instance names and components, in the data's order. The first takes the pixels from its
        stream ``i``, the last is a `ScoreUnit` and gives the output on its stream ``o``.
    streams : sequence of (str, str, str, str), optional
        Producer, its port, consumer, its port, for each stream inside; by default the units form
        a chain from ``o`` to ``i``.

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
    s_weights_tdata, s_weights_tvalid : In
    s_weights_tready, weights_loaded : Out
        Only where weights are in SPRAM.
    """

    s_axis_tdata: Signal
    s_axis_tvalid: Signal
    s_axis_tready: Signal
    m_axis_tvalid: Signal
    m_axis_tready: Signal
    m_axis_tlast: Signal
    s_weights_tdata: Signal
    s_weights_tvalid: Signal
    s_weights_tready: Signal
    weights_loaded: Signal
    m_axis_tdata: Signal
    m_axis_tuser: Signal

    def __init__(
        self,
        *,
        units: Sequence[tuple[str, Unit]],
        streams: Sequence[tuple[str, str, str, str]] | None = None,
    ):
        if not units:
            raise ValueError("units must not be empty")
        first, last = units[0][1], units[-1][1]
        if not isinstance(last, ScoreUnit):
            raise ValueError(f"units must end in a ScoreUnit, not {type(last).__name__}")
        self.output = last
        self.units = tuple(units)
        names = [name for name, _ in units]
        chain = [(a, "o", b, "i") for a, b in pairwise(names)]
        self.streams = tuple(chain if streams is None else streams)
        self.loading = [u for _, u in units if isinstance(u, MatrixUnit) and u.weights.loads]
        in_bits = len(Cat(port(first, "i").payload))
        members = {
            "s_axis_tdata": In(-(-in_bits // 8) * 8),
            "s_axis_tvalid": In(1),
            "s_axis_tready": Out(1),
            "m_axis_tvalid": Out(1),
            "m_axis_tready": In(1),
            "m_axis_tlast": Out(1),
        }
        if self.loading:
            members |= {
                "s_weights_tdata": In(16),
                "s_weights_tvalid": In(1),
                "s_weights_tready": Out(1),
                "weights_loaded": Out(1),
            }
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
        first, last = port(self.units[0][1], "i"), self.output.o
        m.d.comb += [
            first.payload.eq(self.s_axis_tdata),
            first.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(first.ready),
            self.m_axis_tdata.eq(last.payload.data),
            self.m_axis_tlast.eq(last.payload.last),
            self.m_axis_tvalid.eq(last.valid),
            last.ready.eq(self.m_axis_tready),
        ]
        if self.loading:
            self._load(m)
        if self.output.has_index:
            m.d.comb += self.m_axis_tuser.eq(last.payload.index)
        return m

    def _load(self, m: Module) -> None:
        """Give each weight word to the first unit that still takes them."""
        earlier: Value = Const(0)
        for unit in self.loading:
            m.d.comb += [
                unit.i_weights.payload.eq(self.s_weights_tdata),
                # A register of the unit's decides on `ready`: it does not wait for `valid`.
                unit.i_weights.valid.eq(self.s_weights_tvalid & ~earlier),
            ]
            earlier = earlier | unit.i_weights.ready
        m.d.comb += [
            self.s_weights_tready.eq(earlier),
            self.weights_loaded.eq(Cat(unit.loaded for unit in self.loading).all()),
        ]
