"""Tables made of cells of ECP5."""

from collections.abc import Mapping, Sequence
from typing import Any

from hwgen.families.ecp5.routed import Ecp5Routed, place_of
from hwgen.families.table_cells import (
    Cell,
    Place,
    Table,
    cheapest_cells,
    lut_tag,
    lut_truth,
    table_module,
)

__all__ = ["Ecp5Tables"]

LUTS_OF_RAM = 128
"""What a block RAM is worth: yosys' own figure, in its ``brams_16kd.txt``."""

MODES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""Words of a block RAM and bits of each; the narrow ones hold an eighth less."""

BYTE, NARROW = 9, 8
"""Bits of a byte, of which words that are narrower leave the last one out."""

ROW_BITS, ROW_ROOM, ROWS = 18, 20, 16
"""Bits of a row, room for it in INITVAL, and rows of an INITVAL."""


class Ecp5Tables:
    """See `hwgen.families.table_cells.TableCells`."""

    def cells(self, table: Table) -> tuple[Cell, ...]:
        """A LUT for 16 words of a bit, or the block RAMs of the mode that takes fewest."""
        return cheapest_cells(table, MODES, LUTS_OF_RAM)

    def contents(self, cell: Cell, words: Sequence[int]) -> tuple[int, ...]:
        """INIT, or INITVAL_00 to INITVAL_3F."""
        if cell.kind == "lut":
            return (lut_truth(cell, words),)
        line = sum(word << _place(at, cell.width) for at, word in enumerate(cell.part(words)))
        rows = [line >> ROW_BITS * k & (1 << ROW_BITS) - 1 for k in range(64 * ROWS)]
        return tuple(
            sum(row << ROW_ROOM * k for k, row in enumerate(rows[start : start + ROWS]))
            for start in range(0, len(rows), ROWS)
        )

    def module(self, name: str, table: Table) -> str:
        """LUTs, with a register behind them if the table has one, or block RAMs."""
        cells = self.cells(table)

        def instance(cell: Cell) -> list[str]:
            if cell.kind == "lut":
                return _lut(cell)
            return _ram(cell, self.contents(cell, table.words))

        return table_module(name, table, cells, instance)

    def places(self, placed: Mapping[str, Any]) -> dict[str, Place]:
        """For a LUT row, column, slice and half; for a block RAM its number."""
        found: dict[str, Place] = {}
        for name, cell in next(iter(placed["modules"].values()))["cells"].items():
            place = place_of(cell)
            if place:
                found[name.removesuffix("_COMB")] = place
        return found

    def routed(self, text: str) -> Ecp5Routed:
        """Text of Trellis."""
        return Ecp5Routed(text)


def _place(at: int, width: int) -> int:
    """Bit of a block RAM that a word begins with."""
    if width >= BYTE:
        return at * width
    byte, bit = divmod(at * width, NARROW)
    return byte * BYTE + bit


def _lut(cell: Cell) -> list[str]:
    """Verilog of a LUT, which drives its bit of the bank that it is in."""
    used, zero = (cell.depth - 1).bit_length(), "1'h0"
    pins = ", ".join(f".{pin}({f'a[{k}]' if k < used else zero})" for k, pin in enumerate("ABCD"))
    return [
        f"  (* keep *) LUT4 #(.INIT(16'h{lut_tag(cell):04x})) {cell.name} "
        f"({pins}, .Z(bank{cell.address // cell.depth}[{cell.bit}]));"
    ]


def _ram(cell: Cell, inits: Sequence[int]) -> list[str]:
    """Verilog of a block RAM read by its port B, which drives its bits of the bank it is in."""
    read = f"read_{cell.name}"
    values = ", ".join(f".INITVAL_{k:02X}(320'h{init:080x})" for k, init in enumerate(inits))
    # An address in words of 1 bit, as the pins count.
    shift = 14 - (cell.depth - 1).bit_length()
    address = [f"a[{k - shift}]" if k >= shift else "1'h0" for k in range(14)]
    # Half of a word of 36 bits comes by the pins of the other port.
    low = "A" if cell.width == 2 * ROW_BITS else "B"
    pins = {f"DO{low}{k}": f"{read}[{k}]" for k in range(min(cell.width, ROW_BITS))}
    pins |= {f"DOB{k - ROW_BITS}": f"{read}[{k}]" for k in range(ROW_BITS, cell.width)}
    for port in "AB":
        pins |= {f"AD{port}{k}": address[k] if port == "B" else "1'h0" for k in range(14)}
        pins |= {f"DI{port}{k}": "1'h0" for k in range(ROW_BITS)}
        pins |= {f"CS{port}{k}": "1'h0" for k in range(3)}
        pins |= {f"CLK{port}": "clk", f"CE{port}": "en" if port == "B" else "1'h0"}
        pins |= {f"OCE{port}": "1'h1", f"WE{port}": "1'h0", f"RST{port}": "1'h0"}
    wired = ", ".join(f".{pin}({net})" for pin, net in pins.items())
    return [
        f"  wire [{cell.width - 1}:0] {read};",
        f"  (* keep *) DP16KD #(.DATA_WIDTH_A({cell.width}), .DATA_WIDTH_B({cell.width}), "
        f'.REGMODE_A("NOREG"), .REGMODE_B("NOREG"), .RESETMODE("SYNC"), '
        f'.ASYNC_RESET_RELEASE("SYNC"), .CSDECODE_A("0b000"), .CSDECODE_B("0b000"), '
        f'.CLKAMUX("CLKA"), .CLKBMUX("CLKB"), .WRITEMODE_A("NORMAL"), .WRITEMODE_B("NORMAL"), '
        f'.GSR("AUTO"), {values}) {cell.name} ({wired});',
        f"  assign bank{cell.address // cell.depth}[{cell.bit + cell.width - 1}:{cell.bit}] = "
        f"{read};",
    ]
