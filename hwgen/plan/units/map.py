"""Map buffer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod
from typing import Self

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import Buffer, Pair, UnitBase
from hwgen.sizes.features import Features, constant_digits, counter_bits, counters_of, select_cells
from hwgen.sizes.memory_map import Memory, map_memory

__all__ = ["MapPlan"]


@dataclass(frozen=True, kw_only=True)
class MapPlan(UnitBase):
    """Map buffer; see ``docs/contracts.md`` for the meaning of each figure.

    ``maps`` of ``in_shape`` make up a frame. They come pixel by pixel, or in ``planes`` of
    ``in_bits``; they leave ``group`` channels a word, all pixels of ``rows`` output rows for each
    tap and channel group, or in ``raster`` order.
    """

    in_shape: tuple[int, int, int]
    bits: int
    planes: int
    maps: int
    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]
    pad: int | None
    """Padding's element as a bit pattern; None adds a flag."""
    out_pixels: Pair
    rows: int
    group: int
    repeats: int
    raster: bool
    slots: int
    """Rows that it holds; whole maps where planes come."""

    @property
    def words_per_pixel(self) -> int:
        """Channel groups of a word that leaves."""
        return self.in_shape[2] // self.group

    @property
    def words_per_map(self) -> int:
        """Words that come for each map."""
        height, width, channels = self.in_shape
        return height * width * channels * self.bits // self.in_bits

    @property
    def reads_per_pass(self) -> int:
        """Words that leave for each pass of ``rows`` output rows."""
        return (
            self.rows * self.out_pixels[1] * prod(self.kernel) * self.words_per_pixel * self.repeats
        )

    @property
    def passes(self) -> int:
        """Passes of a map."""
        return self.out_pixels[0] // self.rows

    @property
    def whole(self) -> int:
        """Rows that are complete, and become free, together."""
        return self.in_shape[0] if self.planes > 1 else 1

    def rows_needed(self, number: int) -> int:
        """Rows of the map that must be complete before a pass is read; at least one."""
        first = number * self.rows * self.stride[0] - self.padding[0]
        reach = (self.rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0]
        if self.planes > 1:
            return self.in_shape[0]
        return min(max(first + reach + 1, 1), self.in_shape[0])

    def oldest_row(self, number: int) -> int:
        """First row of the map still in use while a pass is read."""
        first = max(number * self.rows * self.stride[0] - self.padding[0], 0)
        return 0 if self.planes > 1 else min(first, self.in_shape[0])

    def least_slots(self) -> int:
        """Rows without which some pass could not be read at all."""
        passes = range(self.passes)
        return max(self.rows_needed(n) - self.oldest_row(n) for n in passes)

    def full_rate_slots(self) -> int:
        """Rows that hold a pass and all that the next one needs."""
        height, passes = self.in_shape[0], range(self.passes)
        needed = [self.rows_needed(n) for n in passes] + [height + self.rows_needed(0)]
        span = max(needed[n + 1] - self.oldest_row(n) for n in passes)
        return -(-span // self.whole) * self.whole

    def at_full_rate(self, least: int = 0) -> Self:
        """With the rows of its full rate, or ``least`` where these are more."""
        return replace(self, slots=max(self.full_rate_slots(), least))

    @property
    def passes_ready(self) -> bool:
        """Its memory lies between both sides."""
        return False

    def words_out(self, words: int) -> int | None:
        """All reads."""
        fits = words == self.maps * self.words_per_map
        return self.maps * self.passes * self.reads_per_pass if fits else None

    @property
    def buffer(self) -> Buffer:
        """Its rows, or maps."""
        _, width, channels = self.in_shape
        bits = width * channels * self.bits * self.whole
        least = -(-self.least_slots() // self.whole)
        return Buffer(self.name, "lines", self.slots // self.whole, least, bits)

    def resized(self, size: int) -> Self:
        """With so many rows, or maps."""
        return replace(self, slots=size * self.whole)

    @property
    def words(self) -> int:
        """Words of its memory."""
        return max(2, self.slots * self.in_shape[1] * self.words_per_pixel)

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """One, whose words are written in parts where planes come."""
        bits = self.group * self.bits
        return [Memory(self.words, bits, "rows", bits // self.in_bits)]

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "map"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Counters of writer and reader, coordinates, the address, and the memory."""
        height, width, _ = self.in_shape
        groups, data = self.words_per_pixel, self.group * self.bits
        reader = (*self.kernel, groups, self.repeats, self.rows, self.out_pixels[1], self.passes)
        planes = self.planes > 1
        writer = (height * width, self.planes) if planes else (width * groups,)
        address = counter_bits(self.words)
        y, x = counter_bits(height + 1), counter_bits(width + 1)
        moves = self.passes > 1 or self.slots > height
        found: Features = {
            "one": 1,
            **counters_of(*writer, *reader),
            "levels": 2 * (counter_bits(2 * height + self.slots) + 1),
            "coordinates": (y * (self.kernel[0] > 1) + x * (self.kernel[1] > 1)),
            "outside": 2 * (y + x) * any(self.padding),
            "cases": len({*self._steps()}) - 1,
            "slots": counter_bits(self.slots) * moves,
            "address": address * (constant_digits(width * groups) + constant_digits(groups)),
            "planes": address * planes,
            "padding": data * (any(self.padding) and self.pad is not None),
        }
        for memory in self.memories(stages, family):
            mapping = map_memory(memory, family)
            if mapping.ebr or mapping.lutram:
                found["ram choice"] = select_cells(mapping.rows) * memory.bits
                found["lut ram"] = mapping.lutram
            else:
                found["ram bits"] = memory.words * memory.bits * 2
        return found

    def _steps(self) -> Iterator[int]:
        """Rows that become free from pass to pass: where these are not the same there are cases."""
        oldest = [self.oldest_row(n) for n in range(self.passes)]
        return (b - a for a, b in pairwise([*oldest, self.in_shape[0] + oldest[0]]))
