"""Tables of constants in emitted Verilog, and modules made of cells in their place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["Table", "find_tables", "module_digests", "replace_tables"]

_NAME = r"\\\S+ |\w+"
_WORD = rf"    (?:{_NAME})\[\d+\] = \d+'(?:h[0-9a-f]+|d\d+);\n"
_TABLE = re.compile(
    rf"  reg \[(?P<top>\d+):0\] (?P<name>{_NAME}) \[(?P<last>\d+):0\];\n"
    rf"  initial begin\n(?P<words>(?:{_WORD})+)  end\n"
    rf"(?:  assign (?P<read>{_NAME}) = (?P=name)\[(?P<at>[^\n]+)\];\n|"
    r"  reg \[(?P=top):0\] (?P<data>\w+);\n"
    r"  always @\(posedge (?P<clock>\w+)\) begin\n"
    r"(?:    if \((?P<enable>[^\n]+)\) begin\n  )?"
    r"    (?P=data) <= (?P=name)\[(?P<address>[^\n]+)\];\n"
    r"(?:    end\n)?  end\n)"
)
_PARTS = re.compile(r"\[(\d+)\] = \d+'(h|d)([0-9a-f]+);\n")
BACKSLASH = "\\"
_COUNTED = re.compile(r"(?<=dump_module\$)\d+")
"""A number that the writer of Verilog counts on from module to module."""

_MODULE = re.compile(r"^module (\\\S+|\w+) ?\(", re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """A memory that is only read, by one port, and not but for one word.

    ``path`` is its module and its name, without the backslashes of Verilog; ``words`` are
    ``width`` bits each. Where it is ``registered`` the port has a register.
    """

    path: str
    width: int
    words: tuple[int, ...]
    registered: bool = True

    @property
    def depth(self) -> int:
        """Words of the table."""
        return len(self.words)


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
    modules = [(m.start(), m[1].removeprefix(BACKSLASH)) for m in _MODULE.finditer(verilog)]

    def replace(found: re.Match[str]) -> str:
        words = _PARTS.findall(found["words"])
        if len(words) < 2 or [int(at) for at, *_ in words] != list(range(int(found["last"]) + 1)):
            return found[0]
        module = max((m for m in modules if m[0] < found.start()), default=(0, ""))[1]
        table = Table(
            path=f"{module}/{found['name'].strip().removeprefix(BACKSLASH)}",
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

    return _TABLE.sub(replace, verilog)


def module_digests(verilog: str) -> dict[str, str]:
    """A digest of each module, which is the same whatever its tables hold."""
    text = replace_tables(verilog, lambda table: f"table{table.width}x{table.depth}")
    text = _COUNTED.sub("", text)
    starts = [(m.start(), m[1].removeprefix(BACKSLASH)) for m in _MODULE.finditer(text)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {
        name: sha256(text[start:end].encode()).hexdigest()[:16]
        for (start, name), end in zip(starts, ends, strict=True)
    }
