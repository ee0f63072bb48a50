"""Cells that hold a table, and what a family of devices has to tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Protocol

from hwgen.synth.tables import Table

__all__ = ["LUT_TAG", "Cell", "Place", "Routed", "TableFamily", "input_order", "parts", "permuted"]

Place = tuple[int, ...]
"""Where a cell is on the die, as its family counts."""

LUT_TAG = 0x001A
"""Truth table of each LUT of a table until it is routed.

The router exchanges inputs of a LUT. Any other order of the inputs makes another one of this.
"""


@dataclass(frozen=True)
class Cell:
    """A cell with ``depth`` words of ``width`` bits of a table, from a word and a bit of it on.

    ``kind`` is "lut" or "ram".
    """

    name: str
    kind: str
    address: int
    bit: int
    depth: int
    width: int

    def part(self, words: Sequence[int]) -> list[int]:
        """What the cell holds of a table's words; it can be fewer than it has room for."""
        mask = (1 << self.width) - 1
        return [w >> self.bit & mask for w in words[self.address : self.address + self.depth]]


class Routed(Protocol):
    """The text of a routed design, whose cells can be read and written.

    Contents are as those of `TableFamily.contents`. Both methods raise `ToolError` for a place that
    the design does not have.
    """

    def read(self, place: Place, kind: str) -> tuple[int, ...]:
        """Contents of the cell in a place."""
        ...

    def write(self, place: Place, kind: str, values: Sequence[int]) -> None:
        """Replace them."""
        ...

    def text(self) -> str:
        """The design as it is now."""
        ...


class TableFamily(Protocol):
    """How a family holds tables."""

    def cells(self, width: int, depth: int) -> tuple[Cell, ...]:
        """Cells of a table of ``depth`` words, in order."""
        ...

    def contents(self, cell: Cell, words: Sequence[int]) -> tuple[int, ...]:
        """What a cell holds for the words of its table, a number a parameter; one of a LUT."""
        ...

    def module(self, name: str, table: Table) -> str:
        """Verilog of a table, see `hwgen.synth.tables.replace_tables`; LUTs hold `LUT_TAG`."""
        ...

    def places(self, placed: Mapping[str, Any]) -> dict[str, Place]:
        """Place of each cell by name, those of tables among them, from nextpnr's JSON."""
        ...

    def routed(self, text: str) -> Routed:
        """The text that nextpnr writes, to be changed."""
        ...


def parts(whole: int, part: int) -> int:
    """How many parts make up a whole."""
    return -(-whole // part)


def permuted(truth: int, order: Sequence[int]) -> int:
    """Truth table of a LUT whose input k has become input ``order[k]``."""
    moved = 0
    for index in range(16):
        place = sum((index >> k & 1) << to for k, to in enumerate(order))
        moved |= (truth >> index & 1) << place
    return moved


def input_order(tag: int) -> tuple[int, ...] | None:
    """Order that has made a truth table of `LUT_TAG`; None if none has."""
    return next((p for p in permutations(range(4)) if permuted(LUT_TAG, p) == tag), None)
