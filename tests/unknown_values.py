"""Emitted Verilog made harder on a design than simulators are, for those that know X."""

import re

__all__ = ["with_unknown_collisions"]

_NAME = r"(?:\\\S+ |\w+)"
_WRITE = re.compile(
    rf"^    if \((?P<enable>.+)\)\n"
    rf"      (?P<memory>{_NAME})\[(?P<at>.+?)\](?:\[[\d:]+\])? <= .+;\n",
    re.MULTILINE,
)
_READ = re.compile(
    rf"^(?P<space> +)(?P<data>\w+) <= (?P<memory>{_NAME})\[(?P<at>.+)\];\n", re.MULTILINE
)


def with_unknown_collisions(verilog: str) -> str:
    """The same, but a clocked read of a word that is being written gives X.

    Block RAMs leave open what comes then, and synthesis is told that it does not matter.
    """
    return "".join(_collide(text) for text in re.split(r"(?<=^endmodule\n)", verilog, flags=re.M))


def _collide(module: str) -> str:
    writes = [(m["memory"], m["enable"], m["at"]) for m in _WRITE.finditer(module)]

    def collide(read: re.Match[str]) -> str:
        lines = [
            f"{read['space']}if (({enable}) && ({at}) == ({read['at']})) {read['data']} <= 'bx;\n"
            for memory, enable, at in writes
            if memory == read["memory"]
        ]
        return read[0] + "".join(lines)

    return _READ.sub(collide, module)
