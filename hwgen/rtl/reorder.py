"""Reorder: blocks of pixels to raster order."""

from amaranth.hdl import Array, Cat, Module, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["Reorder"]

_BANKS = 2  # one is written while the other is read


class Reorder(wiring.Component):
    """Words of ``my * mx`` pixels each become words of one pixel, in raster order.

    Order: input words come as (block row, block column, fold), the last fastest, and hold the
    block's pixels in the order (row, column), the first in the least significant bits. Output
    words come as (row, column, fold).
    Latency: 2 cycles from the last input word of a block row to its first output word. Interval:
    1 on the output, which is ``my * mx`` cycles an input word. Two block rows are held: one is
    read while the next is written; ``i.ready`` comes from registers alone.

    Parameters
    ----------
    width : int
        Bits of one pixel's channel group.
    block : (int, int)
        Rows and columns of a block, ``my`` and ``mx``.
    blocks_y, blocks_x : int
        Blocks of a frame, down and across.
    folds : int
        Channel groups of a pixel.

    Members
    -------
    i : In(stream.Signature(my * mx * width))
    o : Out(stream.Signature(width))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self, *, width: int, block: tuple[int, int], blocks_y: int, blocks_x: int, folds: int
    ):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        if len(block) != 2 or min(block) < 1:
            raise ValueError(f"block must be two positive sizes, not {block!r}")
        if blocks_y < 1:
            raise ValueError(f"blocks_y must be positive, not {blocks_y!r}")
        if blocks_x < 1:
            raise ValueError(f"blocks_x must be positive, not {blocks_x!r}")
        if folds < 1:
            raise ValueError(f"folds must be positive, not {folds!r}")
        self.width = width
        self.block = (int(block[0]), int(block[1]))
        # The hardware counts block rows on from frame to frame and needs not know where one ends.
        self.blocks_y = blocks_y
        self.blocks_x = blocks_x
        self.folds = folds
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(self.block[0] * self.block[1] * width))),
                "o": Out(stream.Signature(unsigned(width))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build writer, reader and one memory for each pixel of a block."""
        m = Module()
        my, mx = self.block
        row_words = self.blocks_x * self.folds

        # Banks written in full and not yet read in full.
        filled = Signal(range(_BANKS + 1))
        write = Signal()
        read = Signal()
        m.d.comb += [
            self.i.ready.eq(filled != _BANKS),
            write.eq(self.i.valid & self.i.ready),
            read.eq((filled != 0) & (~self.o.valid | self.o.ready)),
        ]

        (write_word, write_bank), (write_end, _) = loop_nest(
            m, write, [row_words, _BANKS], names=["write_word", "write_bank"]
        )

        # The reader goes over a block's folds again for each of its columns, and over the block
        # row's words again for each of its rows.
        (_, dx, _, dy, read_bank), (fold_end, dx_end, column_end, read_end, _) = loop_nest(
            m,
            read,
            [self.folds, mx, self.blocks_x, my, _BANKS],
            names=["read_fold", "read_dx", "read_column", "read_dy", "read_bank"],
        )
        read_word = Signal(max(1, (row_words - 1).bit_length()))
        with m.If(column_end):
            m.d.sync += read_word.eq(0)
        with m.Elif(fold_end & ~dx_end):
            m.d.sync += read_word.eq(read_word - (self.folds - 1))
        with m.Elif(read):
            m.d.sync += read_word.eq(read_word + 1)
        m.d.sync += filled.eq(filled + write_end - read_end)

        # The banks have the even and the odd addresses, which need no adder. The memories' read
        # registers are the output register.
        pixels = []
        for pixel in range(my * mx):
            m.submodules[f"pixel{pixel}"] = words = memory.Memory(
                shape=unsigned(self.width), depth=_BANKS * row_words, init=[]
            )
            write_port = words.write_port()
            read_port = words.read_port()
            m.d.comb += [
                write_port.addr.eq(Cat(write_bank, write_word)),
                write_port.data.eq(self.i.payload.word_select(pixel, self.width)),
                write_port.en.eq(write),
                read_port.addr.eq(Cat(read_bank, read_word)),
                read_port.en.eq(read),
            ]
            pixels.append(read_port.data)
        if my * mx == 1:
            m.d.comb += self.o.payload.eq(pixels[0])
        else:
            chosen = Signal(range(my * mx), reset_less=True)
            with m.If(read):
                m.d.sync += chosen.eq(dy * mx + dx)
            m.d.comb += self.o.payload.eq(Array(pixels)[chosen])

        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.valid.eq(read)
        return m
