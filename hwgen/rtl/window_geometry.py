"""Sizes and static schedule of a sliding-window unit, in plain integers."""

from dataclasses import dataclass
from itertools import pairwise

__all__ = ["WindowGeometry"]


@dataclass(frozen=True, kw_only=True)
class WindowGeometry:
    """What a `SlidingWindow` is built from.

    Rows are counted from the top of the padded frame ("padded rows"); a bank row is ``patch[0]``
    padded rows, one in each bank.

    Parameters
    ----------
    height, width, channels : int
        The feature map that comes in.
    kernel, stride, dilation, block, taps : (int, int)
        Rows and columns of: the kernel's taps, its step, the step from one tap to the next, the
        output pixels of a block, the kernel taps read at once.
    padding : (int, int, int, int)
        Top, bottom, left, right.
    blocks : (int, int)
        Blocks of output pixels: rows, columns.
    group : int
        Channels of a word.
    repeats : int
        Times that each block's patches are read.
    slots : int
        Bank rows in memory.
    channels_outer : bool
        Whether channel groups are the outer loop, taps the inner ones.
    """

    height: int
    width: int
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    block: tuple[int, int]
    taps: tuple[int, int]
    blocks: tuple[int, int]
    group: int
    repeats: int
    slots: int
    channels_outer: bool = False
    dilation: tuple[int, int] = (1, 1)

    def __post_init__(self):
        """Reject sizes that no schedule fits."""
        for name in ("height", "width", "channels", "group", "repeats"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("kernel", "stride", "dilation", "block", "taps", "blocks"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        if min(self.padding) < 0:
            raise ValueError(f"padding must not be negative, not {self.padding!r}")
        if self.channels % self.group:
            raise ValueError(f"group must divide {self.channels} channels, not {self.group!r}")
        if self.kernel[0] % self.taps[0] or self.kernel[1] % self.taps[1]:
            raise ValueError(f"taps must divide kernel {self.kernel!r}, not {self.taps!r}")
        size = (
            self.height + self.padding[0] + self.padding[1],
            self.width + self.padding[2] + self.padding[3],
        )
        reach = (
            self.blocks[0] * self.row_step - self.stride[0] + self.span[0],
            self.blocks[1] * self.column_step - self.stride[1] + self.span[1],
        )
        if reach[0] > size[0] or reach[1] > size[1]:
            raise ValueError(
                f"blocks must lie within the {size[0]} x {size[1]} padded pixels, "
                f"not {self.blocks!r}"
            )
        if self.slots < self.least_slots():
            raise ValueError(
                f"slots must be at least {self.least_slots()} to hold a block row, "
                f"not {self.slots!r}"
            )

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns that the kernel reaches over."""
        return (
            self.dilation[0] * (self.kernel[0] - 1) + 1,
            self.dilation[1] * (self.kernel[1] - 1) + 1,
        )

    @property
    def tap_step(self) -> tuple[int, int]:
        """Padded rows, or columns, from one group of taps to the next."""
        return self.dilation[0] * self.taps[0], self.dilation[1] * self.taps[1]

    @property
    def patch(self) -> tuple[int, int]:
        """Rows and columns of a patch, and so of the banks."""
        return (
            self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.taps[0] - 1) + 1,
            self.stride[1] * (self.block[1] - 1) + self.dilation[1] * (self.taps[1] - 1) + 1,
        )

    @property
    def groups(self) -> int:
        """Channel groups of a pixel."""
        return self.channels // self.group

    @property
    def tap_groups(self) -> tuple[int, int]:
        """Patches over a kernel: rows, columns."""
        return self.kernel[0] // self.taps[0], self.kernel[1] // self.taps[1]

    @property
    def bank_columns(self) -> int:
        """Pixels of a bank row that lie in one bank."""
        return (self.padding[2] + self.width - 1) // self.patch[1] + 1

    @property
    def frame_bank_rows(self) -> int:
        """Bank rows from one frame's first to the next one's."""
        return (self.padding[0] + self.height - 1) // self.patch[0] + 1

    @property
    def row_step(self) -> int:
        """Padded rows from one block row to the next."""
        return self.stride[0] * self.block[0]

    @property
    def column_step(self) -> int:
        """Padded columns from one block to the next."""
        return self.stride[1] * self.block[1]

    def rows_needed(self) -> list[int]:
        """Rows of its frame that must be complete for each block row.

        At least one, so that padding alone does not leave before its frame has come.
        """
        reach = self.stride[0] * (self.block[0] - 1) + self.span[0] - self.padding[0]
        return [min(max(b * self.row_step + reach, 1), self.height) for b in range(self.blocks[0])]

    def rows_needed_steps(self) -> list[int]:
        """Rows more that the block row after each needs (after the last: the next frame's)."""
        needed = [*self.rows_needed(), self.height + self.rows_needed()[0]]
        return [b - a for a, b in pairwise(needed)]

    def oldest_bank_rows(self) -> list[int]:
        """First bank row still in use during each block row."""
        top, bank = self.padding[0], self.patch[0]
        return [
            min(max(b * self.row_step, top), top + self.height) // bank
            for b in range(self.blocks[0])
        ]

    def freed_bank_rows(self) -> list[int]:
        """Bank rows that the end of each block row frees."""
        oldest = self.oldest_bank_rows()
        oldest.append(self.frame_bank_rows + oldest[0])
        return [b - a for a, b in pairwise(oldest)]

    def least_slots(self) -> int:
        """Bank rows below which a block row could not be read at all."""
        top, bank = self.padding[0], self.patch[0]
        return max(
            (top + needed - 1) // bank - oldest + 1
            for needed, oldest in zip(self.rows_needed(), self.oldest_bank_rows(), strict=True)
        )
