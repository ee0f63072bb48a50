"""Tables made of cells of iCE40, and what they hold in a routed design."""

import re
from collections.abc import Mapping, Sequence

from hwgen.synth.cells import Cell, Place, banks
from hwgen.synth.tables import Table

__all__ = ["cells_of", "contents", "module", "read", "write"]

LUT_WORDS = 16
MOST_LUT_WORDS = 32
"""Deeper tables go to block RAM: they would take more than three LUTs a bit."""

MODES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
"""Words and bits of a block RAM, by READ_MODE."""

RDATA = (
    (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
    (0, 8, 4, 12, 2, 10, 6, 14),
    (1, 9, 5, 13),
    (3, 11),
)
"""Pins of a word's bits, by READ_MODE, in that order in which a word's bits lie side by side."""

LUT_PLACES = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
"""Where the bits of a truth table lie among the 20 of a logic cell (IceStorm, logic tile)."""

_BEL = re.compile(r"X(\d+)/Y(\d+)/(?:lc(\d)|ram)$")


def cells_of(width: int, depth: int) -> tuple[Cell, ...]:
    """Cells of a table, in order."""
    if depth <= MOST_LUT_WORDS:
        return tuple(
            Cell(f"lut{bank}_{bit}", "lut", LUT_WORDS * bank, bit, LUT_WORDS, 1)
            for bank in range(banks(depth, LUT_WORDS))
            for bit in range(width)
        )
    mode = min(MODES, key=lambda m: banks(depth, m[0]) * banks(width, m[1]))
    return tuple(
        Cell(f"ram{bank}_{column}", "ram", mode[0] * bank, mode[1] * column, *mode)
        for bank in range(banks(depth, mode[0]))
        for column in range(banks(width, mode[1]))
    )


def contents(cell: Cell, words: Sequence[int]) -> tuple[int, ...]:
    """Parameters of a cell for the words of its table: LUT_INIT, or INIT_0 to INIT_F."""
    taken = cell.part(words)
    if cell.kind == "lut":
        return (sum(bit << at for at, bit in enumerate(taken)),)
    inits = [0] * 16
    for at, word in enumerate(taken):
        for k in range(cell.width):
            # As yosys' techmap lays them out, lest a table be slower or larger than its own.
            line = at * cell.width + k
            place = line & 0xF0 | int(f"{line & 15:04b}"[::-1], 2)
            inits[line >> 8] |= (word >> k & 1) << place
    return tuple(inits)


def module(name: str, table: Table) -> str:
    """Verilog of a table."""
    cells = cells_of(table.width, table.depth)
    top, bits = table.width - 1, (table.depth - 1).bit_length()
    bank_words = cells[0].depth
    low = bank_words.bit_length() - 1
    last = cells[-1].address // bank_words
    lines = [
        f"module {name}(input clk, input en, input [{bits - 1}:0] address, "
        f"output [{top}:0] data);"
    ]
    padded = f"{{{low + 1}'h0, address}}"
    lines.append(f"  wire [{low + bits}:0] padded = {padded};")
    for bank in range(last + 1):
        width = banks(table.width, cells[0].width) * cells[0].width
        lines.append(f"  wire [{width - 1}:0] bank{bank};")
    lines += [_instance(cell, contents(cell, table.words)) for cell in cells]
    chosen, register = "bank0", ""
    if last:
        # Two banks or more: which one, known when the word is.
        high = f"address[{bits - 1}:{low}]"
        if cells[0].kind == "ram":
            lines.append(f"  reg [{bits - low - 1}:0] high;")
            lines.append(f"  always @(posedge clk) if (en) high <= {high};")
            high = "high"
        for bank in range(1, last + 1):
            chosen = f"{high} == {bank} ? bank{bank} : {chosen}"
    if cells[0].kind == "lut":
        lines.append(f"  reg [{top}:0] register = 0;")
        lines.append(f"  always @(posedge clk) if (en) register <= {chosen};")
        register = "register"
    lines.append(f"  assign data = {register or chosen};")
    return "\n".join([*lines, "endmodule", ""])


def _instance(cell: Cell, inits: Sequence[int]) -> str:
    bank, column = cell.address // cell.depth, cell.bit // cell.width
    if cell.kind == "lut":
        pins = ", ".join(f".I{k}(padded[{k}])" for k in range(4))
        return (
            f"  (* keep *) SB_LUT4 #(.LUT_INIT(16'h{inits[0]:04x})) {cell.name} "
            f"({pins}, .O(bank{bank}[{column}]));"
        )
    mode = MODES.index((cell.depth, cell.width))
    # Words of fewer bits use the upper address pins, the lowest bit first.
    low = cell.depth.bit_length() - 1
    upper = [f"padded[{low - 9 - k}]" if False else f"padded[{k}]" for k in range(mode)]
    address = [*(["1'h0"] * (3 - mode)), *upper[::-1], f"padded[{mode + 7}:{mode}]"]
    values = ", ".join(f".INIT_{k:X}(256'h{init:064x})" for k, init in enumerate(inits))
    read = {pin: f"bank{bank}[{cell.bit + k}]" for k, pin in enumerate(RDATA[mode])}
    wires = ", ".join(read.get(pin, f"open{cell.name}_{pin}") for pin in range(15, -1, -1))
    unused = [f"open{cell.name}_{pin}" for pin in range(16) if pin not in read]
    declared = f"  wire {', '.join(unused)};\n" if unused else ""
    return (
        f"{declared}  (* keep *) SB_RAM40_4K #(.READ_MODE({mode}), .WRITE_MODE({mode}), {values}) "
        f"{cell.name} (.RDATA({{{wires}}}), .RADDR({{{', '.join(address)}}}), .RCLK(clk), "
        ".RCLKE(en), .RE(1'h1), .WADDR(11'h0), .WDATA(16'h0), .MASK(16'hffff), .WCLK(clk), "
        ".WCLKE(1'h0), .WE(1'h0));"
    )
