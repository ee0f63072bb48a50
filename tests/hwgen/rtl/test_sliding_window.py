# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from hwgen.plan.units import WindowPlan
from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.window_geometry import WindowGeometry
from tests.rtl_bench import check, join
from tests.timing_reference import (
    FULL_RATE,
    Reads,
    random_stalls,
    ready_after_valid,
    slow_source,
)

PATTERNS = (
    FULL_RATE,
    random_stalls(1, 0.6, 0.6),
    random_stalls(2, 0.9, 0.4),
    ready_after_valid(1),
    slow_source(1),
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
        rows = (height + padding[0] + padding[1] - kernel[0]) // stride[0] + 1
        columns = (width + padding[2] + padding[3] - kernel[1]) // stride[1] + 1
        self.rows, self.bits, self.pad, self.frames = height, bits, pad, frames
        self.step = stride[0] * block[0]
        self.reach = stride[0] * (block[0] - 1) + kernel[0]
        self.bank = stride[0] * (block[0] - 1) + taps[0]
        self.top = padding[0]
        self.block_rows = rows // block[0]
        self.geometry = WindowGeometry(
            height=height,
            width=width,
            channels=channels,
            kernel=kernel,
            stride=stride,
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

    def component(self) -> SlidingWindow:
        return SlidingWindow(geometry=self.geometry, bits=self.bits, pad=self.pad)

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
        columns = g.stride[1] * (g.block[1] - 1) + g.taps[1]
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
                y = by * g.block[0] * g.stride[0] + ky + i - top
                xx = bx * g.block[1] * g.stride[1] + kx + j - left
                inside = 0 <= y < g.height and 0 <= xx < g.width
                fill = [self.pad or 0] * g.group
                elements += list(frame[y, xx, c : c + g.group]) if inside else fill
                flags.append(not inside)
            word = join(elements, self.bits)
            if self.pad is None:
                word |= join(flags, 1) << len(elements) * self.bits
            out.append(word)
        return out

    def run(self, pattern, *, reset_after: int | None = None, seed: int = 0):
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
    "pool_overlapping": Case(5, 5, 1, (3, 3), stride=(2, 2), outer=True, repeats=2, more=1),
}


def cases(*names: str):
    """Parametrize over these cases."""
    return pytest.mark.parametrize("case", [pytest.param(CASES[n], id=n) for n in names])


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@cases(*CASES)
def test_patches_and_their_cycles_are_those_of_the_contract(case, pattern):
    case.run(pattern)


@cases(*(n for n, case in CASES.items() if case.busier_side() == "reads"))
def test_reads_have_no_bubble_within_or_between_frames_where_they_dominate(case):
    o = case.run(FULL_RATE).o
    assert o == list(range(o[0], o[0] + len(o)))
    assert len(o) == case.frames * case.block_rows * case.row_reads


@cases(*(n for n, case in CASES.items() if case.busier_side() == "writes"))
def test_writes_have_no_bubble_within_or_between_frames_where_they_dominate(case):
    i = case.run(FULL_RATE).i
    assert i == list(range(case.frames * case.rows * case.row_words))


def test_a_block_row_begins_two_cycles_after_its_last_input():
    # Below a row of padding, the first block row needs two rows of 4 pixels of 2 words.
    trace = CASES["3x3_rows"].run(FULL_RATE)
    assert (trace.i[15], trace.visible[0]) == (15, 17)


@cases(*CASES)
def test_plan_and_hardware_agree_on_the_memory(case):
    g = case.geometry
    plan = WindowPlan(
        name="window",
        stage="layer",
        in_bits=1,
        out_bits=1,
        in_shape=(g.height, g.width, g.channels),
        bits=case.bits,
        kernel=g.kernel,
        stride=g.stride,
        padding=g.padding,
        pad=case.pad,
        block=g.block,
        taps=g.taps,
        blocks=g.blocks,
        group=g.group,
        repeats=g.repeats,
        channels_outer=g.channels_outer,
        slots=g.slots,
    )
    assert plan.full_rate_slots() == case.full_slots()
    assert [plan.rows_needed(b) for b in range(case.block_rows)] == g.rows_needed()
    least = case.least_slots()
    assert g.least_slots() == least
    with pytest.raises(
        ValueError, match=rf"^slots must be at least {least} to hold a block row, not {least - 1}$"
    ):
        replace(g, slots=least - 1)


@pytest.mark.parametrize("reset_after", [3, 20, 47, 90])
@cases("3x3_same_flags", "asymmetric", "stride_above_slots", "pool_ceil")
def test_reset_forgets_the_rows_held(case, reset_after):
    case.run(PATTERNS[1], reset_after=reset_after)


def good_geometry() -> dict[str, Any]:
    return {
        "height": 6,
        "width": 7,
        "channels": 4,
        "kernel": (3, 3),
        "stride": (1, 1),
        "padding": (0, 0, 0, 0),
        "block": (1, 1),
        "taps": (1, 3),
        "blocks": (4, 5),
        "group": 2,
        "repeats": 1,
        "slots": 3,
    }


def test_bad_sizes_are_refused():
    good = good_geometry()
    WindowGeometry(**good)
    for name in ("height", "width", "channels", "group", "repeats"):
        for value in (0, -2):
            with pytest.raises(ValueError, match=rf"^{name} must be positive, not {value}$"):
                WindowGeometry(**dict(good, **{name: value}))
    for name in ("kernel", "stride", "block", "taps", "blocks"):
        for value, text in (((0, 1), r"\(0, 1\)"), ((2, -1), r"\(2, -1\)")):
            with pytest.raises(ValueError, match=rf"^{name} must be positive, not {text}$"):
                WindowGeometry(**dict(good, **{name: value}))
    for side in range(4):
        padding = tuple(-1 if k == side else 0 for k in range(4))
        text = rf"^padding must not be negative, not \({', '.join(map(str, padding))}\)$"
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**dict(good, padding=padding))


def test_sizes_that_do_not_fit_each_other_are_refused():
    good = good_geometry()
    with pytest.raises(ValueError, match=r"^group must divide 4 channels, not 3$"):
        WindowGeometry(**dict(good, group=3))
    for taps in ((2, 1), (1, 2)):
        text = rf"^taps must divide kernel \(3, 3\), not \({taps[0]}, {taps[1]}\)$"
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**dict(good, taps=taps))
    for change in ({"blocks": (5, 5)}, {"blocks": (4, 6)}, {"block": (2, 1)}):
        blocks = change.get("blocks", (4, 5))
        text = (
            r"^blocks must lie within the 6 x 7 padded pixels, "
            rf"not \({blocks[0]}, {blocks[1]}\)$"
        )
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**{**good, **change})


def test_bad_element_formats_are_refused():
    geometry = WindowGeometry(**good_geometry())
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        SlidingWindow(geometry=geometry, bits=0, pad=0)
    for bits, pad in ((1, 2), (8, 256), (8, -1)):
        with pytest.raises(ValueError, match=rf"^pad must be a pattern of {bits} bits, not {pad}$"):
            SlidingWindow(geometry=geometry, bits=bits, pad=pad)
