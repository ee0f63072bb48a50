"""A routed design in the text format of IceStorm: what its LUTs and block RAMs hold."""

import re
from collections.abc import Sequence

from hwgen.errors import ToolError
from hwgen.families.table_cells import Place

__all__ = ["Ice40Routed", "place_of"]

RAM_LINES, RAM_BITS = 16, 256
LOGIC_LINES, LOGIC_COLUMNS = 16, 54
CELL_COLUMNS = slice(36, 46)
"""Columns of a logic tile with the 20 bits of a cell, ten in each of its two lines."""

LUT_PLACES = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
"""Place of each bit of a truth table among those 20 (IceStorm's page on logic tiles)."""

_BEL = re.compile(r"X(\d+)/Y(\d+)/(?:lc(\d)|ram)$")
_HEX = re.compile(r"[0-9a-f]{64}$")
_BITS = re.compile(r"[01]{54}$")


def place_of(bel: str) -> Place:
    """Place of a logic cell or block RAM as nextpnr calls it; empty for other cells."""
    found = _BEL.match(bel)
    return tuple(int(x) for x in found.groups() if x is not None) if found else ()


class Ice40Routed:
    """See `hwgen.families.table_cells.Routed`.

    Contents of a LUT are its truth table, one number of 16 bits; those of a block RAM INIT_0 to
    INIT_F.
    """

    def __init__(self, text: str):
        self._lines = text.splitlines()
        self._at = {line: k + 1 for k, line in enumerate(self._lines) if line.startswith(".")}

    def read(self, place: Place, kind: str) -> tuple[int, ...]:
        """Contents of the cell in a place."""
        if kind == "ram":
            return tuple(int(self._lines[k], 16) for k in self._ram(place))
        bits = "".join(self._lines[k][CELL_COLUMNS] for k in self._cell(place))
        return (sum(int(bits[at]) << k for k, at in enumerate(LUT_PLACES)),)

    def write(self, place: Place, kind: str, values: Sequence[int]) -> None:
        """Replace the contents of the cell in a place."""
        if kind == "ram":
            for k, value in zip(self._ram(place), values, strict=True):
                self._lines[k] = f"{value:064x}"
            return
        rows = self._cell(place)
        bits = list("".join(self._lines[k][CELL_COLUMNS] for k in rows))
        for k, at in enumerate(LUT_PLACES):
            bits[at] = str(values[0] >> k & 1)
        for k, new in zip(rows, ("".join(bits[:10]), "".join(bits[10:])), strict=True):
            line = self._lines[k]
            self._lines[k] = line[: CELL_COLUMNS.start] + new + line[CELL_COLUMNS.stop :]

    def text(self) -> str:
        """The design as it is now."""
        return "\n".join([*self._lines, ""])

    def _ram(self, place: Place) -> range:
        return self._rows(f".ram_data {place[0]} {place[1]}", 0, RAM_LINES, _HEX)

    def _cell(self, place: Place) -> range:
        return self._rows(f".logic_tile {place[0]} {place[1]}", 2 * place[2], 2, _BITS)

    def _rows(self, header: str, first: int, count: int, form: re.Pattern[str]) -> range:
        """Numbers of some lines behind a header."""
        start = self._at.get(header, len(self._lines)) + first
        lines = self._lines[start : start + count]
        if len(lines) < count or not all(form.match(line) for line in lines):
            raise ToolError(f"the routed design has no {header[1:]!r} as it should")
        return range(start, start + count)
