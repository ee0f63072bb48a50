"""One axis of the banks of a line buffer: where patches begin, and which banks go together."""

from dataclasses import dataclass
from functools import cached_property

__all__ = ["BankAxis"]


@dataclass(frozen=True)
class BankAxis:
    """Rows or columns of banks, and the steps of the patches that are read from them.

    Parameters
    ----------
    banks : int
        Pixels of a patch along this axis, each in a bank of its own.
    tap_step, tap_groups : int
        Coordinate step from one tap group to the next, and their number.
    block_step, blocks : int
        Coordinate step from one block to the next, and their number.
    """

    banks: int
    tap_step: int
    tap_groups: int
    block_step: int
    blocks: int

    @property
    def last(self) -> int:
        """Coordinate at which the last patch begins."""
        return (self.blocks - 1) * self.block_step + (self.tap_groups - 1) * self.tap_step

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Banks in which a patch can begin."""
        reached = {
            (b * self.block_step + t * self.tap_step) % self.banks
            for b in range(self.blocks)
            for t in range(self.tap_groups)
        }
        return tuple(sorted(reached))

    @cached_property
    def groups(self) -> list[tuple[int, ...]]:
        """Banks that always have the same address, and so are one memory."""
        found: dict[tuple[bool, ...], tuple[int, ...]] = {}
        for bank in range(self.banks):
            pattern = tuple(start > bank for start in self.starts)
            found[pattern] = (*found.get(pattern, ()), bank)
        return list(found.values())
