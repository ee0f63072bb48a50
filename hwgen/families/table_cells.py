"""Cells that hold a table, and what a family of devices has to tell of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Protocol

__all__ = [
    "Cell",
    "Place",
    "Routed",
    "Table",
    "TableCells",
    "cheapest_cells",
    "input_order",
    "lut_cells",
    "lut_count",
    "lut_tag",
    "lut_truth",
    "parts",
    "permuted",
    "table_module",
]

Place = tuple[int, ...]
"""Where a cell is on the die, as its family counts."""

Instance = Callable[["Cell"], list[str]]
"""Gives the Verilog of a cell of a table, see `table_module`."""

LUT_WORDS = 16
"""Most words that a LUT holds a bit of."""

_TAG = 0x0052
"""Truth table that any other order of the inputs changes, however many of the lowest are used."""


@dataclass(frozen=True)
class Table:
    """A memory that is only read, by one port, and not but for one word.

    ``path`` is where its module stands (`hwgen.verilog.modules.instance_paths`) and its name;
    ``words`` are ``width`` bits each. Where it is ``registered`` the port has a register.
    """

    path: str
    width: int
    words: tuple[int, ...]
    registered: bool = True

    @property
    def depth(self) -> int:
        """Words of the table."""
        return len(self.words)


@dataclass(frozen=True)
class Cell:
    """A cell with ``depth`` words of ``width`` bits of a table, from a word and a bit of it on.

    ``kind`` is "lut" or "ram". A LUT holds 2, 4, 8 or 16 words of a bit, on its lowest inputs.
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

    Contents are as those of `TableCells.contents`. Both methods raise `ToolError` for a place that
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


class TableCells(Protocol):
    """How a family holds tables."""

    def cells(self, table: Table) -> tuple[Cell, ...]:
        """Cells of a table, in order; what they are does not depend on its words."""
        ...

    def contents(self, cell: Cell, words: Sequence[int]) -> tuple[int, ...]:
        """What a cell holds for the words of its table, a number a parameter; one of a LUT."""
        ...

    def module(self, name: str, table: Table) -> str:
        """Verilog of a table, see `hwgen.synth.tables.replace_tables`; LUTs hold `lut_tag`."""
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


def lut_cells(width: int, depth: int) -> tuple[Cell, ...]:
    """Cells of a table in LUTs, each with a bit of up to 16 words."""
    words = min(LUT_WORDS, 1 << (depth - 1).bit_length())
    return tuple(
        Cell(f"lut{bank}_{bit}", "lut", words * bank, bit, words, 1)
        for bank in range(parts(depth, words))
        for bit in range(width)
    )


def lut_count(width: int, depth: int) -> int:
    """About how many LUTs a table in LUTs takes, those that choose between others included."""
    return width * (2 * parts(depth, LUT_WORDS) - 1)


def cheapest_cells(
    table: Table, modes: Sequence[tuple[int, int]], luts_of_ram: int
) -> tuple[Cell, ...]:
    """Cells of a table: LUTs where few hold it, or else the block RAMs of the best mode.

    One without a register is LUTs.

    Parameters
    ----------
    modes : sequence of (int, int)
        Words of a block RAM, and bits of each.
    luts_of_ram : int
        LUTs that are worth a block RAM.
    """
    width, depth = table.width, table.depth
    words, bits = min(modes, key=lambda m: parts(depth, m[0]) * parts(width, m[1]))
    rams = parts(depth, words) * parts(width, bits)
    if not table.registered or lut_count(width, depth) <= luts_of_ram * rams:
        return lut_cells(width, depth)
    return tuple(
        Cell(f"ram{bank}_{column}", "ram", words * bank, bits * column, words, bits)
        for bank in range(parts(depth, words))
        for column in range(parts(width, bits))
    )


def lut_truth(cell: Cell, words: Sequence[int]) -> int:
    """Truth table of a LUT; inputs that it does not use change nothing."""
    held = cell.part(words)
    return sum(
        held[index % cell.depth] << index
        for index in range(LUT_WORDS)
        if index % cell.depth < len(held)
    )


def lut_tag(cell: Cell) -> int:
    """Truth table of a LUT until it is routed, since the router exchanges inputs: `input_order`."""
    return sum((_TAG >> index % cell.depth & 1) << index for index in range(LUT_WORDS))


def permuted(truth: int, order: Sequence[int]) -> int:
    """Truth table of a LUT whose input k has become input ``order[k]``."""
    moved = 0
    for index in range(16):
        place = sum((index >> k & 1) << to for k, to in enumerate(order))
        moved |= (truth >> index & 1) << place
    return moved


def input_order(cell: Cell, truth: int) -> tuple[int, ...] | None:
    """Order of inputs that gives a LUT with its tag this truth table; None if there is none."""
    orders = permutations(range(4))
    return next((p for p in orders if permuted(lut_tag(cell), p) == truth), None)


def table_module(name: str, table: Table, cells: Sequence[Cell], instance: Instance) -> str:
    """Verilog of a table of cells: banks side by side, and a choice among them behind.

    Parameters
    ----------
    instance : callable
        Gives the lines of a cell. It reads the wire ``a``, the address and zeros above it, drives
        its bits of the wire ``bankN``, and has ``clk`` and ``en`` if it is a block RAM.
    """
    first, last = cells[0], cells[-1]
    bits, low = (table.depth - 1).bit_length(), (first.depth - 1).bit_length()
    bank_top = last.bit + last.width - 1
    lines = [
        f"module {name}({'input clk, input en, ' * table.registered}input [{bits - 1}:0] address, "
        f"output [{table.width - 1}:0] data);",
        f"  wire [{low + bits - 1}:0] a = {{{low}'h0, address}};",
    ]
    banks = last.address // first.depth + 1
    lines += [f"  wire [{bank_top}:0] bank{bank};" for bank in range(banks)]
    for cell in cells:
        lines += instance(cell)
    chosen, high = "bank0", f"address[{bits - 1}:{low}]"
    if banks > 1 and first.kind == "ram":
        # The word comes a clock after its address, and so does its bank.
        lines += [
            f"  reg [{bits - low - 1}:0] high = 0;",
            f"  always @(posedge clk) if (en) high <= {high};",
        ]
        high = "high"
    for bank in range(1, banks):
        chosen = f"{high} == {bank} ? bank{bank} : {chosen}"
    if first.kind == "lut" and table.registered:
        lines += [
            f"  reg [{table.width - 1}:0] word = 0;",
            f"  always @(posedge clk) if (en) word <= {chosen};",
        ]
        chosen = "word"
    return "\n".join([*lines, f"  assign data = {chosen};", "endmodule", ""])
