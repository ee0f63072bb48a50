"""Sizes and schedule of a map buffer, in plain integers."""

from dataclasses import dataclass
from itertools import pairwise

__all__ = ["MapGeometry"]

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class MapGeometry:
    """How a map is written, and how it is read: see `MapBuffer`.

    Parameters
    ----------
    height, width, channels : int
        The map.
    group : int
        Channels of a word that is read.
    planes : int
        Planes that a map comes in, one after another, each of ``channels / planes`` channels; 1 for
        a map that comes pixel by pixel, ``group`` channels a word.
    kernel, stride, dilation : (int, int)
        Of the convolution: rows, columns.
    padding : (int, int, int, int)
        Top, bottom, left, right.
    outputs : (int, int)
        Rows and columns of the output.
    rows : int
        Output rows of a pass.
    repeats : int
        How often a pass is read.
    raster : bool
        Channels of a pixel are read one group after another, ahead of the next pixel.
    slots : int
        Rows that the memory holds.
    """

    height: int
    width: int
    channels: int
    group: int
    planes: int = 1
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    outputs: Pair
    rows: int
    repeats: int = 1
    raster: bool = False
    slots: int

    def __post_init__(self):
        """Reject what does not divide, and memories that cannot hold a pass."""
        if self.channels % self.group:
            raise ValueError(f"group must divide {self.channels} channels, not {self.group!r}")
        if self.channels % self.planes or self.group % self.plane_channels * (self.planes > 1):
            raise ValueError(f"planes must have a divisor of {self.group} channels each")
        if self.outputs[0] % self.rows:
            raise ValueError(f"rows must divide {self.outputs[0]} output rows, not {self.rows!r}")
        if self.slots < self.least_slots or self.slots % self.unit_rows:
            raise ValueError(
                f"slots must be a multiple of {self.unit_rows} and at least {self.least_slots}, "
                f"not {self.slots!r}"
            )

    @property
    def plane_channels(self) -> int:
        """Channels of a plane."""
        return self.channels // self.planes

    @property
    def groups(self) -> int:
        """Words of a pixel."""
        return self.channels // self.group

    @property
    def unit_rows(self) -> int:
        """Rows that are complete at once: all where planes come one after another."""
        return self.height if self.planes > 1 else 1

    @property
    def passes(self) -> int:
        """Passes of a map."""
        return self.outputs[0] // self.rows

    def top_row(self, number: int) -> int:
        """Row of the map at the first tap of a pass; negative in the padding."""
        return number * self.rows * self.stride[0] - self.padding[0]

    def oldest(self, number: int) -> int:
        """First row that a pass, or one after it, reads; ``passes`` stands for the next map."""
        if number == self.passes:
            return self.height
        return 0 if self.planes > 1 else min(max(self.top_row(number), 0), self.height)

    def needed(self, number: int) -> int:
        """Rows that are complete when a pass begins; at least one."""
        reach = self.stride[0] * (self.rows - 1) + self.dilation[0] * (self.kernel[0] - 1) + 1
        last = min(max(self.top_row(number) + reach, 1), self.height)
        return -(-last // self.unit_rows) * self.unit_rows

    @property
    def freed(self) -> list[int]:
        """Rows that each pass frees at its end."""
        return [b - a for a, b in pairwise(self.oldest(n) for n in range(self.passes + 1))]

    @property
    def more_needed(self) -> list[int]:
        """Rows beyond those of each pass that the next one needs."""
        needed = [self.needed(n) for n in range(self.passes)]
        return [b - a for a, b in pairwise([*needed, self.height + needed[0]])]

    @property
    def least_slots(self) -> int:
        """Rows without which some pass could not be read at all."""
        return max(self.needed(n) - self.oldest(n) for n in range(self.passes))
