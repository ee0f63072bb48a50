"""Read-only memory of constants."""

from collections.abc import Iterable

import numpy as np
from amaranth.hdl import Elaboratable, unsigned
from amaranth.lib import memory
from numpy.typing import NDArray

__all__ = ["ConstantTable", "Rows", "rows_of"]

Rows = NDArray[np.uint8]
"""Words of a table as (words, bytes), the lowest byte first, bits above a word being 0."""


def rows_of(words: Iterable[int], bits: int) -> Rows:
    """Words of ``bits`` bits as rows; of negative ones two's complement."""
    size, mask = -(-bits // 8), (1 << bits) - 1
    data = b"".join((word & mask).to_bytes(size, "little") for word in words)
    return np.frombuffer(data, np.uint8).reshape(-1, size)


class ConstantTable(Elaboratable):
    """Memory that is read only, its words as rows: large ones never become numbers of Python's.

    `Emission` keeps their contents out of what Amaranth and yosys write; any other platform gets
    a plain memory of Amaranth's.

    Parameters
    ----------
    rows : Rows
    bits : int
        Width of a word.
    """

    def __init__(self, *, rows: Rows, bits: int):
        if rows.ndim != 2 or rows.shape[1] != -(-bits // 8):
            raise ValueError(f"rows must be of words of {bits} bits, not of shape {rows.shape}")
        self.rows = rows
        self.memory = memory.Memory(shape=unsigned(bits), depth=len(rows), init=[])

    def read_port(self, *, domain: str = "sync") -> memory.ReadPort:
        """Port of the memory, as Amaranth's memories have them."""
        return self.memory.read_port(domain=domain, src_loc_at=1)

    def elaborate(self, platform: object) -> memory.Memory:
        """The memory, noted where a platform takes tables, else with its words in it."""
        take = getattr(platform, "take_table", None)
        if take is None:
            words = [int.from_bytes(row.tobytes(), "little") for row in self.rows]
            self.memory.init = words  # pyright: ignore[reportAttributeAccessIssue]
        else:
            take(self.memory, self.rows)
        return self.memory
