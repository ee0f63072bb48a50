"""Sliding-window geometries with their patches and schedules, read off the contract."""

from itertools import product

import numpy as np
import pytest

from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.window_geometry import WindowGeometry
from tests.rtl_bench import check, join
from tests.timing_reference import (
    Reads,
)

SAME = (1, 1, 1, 1)


class Case:
    """A geometry with its element format, and the schedule that the contract gives it.

    Everything here goes row by row and pixel by pixel, as the contract reads.
    """

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        kernel: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        block: tuple[int, int] = (1, 1),
        taps: tuple[int, int] = (1, 1),
        group: int = 1,
        repeats: int = 1,
        outer: bool = False,
        slots: str = "full",
        more: int = 0,
        bits: int = 1,
        pad: int | None = 0,
        frames: int = 3,
    ):
        span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        rows = (height + padding[0] + padding[1] - span[0]) // stride[0] + 1
        columns = (width + padding[2] + padding[3] - span[1]) // stride[1] + 1
        self.rows, self.bits, self.pad, self.frames = height, bits, pad, frames
        self.step = stride[0] * block[0]
        self.reach = stride[0] * (block[0] - 1) + span[0]
        self.bank = stride[0] * (block[0] - 1) + dilation[0] * (taps[0] - 1) + 1
        self.top = padding[0]
        self.block_rows = rows // block[0]
        self.geometry = WindowGeometry(
            height=height,
            width=width,
            channels=channels,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            padding=padding,
            block=block,
            taps=taps,
            blocks=(rows // block[0], columns // block[1]),
            group=group,
            repeats=repeats,
            slots=more + (self.least_slots() if slots == "least" else self.full_slots()),
            channels_outer=outer,
        )
        tap_groups = kernel[0] // taps[0] * (kernel[1] // taps[1])
        self.row_words = width * (channels // group)
        self.row_reads = columns // block[1] * repeats * tap_groups * (channels // group)

    def component(self, *, keeps: bool = False) -> SlidingWindow:
        return SlidingWindow(geometry=self.geometry, bits=self.bits, pad=self.pad, keeps=keeps)

    def bank_row(self, row: int) -> int:
        return (row + self.top) // self.bank

    @property
    def frame_bank_rows(self) -> int:
        return self.bank_row(self.rows - 1) + 1

    def complete(self, n: int) -> int:
        """Rows that must have come for block row n (one of its frame at least), from frame 0 on."""
        frame, b = divmod(n, self.block_rows)
        end = b * self.step + self.reach
        return frame * self.rows + max(1, sum(y + self.top < end for y in range(self.rows)))

    def newest(self, n: int) -> int:
        """Bank row of the last row that block row n reads (of its frame's first, if none)."""
        frame, b = divmod(n, self.block_rows)
        end = b * self.step + self.reach
        rows = [y for y in range(self.rows) if y + self.top < end]
        return frame * self.frame_bank_rows + self.bank_row(max(rows, default=0))

    def oldest(self, n: int) -> int:
        """Bank row of the first row that block row n or a later one of its frame may read."""
        frame, b = divmod(n, self.block_rows)
        rows = [y for y in range(self.rows) if y + self.top >= b * self.step]
        return frame * self.frame_bank_rows + self.bank_row(min(rows, default=self.rows))

    def least_slots(self) -> int:
        return max(self.newest(b) - self.oldest(b) + 1 for b in range(self.block_rows))

    def full_slots(self) -> int:
        return max(self.newest(b + 1) - self.oldest(b) + 1 for b in range(self.block_rows))

    def row_steps(self) -> list[int]:
        """Rows that come in between one block row and the next, over a frame."""
        return [self.complete(b + 1) - self.complete(b) for b in range(self.block_rows)]

    def busier_side(self) -> str | None:
        """Side that has more words to move in each block row, if memory never holds it up."""
        words = [rows * self.row_words for rows in self.row_steps()]
        if self.geometry.slots < self.full_slots():
            return None
        if max(words) <= self.row_reads:
            return "reads"
        return "writes" if min(words) >= self.row_reads else None

    def rule(self) -> Reads:
        needs, frees = [], []
        for n in range((self.frames + 1) * self.block_rows):
            needs += [self.complete(n) * self.row_words - 1] * self.row_reads
        for row in range((self.frames + 1) * self.rows):
            frame, y = divmod(row, self.rows)
            overwritten = frame * self.frame_bank_rows + self.bank_row(y) - self.geometry.slots
            n = 0  # the first block row that no longer needs what is overwritten
            while self.oldest(n) <= overwritten:
                n += 1
            frees += [n * self.row_reads - 1] * self.row_words
        return Reads(needs=needs.__getitem__, frees=frees.__getitem__)

    def words(self, x: np.ndarray) -> list[int]:
        return [join(word, self.bits) for word in x.reshape(-1, self.geometry.group)]

    def patches(self, x: np.ndarray) -> list[int]:
        """Naive loops over everything that the contract's order names."""
        g = self.geometry
        top, _, left, _ = g.padding
        columns = g.stride[1] * (g.block[1] - 1) + g.dilation[1] * (g.taps[1] - 1) + 1
        tap_groups = list(
            product(range(0, g.kernel[0], g.taps[0]), range(0, g.kernel[1], g.taps[1]))
        )
        firsts = range(0, g.channels, g.group)
        order = (
            [(ky, kx, c) for c in firsts for ky, kx in tap_groups]
            if g.channels_outer
            else [(ky, kx, c) for ky, kx in tap_groups for c in firsts]
        )
        out = []
        for frame, by, bx, _, (ky, kx, c) in product(
            x, range(g.blocks[0]), range(g.blocks[1]), range(g.repeats), order
        ):
            elements, flags = [], []
            for i, j in product(range(self.bank), range(columns)):
                y = by * g.block[0] * g.stride[0] + ky * g.dilation[0] + i - top
                xx = bx * g.block[1] * g.stride[1] + kx * g.dilation[1] + j - left
                inside = 0 <= y < g.height and 0 <= xx < g.width
                fill = [self.pad or 0] * g.group
                elements += list(frame[y, xx, c : c + g.group]) if inside else fill
                flags.append(not inside)
            word = join(elements, self.bits)
            if self.pad is None:
                word |= join(flags, 1) << len(elements) * self.bits
            out.append(word)
        return out

    def run(self, pattern, *, reset_after: int = 0, seed: int = 0):
        g = self.geometry
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 1 << self.bits, (self.frames, g.height, g.width, g.channels))
        return check(
            self.component(),
            self.words(x),
            self.patches(x),
            self.rule(),
            pattern,
            reset_after=reset_after,
        )


CASES = {
    # Kernels and taps.
    "1x1": Case(3, 4, 2, (1, 1), bits=3),
    "1x1_repeated": Case(2, 3, 4, (1, 1), group=2, repeats=4, slots="least"),
    "1x1_stride_2": Case(5, 5, 3, (1, 1), stride=(2, 2), group=3),
    "3x3": Case(4, 5, 2, (3, 3), slots="least", bits=2),
    "3x3_same_flags": Case(3, 3, 4, (3, 3), padding=SAME, group=2, pad=None),
    "3x3_rows": Case(5, 4, 2, (3, 3), padding=SAME, taps=(1, 3), pad=1),
    "3x3_columns": Case(5, 4, 2, (3, 3), padding=SAME, taps=(3, 1), pad=1, slots="least"),
    "3x3_whole": Case(6, 6, 4, (3, 3), padding=SAME, taps=(3, 3), group=2, pad=None, more=1),
    "5x5": Case(5, 4, 1, (5, 5), padding=(2, 2, 2, 2), taps=(1, 5), bits=4, pad=9),
    "5x5_whole": Case(6, 6, 2, (5, 5), taps=(5, 5), group=2, slots="least"),
    "7x7_stride_2": Case(
        7, 6, 2, (7, 7), stride=(2, 2), padding=(3, 3, 3, 3), taps=(1, 7), group=2, pad=None
    ),
    "11x11_stride_4": Case(11, 9, 1, (11, 11), stride=(4, 4), padding=(2, 2, 2, 2), taps=(1, 11)),
    "11x11_one_tap": Case(11, 11, 1, (11, 11), slots="least", bits=2),
    "1x3": Case(4, 6, 2, (1, 3), padding=(0, 0, 1, 1), taps=(1, 3), pad=1, more=1),
    "3x1": Case(6, 4, 2, (3, 1), padding=(1, 1, 0, 0), taps=(3, 1), group=2, repeats=3, pad=None),
    "2x4_partly": Case(6, 7, 2, (2, 4), taps=(1, 2), stride=(2, 1), bits=3, slots="least"),
    # Strides and rows that no block needs.
    "stride_2_leftover": Case(6, 6, 2, (3, 3), stride=(2, 2), taps=(1, 3), group=2),
    "stride_3_leftover": Case(8, 8, 1, (3, 3), stride=(3, 3), taps=(3, 3), slots="least"),
    "stride_2x3": Case(7, 8, 2, (3, 2), stride=(2, 3), padding=(1, 0, 0, 1), pad=1),
    "stride_above_kernel": Case(9, 6, 2, (2, 2), stride=(3, 3), taps=(1, 2), repeats=2),
    "stride_above_slots": Case(17, 2, 1, (2, 1), stride=(7, 1), more=-3, bits=3),
    # Taps apart.
    "dilated": Case(7, 6, 2, (3, 3), dilation=(2, 2), bits=2, slots="least"),
    "dilated_rows": Case(
        7, 8, 2, (3, 3), dilation=(2, 3), padding=(2, 2, 3, 3), taps=(1, 3), pad=None
    ),
    "dilated_whole": Case(
        8, 8, 2, (3, 2), stride=(2, 1), dilation=(2, 4), taps=(3, 2), group=2, repeats=2, pad=1
    ),
    "dilated_block": Case(
        8, 7, 1, (2, 3), dilation=(3, 2), padding=(1, 0, 2, 2), block=(2, 3), taps=(2, 3), pad=None
    ),
    # Padding.
    "asymmetric": Case(4, 5, 2, (3, 3), padding=(0, 2, 1, 0), taps=(1, 3), pad=None, more=1),
    "deep_padding": Case(
        4, 3, 2, (3, 3), stride=(2, 1), padding=(3, 2, 2, 3), taps=(1, 3), pad=None, bits=3
    ),
    "deep_padding_whole": Case(
        3, 4, 1, (3, 3), padding=(3, 3, 2, 2), taps=(3, 3), pad=None, slots="least"
    ),
    "padding_rows_alone": Case(3, 3, 1, (2, 2), padding=(2, 3, 0, 0), taps=(2, 1), pad=1),
    "pad_pattern": Case(4, 4, 2, (3, 3), padding=SAME, taps=(1, 3), group=2, bits=8, pad=0xA5),
    # Blocks.
    "block_2x2": Case(6, 6, 2, (3, 3), padding=SAME, block=(2, 2), taps=(3, 3), group=2, pad=1),
    "block_2x2_stride_2": Case(
        9, 5, 2, (3, 3), stride=(2, 2), block=(2, 2), taps=(1, 3), slots="least", repeats=2
    ),
    "block_1x2": Case(5, 7, 3, (3, 3), padding=SAME, block=(1, 2), taps=(1, 3), group=3, pad=None),
    "block_2x1": Case(7, 5, 2, (3, 3), padding=SAME, block=(2, 1), taps=(3, 1), pad=None),
    "block_3x3": Case(6, 6, 1, (2, 2), padding=(0, 1, 1, 0), block=(3, 3), taps=(2, 2), pad=1),
    "block_3x3_one_tap": Case(8, 5, 2, (3, 3), block=(3, 3), group=2, slots="least", repeats=2),
    "block_2x2_one_tap": Case(
        7, 8, 1, (2, 2), stride=(2, 2), padding=SAME, block=(2, 2), taps=(1, 1), pad=None
    ),
    # Maps of one pixel, channels outer, and more memory than any schedule needs.
    "one_pixel": Case(1, 1, 1, (1, 1), slots="least"),
    "one_pixel_repeated": Case(1, 1, 6, (1, 1), group=2, repeats=3, more=1),
    "one_pixel_padded": Case(1, 1, 2, (3, 3), padding=SAME, taps=(3, 3), group=2, pad=None),
    "one_pixel_much_memory": Case(1, 1, 2, (1, 1), more=9, repeats=4, frames=12),
    "one_row": Case(1, 6, 2, (1, 3), taps=(1, 3), slots="least"),
    "one_column": Case(6, 1, 2, (3, 1), taps=(1, 1), repeats=2, more=5),
    "pool": Case(6, 6, 4, (2, 2), stride=(2, 2), group=2, outer=True, pad=None, bits=2),
    "pool_ceil": Case(
        5, 5, 3, (2, 2), stride=(2, 2), padding=(0, 1, 0, 1), outer=True, pad=None, slots="least"
    ),
    "pool_padded": Case(
        5, 4, 2, (3, 3), stride=(2, 2), padding=(1, 1, 2, 2), outer=True, pad=None, bits=2
    ),
    "pool_overlapping": Case(5, 5, 1, (3, 3), stride=(2, 2), outer=True, repeats=2, more=1),
}


def cases(*names: str):
    """Parametrize over these cases."""
    return pytest.mark.parametrize("case", [pytest.param(CASES[n], id=n) for n in names])
