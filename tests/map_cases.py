# amaranth: UnusedElaboratable=no
# (units are made for their geometry alone, too)
"""Maps with the words that a map buffer gives and their schedules, read off the contract."""

from itertools import product

import numpy as np
import pytest

from hwgen.rtl.map_buffer import MapBuffer
from hwgen.rtl.map_geometry import MapGeometry
from tests.rtl_bench import check, join
from tests.timing_reference import Reads

__all__ = ["CASES", "SAME", "Case", "cases"]

SAME = (1, 1, 1, 1)


class Case:
    """A geometry with its element format, and the schedule that the contract gives it.

    Everything here goes row by row and pixel by pixel, as the contract reads. ``rows`` of 0 are
    all output rows; ``less`` is by how many rows, or maps, the memory is short of full rate.
    """

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        kernel: tuple[int, int] = (1, 1),
        *,
        group: int = 1,
        planes: int = 1,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        rows: int = 0,
        repeats: int = 1,
        raster: bool = False,
        slots: str = "full",
        more: int = 0,
        bits: int = 1,
        pad: int | None = 0,
        maps: int = 2,
    ):
        span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        outputs = (
            (height + padding[0] + padding[1] - span[0]) // stride[0] + 1,
            (width + padding[2] + padding[3] - span[1]) // stride[1] + 1,
        )
        self.height, self.bits, self.pad, self.maps = height, bits, pad, maps
        self.rows = rows or outputs[0]
        self.passes = outputs[0] // self.rows
        self.top, self.step = padding[0], stride[0] * self.rows
        self.reach = stride[0] * (self.rows - 1) + span[0]
        self.together = height if planes > 1 else 1
        self.geometry = MapGeometry(
            height=height, width=width, channels=channels, group=group, planes=planes,
            kernel=kernel, stride=stride, dilation=dilation, padding=padding, outputs=outputs,
            rows=self.rows, repeats=repeats, raster=raster,
            slots=more + (self.least_slots() if slots == "least" else self.full_slots()),
        )  # fmt: skip
        self.map_words = height * width * (planes if planes > 1 else channels // group)
        pixels = self.rows * outputs[1]
        self.reads = pixels * kernel[0] * kernel[1] * (channels // group) * repeats

    def component(self, *, keeps: bool = False) -> MapBuffer:
        return MapBuffer(geometry=self.geometry, bits=self.bits, pad=self.pad, keeps=keeps)

    def complete(self, n: int) -> int:
        """Rows that must have come for pass n (one of its map at least), from the first map on."""
        number, p = divmod(n, self.passes)
        if self.together > 1:
            return (number + 1) * self.height
        end = p * self.step + self.reach
        return number * self.height + max(1, sum(y + self.top < end for y in range(self.height)))

    def oldest(self, n: int) -> int:
        """First row that pass n or a later one of its map may read."""
        number, p = divmod(n, self.passes)
        begin = 0 if self.together > 1 else p * self.step
        rows = [y for y in range(self.height) if y + self.top >= begin]
        return number * self.height + min(rows, default=self.height)

    def least_slots(self) -> int:
        return max(self.complete(n) - self.oldest(n) for n in range(self.passes))

    def full_slots(self) -> int:
        return max(self.complete(n + 1) - self.oldest(n) for n in range(self.passes))

    def rule(self) -> Reads:
        row_words = self.map_words // self.height
        needs, frees = [], []
        for n in range((self.maps + 1) * self.passes):
            needs += [self.complete(n) * row_words - 1] * self.reads
        for row in range((self.maps + 1) * self.height):
            last = (row // self.together + 1) * self.together - 1
            n = 0  # the first pass that no longer needs what the rows of this one overwrite
            while self.oldest(n) <= last - self.geometry.slots:
                n += 1
            frees += [n * self.reads - 1] * row_words
        return Reads(needs=needs.__getitem__, frees=frees.__getitem__)

    def words(self, x: np.ndarray) -> list[int]:
        """Pixels as they come: channel groups of each, or one part of all, then the next part."""
        g = self.geometry
        part = g.channels // g.planes if g.planes > 1 else g.group
        if g.planes == 1:
            return [join(word, self.bits) for word in x.reshape(-1, part)]
        return [
            join(x[number, y, xx, c : c + part], self.bits)
            for number, c, y, xx in product(
                range(len(x)), range(0, g.channels, part), range(g.height), range(g.width)
            )
        ]

    def reads_of(self, x: np.ndarray) -> list[int]:
        """Naive loops over everything that the contract's order names."""
        g = self.geometry
        pixels = [*product(range(g.rows), range(g.outputs[1]))]
        groups = range(0, g.channels, g.group)
        inner = (
            [(row, column, c) for row, column in pixels for c in groups]
            if g.raster
            else [(row, column, c) for c in groups for row, column in pixels]
        )
        out = []
        for frame, p, _, ky, kx, (row, column, c) in product(
            x, range(self.passes), range(g.repeats), *map(range, g.kernel), inner
        ):
            y = (p * g.rows + row) * g.stride[0] + ky * g.dilation[0] - g.padding[0]
            xx = column * g.stride[1] + kx * g.dilation[1] - g.padding[2]
            inside = 0 <= y < g.height and 0 <= xx < g.width
            elements = frame[y, xx, c : c + g.group] if inside else [self.pad or 0] * g.group
            word = join(elements, self.bits)
            if self.pad is None:
                word |= (not inside) << g.group * self.bits
            out.append(word)
        return out

    def run(self, pattern, *, reset_after: int = 0, seed: int = 0):
        g = self.geometry
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 1 << self.bits, (self.maps, g.height, g.width, g.channels))
        return check(
            self.component(), self.words(x), self.reads_of(x), self.rule(), pattern,
            reset_after=reset_after,
        )  # fmt: skip


CASES = {
    # The whole map at once.
    "1x1": Case(2, 3, 2, bits=3),
    "1x1_repeated": Case(2, 2, 4, group=2, repeats=3, slots="least"),
    "3x3_same": Case(3, 3, 2, (3, 3), padding=SAME, group=2, pad=1),
    "3x3_same_flags": Case(3, 3, 4, (3, 3), padding=SAME, group=2, pad=None, slots="least"),
    "vector": Case(1, 1, 12, group=3, repeats=2),
    "one_row": Case(1, 5, 2, (1, 3), padding=(0, 0, 1, 1), bits=4, pad=9),
    # Passes of some rows.
    "rows": Case(6, 3, 1, (3, 3), padding=SAME, rows=2, pad=None),
    "rows_least": Case(4, 2, 2, (3, 3), padding=SAME, rows=2, repeats=2, slots="least", pad=1),
    "rows_more": Case(4, 4, 2, (3, 3), padding=SAME, rows=1, more=3, bits=2, pad=2),
    "rows_of_a_column": Case(8, 1, 1, (3, 1), rows=3, bits=2, slots="least"),
    "stride": Case(7, 6, 2, (3, 3), stride=(2, 2), rows=1, group=2, repeats=2),
    "stride_above_kernel": Case(7, 7, 1, stride=(3, 3), rows=1, slots="least", bits=2),
    "stride_padded": Case(5, 5, 1, (3, 3), stride=(2, 2), padding=SAME, rows=1, pad=None),
    "dilated": Case(7, 6, 1, (3, 2), dilation=(2, 3), rows=1, slots="least", bits=2),
    "asymmetric": Case(4, 3, 2, (2, 3), padding=(2, 0, 0, 3), rows=5, bits=3, pad=5),
    "padding_only": Case(1, 2, 1, (3, 3), padding=(2, 2, 2, 2), rows=1, pad=None),
    "rows_left_over": Case(6, 2, 1, (2, 1), stride=(3, 1), rows=1, slots="least"),
    # Planes.
    "planes": Case(2, 3, 4, group=2, planes=4, bits=2),
    "planes_raster": Case(3, 2, 6, group=3, planes=2, raster=True, bits=2),
    "planes_raster_least": Case(2, 2, 4, group=1, planes=4, raster=True, slots="least"),
    "planes_3x3": Case(3, 3, 4, (3, 3), padding=SAME, group=4, planes=2, pad=None, slots="least"),
    "planes_rows": Case(4, 3, 4, (3, 3), padding=SAME, group=4, planes=4, rows=2, repeats=2, pad=1),
    "planes_of_a_pixel": Case(1, 1, 6, group=3, planes=6, repeats=2, bits=2),
}  # fmt: skip


def cases(*names: str):
    """Parametrize over these cases."""
    return pytest.mark.parametrize("case", [pytest.param(CASES[n], id=n) for n in names])
