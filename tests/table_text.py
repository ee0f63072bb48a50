"""Verilog of tables with their contents where builds have tags."""

import re

from hwgen.families.table_cells import Table, TableCells, lut_tag

__all__ = ["with_contents"]


def with_contents(family: TableCells, name: str, table: Table) -> str:
    """Module of a table whose LUTs hold what the table does instead of tags."""
    text = family.module(name, table)
    for cell in family.cells(table):
        if cell.kind == "lut":
            (truth,) = family.contents(cell, table.words)
            tagged = rf"INIT\(16'h{lut_tag(cell):04x}\)\) {cell.name} "
            text, count = re.subn(tagged, f"INIT(16'h{truth:04x})) {cell.name} ", text)
            assert count == 1
    return text
