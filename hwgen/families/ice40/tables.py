"""Tables made of cells of iCE40."""

from collections.abc import Mapping, Sequence
from typing import Any

from hwgen.families.ice40.routed import Ice40Routed, place_of
from hwgen.families.table_cells import (
    Cell,
    Place,
    Table,
    cheapest_cells,
    lut_tag,
    lut_truth,
    table_module,
)

__all__ = ["Ice40Tables"]

LUTS_OF_RAM = 64
"""What a block RAM is worth: yosys' own figure, in its ``brams.txt``."""

MODES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
"""Words of a block RAM and bits of each, by READ_MODE."""

RDATA = (
    (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
    (0, 8, 4, 12, 2, 10, 6, 14),
    (1, 9, 5, 13),
    (3, 11),
)
"""Pins of the bits of a word, by READ_MODE, in the order in which they lie side by side."""


class Ice40Tables:
    """See `hwgen.families.table_cells.TableCells`."""

    def cells(self, table: Table) -> tuple[Cell, ...]:
        """A LUT for 16 words of a bit, or the block RAMs of the mode that takes fewest."""
        return cheapest_cells(table, MODES, LUTS_OF_RAM)

    def contents(self, cell: Cell, words: Sequence[int]) -> tuple[int, ...]:
        """LUT_INIT, or INIT_0 to INIT_F."""
        if cell.kind == "lut":
            return (lut_truth(cell, words),)
        inits = [0] * 16
        for at, word in enumerate(cell.part(words)):
            for k in range(cell.width):
                if word >> k & 1:
                    # The layout that goes with the pins in `RDATA`, in every mode.
                    line = at * cell.width + k
                    inits[line >> 8] |= 1 << (line & 0xF0 | int(f"{line & 15:04b}"[::-1], 2))
        return tuple(inits)

    def module(self, name: str, table: Table) -> str:
        """LUTs, with a register behind them if the table has one, or block RAMs."""
        cells = self.cells(table)

        def instance(cell: Cell) -> list[str]:
            if cell.kind == "lut":
                return _lut(cell)
            return _ram(cell, self.contents(cell, table.words))

        return table_module(name, table, cells, instance)

    def places(self, placed: Mapping[str, Any]) -> dict[str, Place]:
        """Column, row, and in a logic tile the cell."""
        return {
            # nextpnr packs each into a cell of its own, whose name has an ending of its own.
            name.removesuffix("_LC").removesuffix("_RAM"): place_of(bel)
            for name, cell in next(iter(placed["modules"].values()))["cells"].items()
            if (bel := cell["attributes"].get("NEXTPNR_BEL")) and place_of(bel)
        }

    def routed(self, text: str) -> Ice40Routed:
        """Text of IceStorm."""
        return Ice40Routed(text)


def _lut(cell: Cell) -> list[str]:
    """Verilog of a LUT, which drives its bit of the bank that it is in."""
    used, zero = (cell.depth - 1).bit_length(), "1'h0"
    pins = ", ".join(f".I{k}({f'a[{k}]' if k < used else zero})" for k in range(4))
    return [
        f"  (* keep *) SB_LUT4 #(.LUT_INIT(16'h{lut_tag(cell):04x})) {cell.name} "
        f"({pins}, .O(bank{cell.address // cell.depth}[{cell.bit}]));"
    ]


def _ram(cell: Cell, inits: Sequence[int]) -> list[str]:
    """Verilog of a block RAM, which drives its bits of the bank that it is in."""
    bank = f"bank{cell.address // cell.depth}"
    mode = MODES.index((cell.depth, cell.width))
    values = ", ".join(f".INIT_{k:X}(256'h{init:064x})" for k, init in enumerate(inits))
    upper = ["1'h0"] * (3 - mode) + [f"a[{k}]" for k in range(mode)]
    read = f"read_{cell.name}"
    return [
        f"  wire [15:0] {read};",
        f"  (* keep *) SB_RAM40_4K #(.READ_MODE({mode}), .WRITE_MODE({mode}), {values}) "
        f"{cell.name} (.RDATA({read}), .RADDR({{{', '.join(upper)}, a[{mode + 7}:{mode}]}}), "
        ".RCLK(clk), .RCLKE(en), .RE(1'h1), .WADDR(11'h0), .WDATA(16'h0), .MASK(16'hffff), "
        ".WCLK(clk), .WCLKE(1'h0), .WE(1'h0));",
        f"  assign {bank}[{cell.bit + cell.width - 1}:{cell.bit}] = "
        f"{{{', '.join(f'{read}[{pin}]' for pin in RDATA[mode][::-1])}}};",
    ]
