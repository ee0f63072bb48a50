"""A placed and routed design that takes other tables: how it is made, kept and filled."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, ToolError, located
from hwgen.families.devices import FAMILIES
from hwgen.families.family import Family
from hwgen.families.table_cells import Cell, Place, Table, TableCells, input_order, permuted
from hwgen.readers.files import is_file, refusing
from hwgen.readers.json_object import read_json_gz
from hwgen.synth.constant_tables import find_tables, module_digests, replace_tables

__all__ = ["DAMAGED", "PlacedDesign", "tables_in_cells"]


DAMAGED = "is damaged; run `hwgen synth --board` again"

FORMAT = 1

_Places = dict[str, list[tuple[Place, Place]]]
"""Of each table, place and order of inputs of each of its cells; no order for a block RAM."""


def tables_in_cells(verilog: str, family: Family) -> str:
    """Put cells in the place of tables, so that what these hold changes nothing else."""
    modules: list[str] = []

    def module_for(table: Table) -> str:
        name = f"hwgen_table{len(modules)}"
        modules.append(family.tables.module(name, table))
        return name

    return replace_tables(verilog, module_for) + "".join(modules)


@dataclass(frozen=True)
class PlacedDesign:
    """A routed design, where its tables are in it, and what else it was made of.

    ``digests`` are those of `module_digests`.
    """

    family: Family
    text: str
    places: _Places
    digests: dict[str, str]

    @classmethod
    def find(
        cls, *, family: Family, verilog: str, top: str, text: str, placed: Mapping[str, Any]
    ) -> "PlacedDesign":
        """Find the tables of a design of `tables_in_cells` in what nextpnr made of it.

        Parameters
        ----------
        family : Family
        verilog : str
            The design before its tables became cells.
        top : str
            Its top module.
        text : str
            The routed design.
        placed : mapping
            The JSON that nextpnr wrote of it.

        Raises
        ------
        ToolError
            If a table is not there as it should.
        """
        cells = family.tables
        routed, where = cells.routed(text), cells.places(placed)
        places: _Places = {}
        for table in find_tables(verilog).values():
            found = places[table.path] = []
            for cell in cells.cells(table):
                # Without the hierarchy, names have their path ahead, but for the top module.
                name = f"{table.path.replace('/', '.')}.{cell.name}".removeprefix(f"{top}.")
                place = where.get(name)
                held = routed.read(place, cell.kind) if place else ()
                order = input_order(cell, held[0]) if held and cell.kind == "lut" else ()
                right = order if cell.kind == "lut" else held == cells.contents(cell, table.words)
                if place is None or order is None or not right:
                    raise ToolError(f"the routed design does not have {name} as it should")
                found.append((place, order))
        return cls(family, text, places, module_digests(verilog))

    def filled(self, tables: Mapping[str, Table]) -> str:
        """The routed design with other tables.

        Raises
        ------
        ToolError
            If the routed design lacks one of the cells.
        """
        cells = self.family.tables
        routed = cells.routed(self.text)
        for path, places in self.places.items():
            table = tables[path]
            for cell, (place, order) in zip(cells.cells(table), places, strict=True):
                routed.write(place, cell.kind, _arranged(cells, cell, table, order))
        return routed.text()

    def to_bytes(self) -> bytes:
        """Contents of the file that keeps it; the same for the same design."""
        facts = {
            "format": FORMAT,
            "family": self.family.name,
            "digests": self.digests,
            "places": self.places,
            "text": self.text,
        }
        return gzip.compress(json.dumps(facts).encode(), compresslevel=6, mtime=0)

    @classmethod
    def load(cls, path: Path) -> "PlacedDesign":
        """Read what `to_bytes` made.

        Raises
        ------
        ModelError
            If the file is missing, damaged, or of another version of this program.
        """
        if not is_file(path):
            raise ModelError(f"{path}: is not there; run `hwgen synth --board` first")
        with located(str(path)):
            facts: dict[str, Any] = read_json_gz(path, DAMAGED)
            if facts.get("format") != FORMAT or facts.get("family") not in tuple(FAMILIES):
                raise ModelError("is of another version; run `hwgen synth` again")
            with refusing(DAMAGED):
                places = {
                    table: [(_integers(place), _integers(order)) for place, order in cells]
                    for table, cells in facts["places"].items()
                }
                digests = dict(facts["digests"])
                if not all(type(x) is str for x in (facts["text"], *digests.values())):
                    raise TypeError
                return cls(FAMILIES[facts["family"]], facts["text"], places, digests)


def _integers(values: list[Any]) -> Place:
    if not all(type(x) is int for x in values):
        raise TypeError
    return tuple(values)


def _arranged(cells: TableCells, cell: Cell, table: Table, order: Place) -> tuple[int, ...]:
    """Contents of a cell as its place needs them."""
    held = cells.contents(cell, table.words)
    return (permuted(held[0], order),) if order else held
