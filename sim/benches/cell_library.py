"""The vendor's models of cells, cut down to those that a netlist is made of."""

import re
from collections.abc import Sequence

__all__ = ["needed_cells"]

_MODULE = re.compile(
    r"^(?:\(\*[^\n]*\*\)[ \t]*\n)*^module[ \t]+(?P<name>\\\S+|\w+).*?^endmodule\b[^\n]*\n",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"\\\S+|\w+")


def needed_cells(netlist: str, libraries: Sequence[str]) -> str:
    """Verilog of the libraries without the modules that a netlist can do without.

    Simulators stumble over modules that nothing places. What stands outside of modules, macros for
    one, is kept.

    Parameters
    ----------
    netlist : str
        Verilog that places cells by name.
    libraries : sequence of str
        Verilog in which each cell is a module; cells may place cells of other libraries.
    """
    text = "".join(libraries)
    bodies = {found["name"]: found[0] for found in _MODULE.finditer(text)}
    needed: set[str] = set()
    waiting = [netlist]
    while waiting:
        words = set(_WORD.findall(waiting.pop()))
        fresh = (words & bodies.keys()) - needed
        needed |= fresh
        waiting += [bodies[name] for name in fresh]
    return _MODULE.sub(lambda found: found[0] if found["name"] in needed else "", text)
