"""Map buffer: a feature map, read pixel after pixel for each weight word, or turned round."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import advance_modulo, index_bits, loop_nest, select_by_index
from hwgen.rtl.map_geometry import MapGeometry
from hwgen.rtl.register_slice import kept_word

__all__ = ["MapBuffer"]


@dataclass(frozen=True)
class _Read:
    """The read that comes next, in registers: made a step ahead, since addresses take long."""

    address: Value
    outside: Value
    number: Value
    """Of its pass."""
    ends: Value
    """Whether it is the last one of its pass."""


class MapBuffer(wiring.Component):
    """Rows of a feature map in; single pixels of it out, all that meet one weight word in a row.

    Order in: pixels in raster order, channel groups of a pixel one after another; or plane after
    plane, each in raster order, a word of ``channels / planes`` channels a pixel. Order out: for
    each pass of ``rows`` output rows, ``repeats`` times over: tap rows, tap columns, channel
    groups, output rows of the pass, output columns, the last fastest. With ``raster``: output rows,
    output columns, channel groups.

    Latency: a pass begins two cycles after the last input row that it reads is complete. Interval:
    1 on both sides. The memory holds ``slots`` rows.

    Parameters
    ----------
    geometry : MapGeometry
        Sizes and schedule.
    bits : int
        Width of one channel of a pixel.
    pad : int or None
        Padding's element as stored; None adds a flag, high for padding.
    keeps : bool
        Keep the pixel that left last, for a register slice behind: see `RegisterSlice`.

    Members
    -------
    i : In(stream of unsigned(group * bits), or of a plane's channels)
    o : Out(stream of unsigned(group * bits + (pad is None)))
    kept : Out(group * bits + (pad is None))
        Only with ``keeps``: payload of ``o`` at the last clock at which that was ready.
    """

    i: stream.Interface
    o: stream.Interface
    kept: Signal

    def __init__(self, *, geometry: MapGeometry, bits: int, pad: int | None, keeps: bool = False):
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if pad is not None and not 0 <= pad < 1 << bits:
            raise ValueError(f"pad must be a pattern of {bits} bits, not {pad!r}")
        self.geometry = geometry
        self.bits = bits
        self.pad = pad
        self.keeps = keeps
        word = geometry.group * bits
        part = geometry.plane_channels * bits if geometry.planes > 1 else word
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(part))),
                "o": Out(stream.Signature(unsigned(word + (pad is None)))),
                **({"kept": Out(word + (pad is None))} if keeps else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build memory, writer, schedule of reads, and the padding."""
        m = Module()
        g = self.geometry
        issue, over = Signal(), Signal()
        read = self._next_read(m, issue)
        m.d.comb += over.eq(issue & read.ends)
        more = select_by_index(m, read.number, g.more_needed, name="more")
        freed = select_by_index(m, read.number, g.freed, name="freed")

        step, complete = Signal(), Signal()
        # Rows from the oldest in use to the writer's; negative where the reader has left a map
        # whose last rows no pass needs.
        ahead = Signal(range(-g.height, g.slots + g.unit_rows + 1))
        m.d.comb += [
            self.i.ready.eq(ahead <= g.slots - g.unit_rows),
            step.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += ahead.eq(ahead + Mux(complete, g.unit_rows, 0) - Mux(over, freed, 0))
        # Complete rows beyond those that the pass needs; negative: wait.
        spare = Signal(range(-2 * g.height, g.slots + g.unit_rows + 1), init=-g.needed(0))
        m.d.comb += issue.eq((spare >= 0) & (~self.o.valid | self.o.ready))
        m.d.sync += spare.eq(spare + Mux(complete, g.unit_rows, 0) - Mux(over, more, 0))

        data = self._memory(m, step, complete, issue, read)
        with m.If(issue):
            m.d.sync += self.o.valid.eq(1)
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        outside = Signal()
        with m.If(issue):
            m.d.sync += outside.eq(read.outside)
        m.d.comb += self.o.payload.eq(self._pixel(data, outside))
        if self.keeps:
            # Right behind the memory, where block RAM has registers of its own.
            ready = self.o.ready
            kept = (
                kept_word(m, ready, data, "kept_word"),
                kept_word(m, ready, outside, "kept_outside"),
            )
            m.d.comb += self.kept.eq(self._pixel(*kept))
        return m

    def _pixel(self, data: Value, outside: Value) -> Value:
        """Word read, or padding, and whether it is that."""
        g = self.geometry
        fill = Const(self.pad or 0, self.bits).replicate(g.group)
        word = Mux(outside, fill, data) if any(g.padding) else data
        return Cat(word, *([] if self.pad is not None else [outside]))

    def _memory(
        self, m: Module, step: Signal, complete: Signal, issue: Signal, read: _Read
    ) -> Value:
        """Write words as they come; returns the word of the last issued read."""
        g = self.geometry
        depth = max(2, g.slots * g.width * g.groups)
        # A row is complete before it is read: the ports never meet at one address. (A number,
        # where the stubs know texts only.)
        attrs: dict[str, Any] = {"no_rw_check": 1}
        width, part = g.group * self.bits, len(self.i.payload)
        mem = memory.Memory(shape=unsigned(width), depth=depth, init=[], attrs=attrs)
        m.submodules.map = mem
        write, port = mem.write_port(granularity=part), mem.read_port()
        if g.planes == 1:
            address = Signal(range(depth), name="write_address")
            _, ends = loop_nest(m, step, (g.width * g.groups,), names=("write_word",))
            m.d.comb += complete.eq(ends[0])
            with m.If(step):
                m.d.sync += address.eq(advance_modulo(address, 1, g.slots * g.width * g.groups))
            enable: Value = step
        else:
            address, enable = self._planes(m, step, complete)
        m.d.comb += [
            write.addr.eq(address),
            write.data.eq(self.i.payload.replicate(width // part)),
            write.en.eq(enable),
            port.addr.eq(read.address),
            port.en.eq(issue),
        ]
        return port.data

    def _planes(self, m: Module, step: Signal, complete: Signal) -> tuple[Value, Value]:
        """Where the words of planes go: address, and a bit for each part of a word."""
        g = self.geometry
        parts, pixels = g.group // g.plane_channels, g.height * g.width
        loops = {"write_pixel": pixels, "write_part": parts, "write_group": g.groups}
        (_, part, group), ends = loop_nest(m, step, tuple(loops.values()), names=tuple(loops))
        plane_end, _, map_end = ends
        maps = g.slots // g.height
        base = Signal(range(max(2, g.slots * g.width * g.groups)), name="write_map")
        address = Signal.like(base, name="write_address")
        size = pixels * g.groups
        m.d.comb += complete.eq(map_end)
        following = Signal.like(base, name="write_next_map")
        m.d.comb += following.eq(Mux(base == (maps - 1) * size, 0, base + size))
        with m.If(map_end):
            m.d.sync += [base.eq(following), address.eq(following)]
        with m.Elif(plane_end):
            m.d.sync += address.eq(base + group + (part == parts - 1))
        with m.Elif(step):
            m.d.sync += address.eq(address + g.groups)
        return address, Cat(step & (part == k) for k in range(parts))

    def _next_read(self, m: Module, issue: Signal) -> _Read:
        """Registers of the read that comes next; a step ahead of it run the loops."""
        g = self.geometry
        primed, advance = Signal(), Signal()
        m.d.comb += advance.eq(issue | ~primed)
        m.d.sync += primed.eq(1)
        pixels = {"column": g.outputs[1], "row": g.rows}
        channel = {"channel": g.groups}
        taps = {"tap_column": g.kernel[1], "tap_row": g.kernel[0]}
        loops = {**channel, **pixels, **taps} if g.raster else {**pixels, **channel, **taps}
        loops |= {"repeat": g.repeats, "number": g.passes}
        indices, ends = loop_nest(m, advance, tuple(loops.values()), names=tuple(loops))
        at, end = dict(zip(loops, indices, strict=True)), dict(zip(loops, ends, strict=True))
        number = at["number"]

        # Row in the map, from the oldest that the pass reads, and column.
        tops = [g.top_row(n) - g.oldest(n) for n in range(g.passes)]
        lows = [-g.oldest(n) for n in range(g.passes)]
        highs = [g.height - g.oldest(n) for n in range(g.passes)]
        reach = [
            (n - 1) * stride + (k - 1) * dilation
            for n, stride, k, dilation in zip(
                (g.rows, g.outputs[1]), g.stride, g.kernel, g.dilation, strict=True
            )
        ]
        y = Signal(range(min(*tops, 0), max(max(tops) + reach[0], 1) + 1), name="y")
        x = Signal(range(-g.padding[2], max(reach[1] - g.padding[2], 1) + 1), name="x")
        m.d.comb += [
            y.eq(
                at["row"] * g.stride[0]
                + at["tap_row"] * g.dilation[0]
                + select_by_index(m, number, tops, name="top")
            ),
            x.eq(at["column"] * g.stride[1] + at["tap_column"] * g.dilation[1] - g.padding[2]),
        ]
        outside: Value = Const(0)
        if any(g.padding):
            low = select_by_index(m, number, lows, name="low")
            high = select_by_index(m, number, highs, name="high")
            outside = (y < low) | (y >= high) | (x < 0) | (x >= g.width)
        # The slot of the oldest row moves on with the passes.
        oldest = Signal(index_bits(g.slots), name="oldest_slot")
        freed = select_by_index(m, number, [f % g.slots for f in g.freed], name="freed_slots")
        with m.If(end["repeat"]):
            m.d.sync += oldest.eq(advance_modulo(oldest, freed, g.slots))
        slot = Signal(index_bits(g.slots), name="slot")
        m.d.comb += slot.eq(advance_modulo(oldest, y[: index_bits(g.slots)], g.slots))
        depth = max(2, g.slots * g.width * g.groups)
        address = Signal(range(depth), name="read_address")
        registers = {
            "address": slot * (g.width * g.groups) + x * g.groups + at["channel"],
            "outside": outside,
            "number": number,
            "ends": end["repeat"],
        }
        held: dict[str, Value] = {"address": address}
        for name in ("outside", "number", "ends"):
            held[name] = Signal(len(registers[name]), name=f"read_{name}")
        with m.If(advance):
            m.d.sync += [held[name].eq(value) for name, value in registers.items()]
        return _Read(**held)
