"""Registers behind block RAMs become output registers of these (docs/decisions/0034).

Yosys leaves them in the fabric (its issue 5814). A block RAM gives its word 5.6 ns after the clock,
and 0.5 ns after it with its own output register.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["take_in_registers"]

Bit = int | str
"""A net by its number, or a constant, as yosys writes JSON."""

Cells = dict[str, dict[str, Any]]

CHAIN = "CCU2C"
"""A carry chain is a long way by itself: what it reads is better put out by a register beside it
than by a block RAM, which takes half a nanosecond longer and stands in a column of its own."""

PINS = 18
"""Outputs of each port."""

WIDE = 36
"""Width of words that come out by port B's clock, their lower half on the pins of port A."""

PLAIN = {"CLKMUX": "CLK", "LSRMUX": "LSR", "REGSET": "RESET"}
"""Of a register of the rising edge that is zero at first."""


@dataclass(frozen=True)
class _Control:
    """Clock and enable of a register that has no reset."""

    clock: Bit
    enable: Bit


@dataclass(frozen=True)
class _Behind:
    """Registers behind a word, by the net that each reads, and what controls them all."""

    registers: Mapping[Bit, str]
    control: _Control


def take_in_registers(netlist: dict[str, Any]) -> int:
    """Make registers behind block RAMs output registers of these, where nothing else changes.

    A word goes as a whole: each of its bits that is read at all is read by one register alone, all
    of these have the clock of the block RAM and one enable, and none has a reset. Words that carry
    chains read behind their registers stay as they are.

    Parameters
    ----------
    netlist : dict
        As yosys writes it as JSON; it is changed. Names of nets that are no more are taken out.

    Returns
    -------
    int
        How many registers were taken in.
    """
    return sum(_take_in(module) for module in netlist["modules"].values())


def _take_in(module: dict[str, Any]) -> int:
    cells: Cells = module["cells"]
    readers = _readers(module)
    gone: set[Bit] = set()
    for cell in [c for c in cells.values() if c["type"] == "DP16KD"]:
        for ports in _words(cell):
            behind = _behind(cell, ports, readers, cells)
            if behind is not None and _can_hold(cell, ports, behind.control):
                _hold(cell, ports, behind, cells)
                gone |= behind.registers.keys()
    names = module["netnames"]
    for name in [n for n, net in names.items() if not gone.isdisjoint(net["bits"])]:
        del names[name]
    return len(gone)


def _readers(module: Mapping[str, Any]) -> dict[Bit, list[tuple[str, str]]]:
    """Who reads each net: cells with their ports; the module's ports are those of no cell."""
    readers: dict[Bit, list[tuple[str, str]]] = defaultdict(list)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell.get("port_directions", {}).get(port) != "output":
                for bit in bits:
                    readers[bit].append((name, port))
    for port in module["ports"].values():
        for bit in port["bits"]:
            readers[bit].append(("", ""))
    return readers


def _words(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """Ports whose outputs make up a word each: "A", "B", or "AB" for one that takes both."""
    widths = [int(cell["parameters"][f"DATA_WIDTH_{port}"], 2) for port in "AB"]
    return ("AB",) if WIDE in widths else ("A", "B")


def _outputs(cell: Mapping[str, Any], ports: str) -> list[tuple[str, Bit]]:
    """Output pins of a word, each with its net."""
    pins = [f"DO{port}{k}" for port in ports for k in range(PINS)]
    return [(pin, bit) for pin in pins for bit in cell["connections"].get(pin, [])]


def _behind(
    cell: Mapping[str, Any],
    ports: str,
    readers: Mapping[Bit, list[tuple[str, str]]],
    cells: Cells,
) -> _Behind | None:
    """Registers behind a word; None where they are not all that reads it, or not alike."""
    registers: dict[Bit, str] = {}
    controls: set[_Control | None] = set()
    for _, bit in _outputs(cell, ports):
        reading = readers.get(bit, [])
        if reading:
            name, port = reading[0]
            if len(reading) > 1 or port != "DI":
                return None
            (held,) = cells[name]["connections"]["Q"]
            if any(
                cell_name and cells[cell_name]["type"] == CHAIN for cell_name, _ in readers[held]
            ):
                return None
            registers[bit] = name
            controls.add(_control(cells[name]))
    (control,) = controls if len(controls) == 1 else (None,)
    return None if control is None else _Behind(registers, control)


def _control(cell: Mapping[str, Any]) -> _Control | None:
    """Clock and enable of a cell that is a plain register without a reset; else None."""
    parameters, connections = cell["parameters"], cell["connections"]
    enabled = parameters.get("CEMUX", "1").strip()
    if (
        cell["type"] != "TRELLIS_FF"
        or "keep" in cell["attributes"]
        or any(parameters.get(name, plain) != plain for name, plain in PLAIN.items())
        or connections.get("LSR", ["0"]) != ["0"]
        or enabled not in ("1", "CE")
    ):
        return None
    (clock,) = connections["CLK"]
    (enable,) = connections["CE"] if enabled == "CE" else ["1"]
    return _Control(clock, enable)


def _can_hold(cell: Mapping[str, Any], ports: str, control: _Control) -> bool:
    """Whether ports have no output register yet, no other clock and no reset."""
    parameters, connections = cell["parameters"], cell["connections"]

    def clocked(port: str) -> bool:
        # Port A of a table does nothing but lend its pins, and has no clock.
        lends = len(ports) > 1 and port == "A" and connections["CEA"] == ["0"]
        return connections[f"CLK{port}"] == [control.clock] or lends

    return all(
        parameters.get(f"REGMODE_{port}", "NOREG") == "NOREG"
        and parameters.get(f"CLK{port}MUX", f"CLK{port}") == f"CLK{port}"
        and connections.get(f"RST{port}", ["0"]) == ["0"]
        and clocked(port)
        for port in ports
    )


def _hold(cell: dict[str, Any], ports: str, behind: _Behind, cells: Cells) -> None:
    """Let a block RAM drive what the registers behind it drove, which go."""
    connections = cell["connections"]
    for pin, bit in _outputs(cell, ports):
        if bit in behind.registers:
            connections[pin] = cells.pop(behind.registers[bit])["connections"]["Q"]
    for port in ports:
        cell["parameters"][f"REGMODE_{port}"] = "OUTREG"
        connections[f"CLK{port}"] = [behind.control.clock]
        connections[f"OCE{port}"] = [behind.control.enable]
