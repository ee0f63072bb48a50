"""Sliding-window unit: line buffers that turn a feature map into the patches of a convolution."""

from typing import Any

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import advance_modulo, index_bits, loop_nest, select_by_index
from hwgen.rtl.register_slice import kept_word
from hwgen.rtl.window_axis import Axis
from hwgen.rtl.window_geometry import WindowGeometry

__all__ = ["SlidingWindow"]


class SlidingWindow(wiring.Component):
    """Rows of a feature map in, patches of a convolution (or pool) out.

    The rows lie in ``py * px`` memory banks, pixel (y, x) in bank (y mod py, x mod px), so that
    every patch of ``py x px`` pixels is one word from each bank, whatever its position; what
    remains is to rotate the words into their places and to overwrite the padding.

    Order in: pixels in raster order, channel groups of a pixel one after another. Order out: for
    each block of output pixels in raster order, ``repeats`` times over: tap rows, tap columns,
    channel groups, the last fastest (with ``channels_outer``: channel groups, tap rows, tap
    columns). Patches are laid out as ``docs/contracts.md`` says.

    Latency: a block row begins two cycles after the last input row that it reads is complete.
    Interval: 1 on both sides. The memory holds ``slots * py`` rows; `plan` sizes it so that the
    next block row's input fits while this one is read.

    Parameters
    ----------
    geometry : WindowGeometry
        Sizes and schedule.
    bits : int
        Width of one channel of a pixel.
    pad : int or None
        Padding's element as stored; None adds one flag a patch pixel, high for padding.
    keeps : bool
        Keep the patch that left last, for a register slice behind: see `RegisterSlice`.

    Members
    -------
    i : In(stream of unsigned(group * bits))
    o : Out(stream of unsigned(py * px * (group * bits + (pad is None))))
    kept : Out(py * px * (group * bits + (pad is None)))
        Only with ``keeps``: payload of ``o`` at the last clock at which that was ready.
    """

    i: stream.Interface
    o: stream.Interface
    kept: Signal

    def __init__(
        self, *, geometry: WindowGeometry, bits: int, pad: int | None, keeps: bool = False
    ):
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if pad is not None and not 0 <= pad < 1 << bits:
            raise ValueError(f"pad must be a pattern of {bits} bits, not {pad!r}")
        self.geometry = geometry
        self.bits = bits
        self.pad = pad
        self.keeps = keeps
        pixels = geometry.patch[0] * geometry.patch[1]
        word = geometry.group * bits
        patch = pixels * (word + (pad is None))
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(word))),
                "o": Out(stream.Signature(unsigned(patch))),
                **({"kept": Out(patch)} if keeps else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build writer, schedule, banks, and the rotation of their words into patches."""
        m = Module()
        g = self.geometry
        row_done, block_row_end = Signal(), Signal()
        block_row = Signal(index_bits(g.blocks[0]))

        writer = self._writer(m, row_done, block_row, block_row_end)
        issue, row, column, channel = self._schedule(m, row_done, block_row, block_row_end)
        words = {}
        for rows in row.bank_groups:
            for columns in column.bank_groups:
                address = (
                    row.bank_address(rows[0]) * (g.bank_columns * g.groups)
                    + column.bank_address(columns[0]) * g.groups
                    + channel
                )
                banks = [(by, bx) for by in rows for bx in columns]
                words |= self._memory(m, banks, writer, issue, address)
        self._output(m, issue, row, column, words)
        return m

    def _writer(
        self, m: Module, row_done: Signal, block_row: Signal, block_row_end: Signal
    ) -> tuple[Signal, Value, Value, Value]:
        """Accept words while their slot is free; returns step, bank row, bank column, address."""
        g = self.geometry
        (by, bx), slots = g.patch, g.slots
        top, left = g.padding[0], g.padding[2]
        last_bank_row = (top + g.height - 1) // by
        jump = g.frame_bank_rows + top // by - last_bank_row

        # Bank rows from the oldest one in use to the writer's; negative where the reader has left
        # a frame whose last rows no block needs.
        ahead = Signal(range(-g.frame_bank_rows, slots + jump))
        step = Signal()
        m.d.comb += [self.i.ready.eq(ahead < slots), step.eq(self.i.valid & self.i.ready)]

        (channel, _, _), (pixel_end, row_end, frame_end) = loop_nest(
            m, step, (g.groups, g.width, g.height), names=("w_channel", "w_x", "w_y")
        )
        m.d.comb += row_done.eq(row_end)

        q = Signal(index_bits(g.bank_columns), name="w_column_q", init=left // bx)
        r_column = Signal(index_bits(bx), name="w_column_r", init=left % bx)
        with m.If(row_end):
            m.d.sync += [q.eq(q.init), r_column.eq(r_column.init)]
        with m.Elif(pixel_end):
            m.d.sync += r_column.eq(r_column + 1)
            with m.If(r_column == bx - 1):
                m.d.sync += [r_column.eq(0), q.eq(q + 1)]

        slot = Signal(index_bits(slots), name="w_slot", init=top // by % slots)
        r_row = Signal(index_bits(by), name="w_row_r", init=top % by)
        moved = Signal(range(jump + 1))
        with m.If(frame_end):
            m.d.comb += moved.eq(jump)
            m.d.sync += [r_row.eq(r_row.init), slot.eq(advance_modulo(slot, jump % slots, slots))]
        with m.Elif(row_end):
            m.d.sync += r_row.eq(r_row + 1)
            with m.If(r_row == by - 1):
                m.d.comb += moved.eq(1)
                m.d.sync += [r_row.eq(0), slot.eq(advance_modulo(slot, 1, slots))]

        freed = select_by_index(m, block_row, g.freed_bank_rows(), name="freed")
        m.d.sync += ahead.eq(ahead + moved - Mux(block_row_end, freed, 0))

        address = slot * (g.bank_columns * g.groups) + q * g.groups + channel
        return step, r_row, r_column, address

    def _schedule(
        self, m: Module, row_done: Signal, block_row: Signal, block_row_end: Signal
    ) -> tuple[Signal, Axis, Axis, Value]:
        """Issue one read after another; returns issue, row, column and channel group."""
        g = self.geometry
        needed = g.rows_needed()
        # Complete rows beyond those that the current block row needs; negative: wait.
        spare = Signal(range(-2 * g.height, g.slots * g.patch[0] + 1), init=-needed[0])
        issue = Signal()
        m.d.comb += issue.eq((spare >= 0) & (~self.o.valid | self.o.ready))

        taps = {"tap_column": g.tap_groups[1], "tap_row": g.tap_groups[0]}
        channels = {"channel": g.groups}
        loops = {**taps, **channels} if g.channels_outer else {**channels, **taps}
        loops |= {"repeat": g.repeats, "block_column": g.blocks[1], "block_row": g.blocks[0]}
        names = tuple(loops)
        indices, ends = loop_nest(m, issue, tuple(loops.values()), names=names)
        index, end = dict(zip(names, indices, strict=True)), dict(zip(names, ends, strict=True))
        begin = dict(zip(names, [issue, *ends], strict=False))
        m.d.comb += [block_row.eq(index["block_row"]), block_row_end.eq(end["block_column"])]

        more = select_by_index(m, block_row, g.rows_needed_steps(), name="more")
        m.d.sync += spare.eq(spare + row_done - Mux(block_row_end, more, 0))

        column = Axis(
            m,
            name="x",
            banks=g.patch[1],
            modulus=None,
            tap_step=g.tap_step[1],
            tap_groups=g.tap_groups[1],
            block_step=g.column_step,
            blocks=g.blocks[1],
            tap_next=begin["tap_column"],
            tap_end=end["tap_column"],
            block_next=end["repeat"],
            frame_end=end["block_column"],
            restart=0,
        )
        row = Axis(
            m,
            name="y",
            banks=g.patch[0],
            modulus=g.slots,
            tap_step=g.tap_step[0],
            tap_groups=g.tap_groups[0],
            block_step=g.row_step,
            blocks=g.blocks[0],
            tap_next=begin["tap_row"],
            tap_end=end["tap_row"],
            block_next=end["block_column"],
            frame_end=end["block_row"],
            restart=g.frame_bank_rows - (g.blocks[0] - 1) * g.row_step // g.patch[0],
        )
        return issue, row, column, index["channel"]

    def _memory(
        self,
        m: Module,
        banks: list[tuple[int, int]],
        writer: tuple[Signal, Value, Value, Value],
        issue: Signal,
        address: Value,
    ) -> dict[tuple[int, int], Value]:
        """Banks that are read at one address, side by side in one memory, each written alone.

        Returns the word of the last issued read of each bank.
        """
        g = self.geometry
        step, r_row, r_column, w_address = writer
        width = g.group * self.bits
        # A row is complete before it is read: the ports never meet at one address. (A number,
        # where the stubs know texts only.)
        attrs: dict[str, Any] = {"no_rw_check": 1}
        mem = memory.Memory(
            shape=unsigned(len(banks) * width),
            # A memory of one word would have an address of width 0, which Verilog lacks.
            depth=max(2, g.slots * g.bank_columns * g.groups),
            init=[],
            attrs=attrs,
        )
        m.submodules[f"bank{banks[0][0]}_{banks[0][1]}"] = mem
        write, read = mem.write_port(granularity=width), mem.read_port()
        enables = [step & (r_row == by) & (r_column == bx) for by, bx in banks]
        m.d.comb += [
            write.addr.eq(w_address),
            write.data.eq(self.i.payload.replicate(len(banks))),
            write.en.eq(Cat(*enables)),
            read.addr.eq(address),
            read.en.eq(issue),
        ]
        return {bank: read.data.word_select(k, width) for k, bank in enumerate(banks)}

    def _output(
        self, m: Module, issue: Signal, row: Axis, column: Axis, words: dict[tuple[int, int], Value]
    ) -> None:
        """Put out the words of the banks as patches, and those that left last where it keeps them.

        What is kept lies right behind the memories, where block RAM has registers of its own.
        """
        g = self.geometry
        with m.If(issue):
            m.d.sync += self.o.valid.eq(1)
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)

        starts = row.registered_start(m, issue), column.registered_start(m, issue)
        outside = (
            row.registered_outside(m, issue, first=g.padding[0], size=g.height),
            column.registered_outside(m, issue, first=g.padding[2], size=g.width),
        )
        axes = row.starts, column.starts
        m.d.comb += self.o.payload.eq(self._patch(axes, words, starts, outside))
        if self.keeps:
            ready = self.o.ready
            kept = {
                (y, x): kept_word(m, ready, word, f"kept{y}_{x}") for (y, x), word in words.items()
            }
            starts = tuple(
                kept_word(m, ready, start, f"kept_{axis}_start")
                for axis, start in zip("yx", starts, strict=True)
            )
            outside = tuple(
                [kept_word(m, ready, flag, f"kept_{axis}_outside{k}") for k, flag in enumerate(f)]
                for axis, f in zip("yx", outside, strict=True)
            )
            m.d.comb += self.kept.eq(self._patch(axes, kept, starts, outside))

    def _patch(
        self,
        reachable: tuple[tuple[int, ...], tuple[int, ...]],
        words: dict[tuple[int, int], Value],
        starts: tuple[Value, ...],
        outside: tuple[list[Value], ...],
    ) -> Value:
        """Rotate the banks' words into patch order and overwrite the padding.

        Each pair is of rows and of columns: what starts there are, the start, and for each pixel
        whether it lies outside.
        """
        g = self.geometry
        by, bx = g.patch
        (row_starts, column_starts), (row_start, column_start) = reachable, starts
        above, beside = outside
        fill = Const(self.pad or 0, self.bits).replicate(g.group)

        data, flags = [], []
        for i in range(by):
            line = [
                _pick(row_start, [words[(i + s) % by, b] for s in range(by)], row_starts)
                for b in range(bx)
            ]
            for j in range(bx):
                word = _pick(column_start, [line[(j + s) % bx] for s in range(bx)], column_starts)
                covered = above[i] | beside[j]
                data.append(Mux(covered, fill, word) if any(g.padding) else word)
                flags.append(covered)
        return Cat(*data, *(flags if self.pad is None else []))


def _pick(start: Value, words: list[Value], reachable: tuple[int, ...]) -> Value:
    """``words[start]``, built for the reachable starts only."""
    if len(reachable) == 1:
        return words[reachable[0]]
    return Array(w if s in reachable else words[reachable[0]] for s, w in enumerate(words))[start]
