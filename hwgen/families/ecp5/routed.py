"""A routed design in the text format of Trellis: what its LUTs and block RAMs hold."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hwgen.errors import ToolError
from hwgen.families.table_cells import Place

__all__ = ["Ecp5Routed", "place_of"]

INITVALS, ROWS = 64, 16
"""INITVAL of a block RAM, and rows of 20 bits of each, of which two bytes of 9 take 18."""

RAM_LINES, LINE_BYTES = 256, 8

_BEL = re.compile(r"X(\d+)/Y(\d+)/SLICE([A-D])\.K([01])$")
_BYTES = re.compile(r"[0-9a-f]{3}(?: [0-9a-f]{3}){7} ?$")


def place_of(cell: Mapping[str, Any]) -> Place:
    """Row, column, slice and half of a LUT, number of a block RAM; empty for other cells.

    Parameters
    ----------
    cell : mapping
        A cell in the JSON that nextpnr writes.
    """
    attributes = cell["attributes"]
    if cell["type"] == "DP16KD":
        return (int(attributes["WID"], 2),)
    found = _BEL.match(attributes.get("NEXTPNR_BEL", ""))
    if cell["type"] != "TRELLIS_COMB" or not found:
        return ()
    return int(found[2]), int(found[1]), "ABCD".index(found[3]), int(found[4])


class Ecp5Routed:
    """See `hwgen.families.table_cells.Routed`.

    Contents of a LUT are its truth table, one number of 16 bits; those of a block RAM INITVAL_00
    to INITVAL_3F.
    """

    def __init__(self, text: str):
        self._lines = text.splitlines()
        self._at = {line: k + 1 for k, line in enumerate(self._lines) if line.startswith(".")}

    def read(self, place: Place, kind: str) -> tuple[int, ...]:
        """Contents of the cell in a place."""
        if kind == "lut":
            return (int(self._lines[self._lut(place)].split()[-1], 2),)
        start = self._ram(place)
        held = [int(x, 16) for line in self._lines[start : start + RAM_LINES] for x in line.split()]
        rows = [low | high << 9 for low, high in zip(held[::2], held[1::2], strict=True)]
        return tuple(
            sum(row << 20 * k for k, row in enumerate(rows[ROWS * n : ROWS * (n + 1)]))
            for n in range(INITVALS)
        )

    def write(self, place: Place, kind: str, values: Sequence[int]) -> None:
        """Replace the contents of the cell in a place."""
        if kind == "lut":
            at = self._lut(place)
            self._lines[at] = f"{self._lines[at].rsplit(' ', 1)[0]} {values[0]:016b}"
            return
        start = self._ram(place)
        rows = [value >> 20 * k for value in values for k in range(ROWS)]
        held = [f"{row >> shift & 0x1FF:03x}" for row in rows for shift in (0, 9)]
        for k in range(RAM_LINES):
            text = " ".join(held[LINE_BYTES * k : LINE_BYTES * (k + 1)])
            # nextpnr's lines end as its own do.
            end = self._lines[start + k][len(text) :]
            self._lines[start + k] = text + end

    def text(self) -> str:
        """The design as it is now."""
        return "\n".join([*self._lines, ""])

    def _ram(self, place: Place) -> int:
        """Number of the first line of a block RAM's contents."""
        header = f".bram_init {place[0]}"
        start = self._at.get(header, len(self._lines))
        lines = self._lines[start : start + RAM_LINES]
        if len(lines) < RAM_LINES or not all(_BYTES.match(line) for line in lines):
            raise ToolError(f"the routed design has no {header[1:]!r} as it should")
        return start

    def _lut(self, place: Place) -> int:
        """Number of the line with a LUT's truth table."""
        row, column, part, half = place
        tile, word = f".tile R{row}C{column}:PLC2", f"word: SLICE{'ABCD'[part]}.K{half}.INIT "
        at = self._at.get(tile, len(self._lines))
        while at < len(self._lines) and self._lines[at]:
            if re.fullmatch(f"{re.escape(word)}[01]{{16}}", self._lines[at]):
                return at
            at += 1
        raise ToolError(f"the routed design has no {word[6:-1]} in {tile[1:]!r} as it should")
