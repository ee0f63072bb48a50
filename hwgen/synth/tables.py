"""Tables of constants in emitted Verilog, and modules made of cells in their place."""

import re
from collections.abc import Callable
from hashlib import sha256

from hwgen.families.table_cells import Table
from hwgen.verilog.memories import WORD, WORD_PARTS
from hwgen.verilog.modules import NAME, bare, instance_paths, replace_in_modules, split_modules

__all__ = ["find_tables", "module_digests", "replace_tables"]

_TABLE = re.compile(
    rf"  reg \[(?P<top>\d+):0\] (?P<name>{NAME}) \[(?P<last>\d+):0\];\n"
    rf"  initial begin\n(?P<words>(?:{WORD})+)  end\n"
    rf"(?:  assign (?P<read>{NAME}) = (?P=name)\[(?P<at>[^\n]+)\];\n|"
    r"  reg \[(?P=top):0\] (?P<data>\w+);\n"
    r"  always @\(posedge (?P<clock>\w+)\) begin\n"
    r"(?:    if \((?P<enable>[^\n]+)\) begin\n  )?"
    r"    (?P=data) <= (?P=name)\[(?P<address>[^\n]+)\];\n"
    r"(?:    end\n)?  end\n)"
)


def find_tables(verilog: str) -> dict[str, Table]:
    """Tables of Verilog as Amaranth emits it, by path."""
    tables: dict[str, Table] = {}

    def note(table: Table) -> str:
        tables[table.path] = table
        return ""

    replace_tables(verilog, note)
    return tables


def replace_tables(verilog: str, module_for: Callable[[Table], str]) -> str:
    """Put an instance in the place of each table.

    Parameters
    ----------
    verilog : str
        As Amaranth emits it.
    module_for : callable
        Gives the name of the module to place for a table: its ports are ``address`` and ``data``,
        and where the table is registered ``clk`` and ``en``; then ``data`` is the word of
        ``address`` one clock later, where ``en`` is high.

    Returns
    -------
    str
        The Verilog, in which an instance has the name that the memory had.
    """
    paths = instance_paths(verilog)

    def replace(found: re.Match[str], module: str, text: str) -> str:
        words = WORD_PARTS.findall(found["words"])
        if len(words) < 2 or [int(at) for at, *_ in words] != list(range(int(found["last"]) + 1)):
            return found[0]
        table = Table(
            path=f"{paths[module]}/{bare(found['name'])}",
            width=int(found["top"]) + 1,
            words=tuple(int(digits, 16 if base == "h" else 10) for _, base, digits in words),
            registered=found["read"] is None,
        )
        made = f"  {module_for(table)} {found['name']} ("
        if found["read"]:
            return f"{made}.address({found['at']}), .data({found['read']}));\n"
        enable = found["enable"] or "1'h1"
        return (
            f"  wire [{found['top']}:0] {found['data']};\n"
            f"{made}.clk({found['clock']}), .en({enable}), "
            f".address({found['address']}), .data({found['data']}));\n"
        )

    return replace_in_modules(_TABLE, replace, verilog)


def module_digests(verilog: str) -> dict[str, str]:
    """A digest of each module by path, which is the same whatever its tables hold."""
    text = replace_tables(verilog, lambda table: f"table{table.width}x{table.depth}")
    paths = instance_paths(text)
    return {
        paths[name]: sha256(part.encode()).hexdigest()[:16] for name, part in split_modules(text)
    }
