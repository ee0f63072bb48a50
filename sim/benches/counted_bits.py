"""Which bits of a design tell what costs energy, of a flat design as yosys writes it as JSON."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from hwgen.families.counted_cells import COUNTED, REGISTERS
from hwgen.families.fabric import Fabric
from hwgen.sizes.memory_map import Memory, map_memory

__all__ = ["PREFIX", "Counted", "Kind", "Rule", "add_counted", "find_counted", "mark"]

Bit = int | str
"""A net by its number, or a constant: "0", "1", "x"."""

Kind = Literal["toggles", "ones"]
"""Whether a change of a bit counts, or each cycle in which it is high."""

WORD = 32
"""Bits of a wire that is added: as many as a chunk of CXXRTL has."""

PREFIX = "counted"
"""What names of wires begin with that are added."""


class Rule(NamedTuple):
    """What counts of a cell: bits of ``port``, each ``weight`` times, as events of ``event``."""

    port: str
    event: str
    kind: Kind = "toggles"


@dataclass
class Counted:
    """Bits whose changes, or highs, are one event of a unit each.

    ``weight`` is how many events each of them is; ``always`` are highs that are constant, which
    count in every cycle.
    """

    unit: str
    event: str
    kind: Kind
    weight: float
    bits: list[Bit]
    always: int = 0


_CELLS = {
    name: tuple(Rule(port, event, cast(Kind, kind)) for port, event, kind in rules)
    for name, rules in COUNTED.items()
}

_REGISTERS = re.compile(rf"\$_?[as]{{0,2}}l?dff|{REGISTERS}")
_MEMORY = "$mem_v2"
_NOTHING = re.compile(r"\$(?:scopeinfo|print|check|assert|assume|cover|slice|concat|pos)")
_UNIT = re.compile(r"^(?:\$\w+\\)?(\w+)\.")


def find_counted(flat: Mapping[str, Any], top: str, family: Fabric) -> list[Counted]:
    """What is to be counted of a flat design.

    Parameters
    ----------
    flat : mapping
        The design as yosys writes it as JSON, memories as ``$mem_v2``: emitted Verilog whose cells
        of the vendor are left whole, or a netlist.
    top : str
        Its module.
    family : Fabric
        Whose RAMs memories become.

    Returns
    -------
    list of Counted
        Events "register" (a register changes), "register bits" (one is there, in each cycle),
        "logic" (an operator's output changes), "logic bits", "lut", "carry", "memory data", "ram
        read" and "ram write" (of one block RAM), "spram", and "product" (a bit of a multiplier
        changes). Operators are those of emitted Verilog, LUTs and carries those of a netlist.
    """
    found: dict[tuple[str, str, Kind, float], Counted] = {}
    owners = _owners(flat["modules"][top]["netnames"])

    def add(unit: str, event: str, kind: Kind, bits: Iterable[Bit], weight: float = 1.0) -> None:
        key = unit, event, kind, weight
        entry = found.setdefault(key, Counted(unit, event, kind, weight, []))
        for bit in bits:
            if isinstance(bit, int):
                entry.bits.append(bit)
            elif bit == "1" and kind == "ones":
                entry.always += 1

    for name, cell in flat["modules"][top]["cells"].items():
        kind = cell["type"]
        unit = _unit_of(name) or _unit_of_bits(cell["connections"], owners)
        if kind in _CELLS:
            for rule in _CELLS[kind]:
                bits = _rule_bits(rule, cell["connections"])
                if rule.event == "register bits":
                    add(unit, rule.event, "ones", "1" * len(bits))
                else:
                    add(unit, rule.event, rule.kind, bits)
        elif _REGISTERS.match(kind):
            add(unit, "register", "toggles", cell["connections"]["Q"])
            add(unit, "register bits", "ones", "1" * len(cell["connections"]["Q"]))
        elif kind == _MEMORY:
            for event, toggled, bits, weight in _memory(cell, family):
                add(unit, event, toggled, bits, weight)
        elif kind.startswith("$") and not _NOTHING.match(kind):
            bits = cell["connections"].get("Y", [])
            add(unit, "logic", "toggles", bits)
            add(unit, "logic bits", "ones", "1" * len(bits))
    return [x for x in found.values() if x.bits or x.always]


def _unit_of(cell: str) -> str:
    """The unit that a cell of a flattened design is of, by its name; "" where it has none."""
    named = _UNIT.match(cell.lstrip("\\"))
    return named[1] if named else ""


def _owners(netnames: Mapping[str, Any]) -> dict[Bit, str]:
    """The unit that a net has a name in."""
    owners: dict[Bit, str] = {}
    for name, net in netnames.items():
        unit = _unit_of(name)
        if unit:
            for bit in net["bits"]:
                owners.setdefault(bit, unit)
    return owners


def _unit_of_bits(connections: Mapping[str, list[Bit]], owners: Mapping[Bit, str]) -> str:
    """The unit of what a cell puts out, as far as names tell."""
    for port in ("Q", "Y", "O", "Z", "RD_DATA"):
        for bit in connections.get(port, ()):
            if bit in owners:
                return owners[bit]
    return ""


def _rule_bits(rule: Rule, connections: Mapping[str, list[Bit]]) -> list[Bit]:
    """Bits of the port of a rule; of "A|B" the one that is no constant, of "A&B" likewise."""
    ports = [connections[p] for p in re.split(r"[|&]", rule.port) if connections.get(p)]
    changing = [bits for bits in ports if any(isinstance(bit, int) for bit in bits)]
    if changing:
        return changing[0]
    if "&" in rule.port and any("1" not in bits for bits in ports):
        return []
    return ports[0] if ports else []


def _memory(
    cell: Mapping[str, Any], family: Fabric
) -> Iterable[tuple[str, Kind, list[Bit], float]]:
    """What counts of a memory of emitted Verilog: accesses of its block RAMs, and what it reads."""
    parameters, ports = cell["parameters"], cell["connections"]
    words, width, reads, writes = (
        int(str(parameters[key]), 2) for key in ("SIZE", "WIDTH", "RD_PORTS", "WR_PORTS")
    )
    clocked = "1" in str(parameters["RD_CLK_ENABLE"])
    access = "queue" if not clocked else ("rows" if writes else "rom")
    rams = map_memory(Memory(words, width, access), family).ebr
    yield ("memory data" if rams else "logic"), "toggles", ports["RD_DATA"], 1.0
    if not rams:
        return
    for port in range(reads):
        yield "ram read", "ones", [ports["RD_EN"][port]], float(rams)
    for port in range(writes):
        enables = list(dict.fromkeys(ports["WR_EN"][port * width : (port + 1) * width]))
        yield "ram write", "ones", enables, rams / len(enables)


def mark(index: int, word: int) -> str:
    """Name of the wire that has 32 bits of what is counted."""
    return f"{PREFIX}_{index}_{word}"


def add_counted(flat: dict[str, Any], top: str, counted: Iterable[Counted]) -> dict[str, int]:
    """Put wires with the bits into the design, and return their names with the index of each."""
    nets = flat["modules"][top]["netnames"]
    names: dict[str, int] = defaultdict(int)
    for index, entry in enumerate(counted):
        for word in range(-(-len(entry.bits) // WORD)):
            name = mark(index, word)
            bits = entry.bits[word * WORD : (word + 1) * WORD]
            nets[name] = {"hide_name": 0, "bits": bits, "attributes": {"keep": "1"}}
            names[name] = index
    return dict(names)
