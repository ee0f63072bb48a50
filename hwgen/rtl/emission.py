"""From components to Verilog, large tables around Amaranth and yosys instead of through them."""

import re
from typing import Any

from amaranth.back import rtlil, verilog  # pyright: ignore[reportAttributeAccessIssue]
from amaranth.lib import memory, wiring

from hwgen.rtl.constant_table import Rows

__all__ = ["TABLE_MARK", "Emission"]

TABLE_MARK = "hwgen_table"
"""Attribute of a memory that belongs to a table: its number."""

_NO_CONTENTS = re.compile(
    r"^  cell \$meminit_v2 \S+\n(?:    (?!connect \\DATA)[^\n]*\n)*"
    r"    connect \\DATA \{ *\}\n(?:    [^\n]*\n)*  end\n",
    re.MULTILINE,
)


class Emission:
    """What Amaranth asks of a platform when it elaborates a design to be written as Verilog.

    No memory has first contents in what comes out. Those of a `ConstantTable` are kept in
    ``tables``, and its memory is marked with their number; others are written before they are
    read. Both Amaranth and yosys would write contents bit by bit, and read them so: a megabit
    took seconds.
    """

    def __init__(self):
        self.tables: list[Rows] = []

    def take_table(self, table: memory.Memory, rows: Rows) -> None:
        """Keep the contents of a table."""
        # A number, where the stubs know texts only.
        attrs: dict[str, Any] = table.attrs
        attrs[TABLE_MARK] = len(self.tables)
        self.tables.append(rows)

    def get_memory(self, asked: memory.Memory) -> Any:
        """Elaborate a memory, without contents if it is a table's or is written and has zeros."""
        if TABLE_MARK in asked.attrs or (asked.write_ports and not any(asked.init)):
            # Amaranth 0.5 knows no memories without contents: it would fill them up with zeros.
            init: Any = asked.data.init
            init._raw = []
        return asked.elaborate(None)

    def serve(self, platform: Any) -> None:
        """Have a board's platform of Amaranth's ask here; it gives no Verilog then, but RTLIL."""
        platform.take_table, platform.get_memory = self.take_table, self.get_memory

    def convert(self, top: wiring.Component, name: str) -> str:
        """Verilog of a component, as `amaranth.back.verilog.convert` writes it."""
        text = rtlil.convert(top, name=name, platform=self, emit_src=False)
        return self.verilog(text, strip_internal_attrs=True)

    def verilog(self, rtlil_text: str, *, strip_internal_attrs: bool) -> str:
        """Verilog of what Amaranth wrote of a design that was elaborated for this platform."""
        text = _NO_CONTENTS.sub("", rtlil_text)
        convert: Any = verilog._convert_rtlil_text  # pyright: ignore[reportAttributeAccessIssue]
        return convert(text, strip_internal_attrs=strip_internal_attrs)
