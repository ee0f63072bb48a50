"""Sliding-window unit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Self

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import Buffer, Pair, UnitBase
from hwgen.sizes.bank_axis import BankAxis
from hwgen.sizes.features import Features, constant_digits, counter_bits, select_cells
from hwgen.sizes.memory_map import Memory, map_memory

__all__ = ["WindowPlan"]


@dataclass(frozen=True, kw_only=True)
class WindowPlan(UnitBase):
    """Sliding-window unit; see ``docs/contracts.md`` for the meaning of each figure."""

    in_shape: tuple[int, int, int]
    bits: int
    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]
    pad: int | None
    """Padding's element as a bit pattern; None adds flags."""
    block: Pair
    taps: Pair
    blocks: Pair
    group: int
    repeats: int
    channels_outer: bool
    slots: int
    planes: int = 1
    """Maps of ``in_shape`` that make up a frame, one after another."""

    @property
    def row_step(self) -> int:
        """Padded rows from one block row to the next."""
        return self.stride[0] * self.block[0]

    @property
    def patch(self) -> Pair:
        """Rows and columns of a patch; the rows of a bank row."""
        return (
            self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.taps[0] - 1) + 1,
            self.stride[1] * (self.block[1] - 1) + self.dilation[1] * (self.taps[1] - 1) + 1,
        )

    @property
    def words_per_pixel(self) -> int:
        """Channel groups."""
        return self.in_shape[2] // self.group

    @property
    def words_per_block(self) -> int:
        """Patches read for each block."""
        tap_groups = (self.kernel[0] // self.taps[0]) * (self.kernel[1] // self.taps[1])
        return self.repeats * tap_groups * self.words_per_pixel

    def rows_needed(self, block_row: int) -> int:
        """Rows of the frame that must be complete before a block row is read; at least one."""
        reach = self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.kernel[0] - 1) + 1
        last = block_row * self.row_step + reach
        return min(max(last - self.padding[0], 1), self.in_shape[0])

    def bank_row(self, row: int) -> int:
        """Bank row of its frame that row ``row`` of the feature map lies in."""
        return (row + self.padding[0]) // self.patch[0]

    def oldest_bank_row(self, block_row: int) -> int:
        """First bank row of its frame still in use while a block row is read."""
        row = block_row * self.row_step - self.padding[0]
        return self.bank_row(min(max(row, 0), self.in_shape[0]))

    @property
    def frame_bank_rows(self) -> int:
        """Bank rows from one frame's first to the next one's."""
        return self.bank_row(self.in_shape[0] - 1) + 1

    def least_slots(self) -> int:
        """Bank rows without which some block row could not be read at all."""
        return max(
            self.bank_row(self.rows_needed(b) - 1) - self.oldest_bank_row(b) + 1
            for b in range(self.blocks[0])
        )

    def full_rate_slots(self) -> int:
        """Bank rows that hold a block row and all that the next one needs."""
        span = 0
        for block_row in range(self.blocks[0]):
            following = block_row + 1
            if following < self.blocks[0]:
                last = self.bank_row(self.rows_needed(following) - 1)
            else:
                last = self.frame_bank_rows + self.bank_row(self.rows_needed(0) - 1)
            span = max(span, last - self.oldest_bank_row(block_row) + 1)
        return span

    def at_full_rate(self, least: int = 0) -> Self:
        """With the bank rows of its full rate, or ``least`` where these are more."""
        return replace(self, slots=max(self.full_rate_slots(), least))

    @property
    def passes_ready(self) -> bool:
        """Its line buffer lies between both sides."""
        return False

    def words_out(self, words: int) -> int | None:
        """All patches."""
        height, width, _ = self.in_shape
        fits = words == self.planes * height * width * self.words_per_pixel
        return self.planes * prod(self.blocks) * self.words_per_block if fits else None

    @property
    def buffer(self) -> Buffer:
        """Its bank rows."""
        _, width, channels = self.in_shape
        bits = self.patch[0] * width * channels * self.bits
        return Buffer(self.name, "lines", self.slots, self.least_slots(), bits)

    def resized(self, size: int) -> Self:
        """With so many bank rows."""
        return replace(self, slots=size)

    @property
    def tap_groups(self) -> Pair:
        """Patches over a kernel: rows, columns."""
        return self.kernel[0] // self.taps[0], self.kernel[1] // self.taps[1]

    @property
    def bank_columns(self) -> int:
        """Pixels of a bank row that lie in one bank."""
        return (self.padding[2] + self.in_shape[1] - 1) // self.patch[1] + 1

    @property
    def bank_words(self) -> int:
        """Words of each bank."""
        return max(2, self.slots * self.bank_columns * self.words_per_pixel)

    @cached_property
    def axes(self) -> tuple[BankAxis, BankAxis]:
        """Banks by rows and by columns."""
        rows, columns = (
            BankAxis(
                self.patch[axis], self.taps[axis] * self.dilation[axis], self.tap_groups[axis],
                self.stride[axis] * self.block[axis], self.blocks[axis],
            )
            for axis in (0, 1)
        )  # fmt: skip
        return rows, columns

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """Line buffer: banks that share an address lie side by side."""
        found = []
        for rows in self.axes[0].groups:
            for columns in self.axes[1].groups:
                banks = self._written(0, rows) * self._written(1, columns)
                if banks:
                    bits = banks * self.group * self.bits
                    found.append(Memory(self.bank_words, bits, "rows", banks))
        return found

    def _written(self, axis: int, banks: tuple[int, ...]) -> int:
        """Banks of a group that pixels are written to; all but where a map is one pixel wide."""
        if self.in_shape[axis] > 1:
            return len(banks)
        return int(self.padding[2 * axis] % self.patch[axis] in banks)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "window"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Counters of writer and reader, addresses, rotation and padding, and the memories."""
        height, width, _ = self.in_shape
        groups = self.words_per_pixel
        writer = (groups, width, height, self.bank_columns, self.patch[1], self.slots,
                  self.patch[0])  # fmt: skip
        reader = (*self.tap_groups, groups, self.repeats, *self.blocks)
        data = prod(self.patch) * self.group * self.bits
        starts = [len(axis.starts) for axis in self.axes]
        # Whether what lies outside matters.
        masked = any(self.padding) or self.pad is None
        found: Features = {
            "one": 1,
            "writer": sum(counter_bits(n) for n in writer if n & n - 1),
            "reader": sum(counter_bits(n) for n in reader if n & n - 1),
            "overflowing": sum(counter_bits(n) for n in writer + reader if not n & n - 1),
            "axes": sum(
                _coordinate_bits(axis, slots)
                for axis, slots in zip(self.axes, (self.slots, None), strict=True)
            ),
            "address": self._address_adders() * counter_bits(self.bank_words),
            "cases": self._cases(),
            "rotation of 2": data * starts.count(2),
            "rotation": data * sum(select_cells(n) for n in starts if n > 2),
            "padding": data * any(self.padding),
            "outside": sum(self.patch) * (counter_bits(height) + counter_bits(width)) * masked,
            "banks": prod(self.patch),
        }
        for memory in self.memories(stages, family):
            mapping = map_memory(memory, family)
            if mapping.ebr or mapping.lutram:
                _add(found, "ram choice", select_cells(mapping.rows) * memory.bits)
                _add(found, "lut ram", mapping.lutram)
            else:
                _add(found, "ram bits", memory.words * memory.bits)
                _add(found, "ram words", memory.words * memory.fields)
                _add(found, "ram reads", select_cells(memory.words) * memory.bits)
        return found

    def _address_adders(self) -> int:
        """Adders of the addresses of writer and reader, whose factors are constants."""
        groups, row = self.words_per_pixel, self.bank_columns * self.words_per_pixel
        banks = [len(axis.groups) for axis in self.axes]
        # Where the lower part of a sum ends at a power of two, the parts lie side by side.
        rows = constant_digits(row) - 1
        pixels = constant_digits(groups) - 1 + bool(groups & groups - 1)
        joins = bool(row & row - 1)
        return (1 + banks[0]) * rows + (1 + banks[1]) * pixels + (1 + banks[0] * banks[1]) * joins

    def _cases(self) -> int:
        """Block rows at which the rows needed or freed are not the usual ones."""
        last = range(self.blocks[0])
        needed = [self.rows_needed(b) for b in last] + [self.in_shape[0] + self.rows_needed(0)]
        oldest = [self.oldest_bank_row(b) for b in last]
        oldest.append(self.frame_bank_rows + oldest[0])
        cases = 0
        for steps in (needed, oldest):
            found = [b - a for a, b in pairwise(steps)]
            cases += len(found) - max(map(found.count, found))
        return cases


def _coordinate_bits(axis: BankAxis, slots: int | None) -> int:
    """Bits of the coordinates along an axis: whole, and split over the banks."""
    split = axis.last // axis.banks + 1 if slots is None else slots
    bits = counter_bits(axis.last + 1) + counter_bits(split) + counter_bits(axis.banks)
    return bits * (2 if axis.tap_groups > 1 else 1)


def _add(found: Features, key: str, amount: float) -> None:
    found[key] = found.get(key, 0) + amount
