"""Combinational paths of `ready` through units, read from the netlist of an emitted design."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from hwgen.synth.processes import Job, run_jobs
from hwgen.synth.tools import find_tool

__all__ = ["elaborated", "longest_ready_path"]

CLOCKED = re.compile(r"\$(_?[as]*dff|aldff|_?dlatch|memwr)")
"""Cells whose outputs do not follow their inputs in the same cycle."""

READY = re.compile(r"(?P<port>[io]\w*)__ready$")


def elaborated(verilog: str, top: str, units: list[str], work: Path) -> dict[str, Any]:
    """Modules of a design as yosys sees them: its top, and each unit flattened."""
    (work / "design.v").write_text(verilog)
    kept = " ".join(f"{top}_{unit}" for unit in units)
    (work / "walk.ys").write_text(
        f"read_verilog design.v\nhierarchy -top {top}\nproc\n"
        f"setattr -mod -set keep_hierarchy 1 {kept}\nflatten\nopt_clean\nwrite_json walk.json\n"
    )
    command = (*find_tool("yosys").command, "-q", "walk.ys")
    (code,) = run_jobs([Job("walking", command, work, work / "walk.log")], lambda step: None)
    assert code == 0, (work / "walk.log").read_text()
    return json.loads((work / "walk.json").read_text())["modules"]


def longest_ready_path(modules: dict[str, Any], top: str) -> list[str]:
    """Units on the longest path from an ``o.ready`` to an ``i.ready``, the last unit first."""
    cells = modules[top]["cells"]
    units = {name: cell for name, cell in cells.items() if cell["type"] in modules}
    through = {kind: _passed_on(modules[kind]) for kind in {c["type"] for c in units.values()}}
    # Bits of the top module that follow others in the same cycle, through logic between units.
    logic = {name: cell for name, cell in cells.items() if name not in units}
    before = _drivers(logic)
    takers: dict[int, list[tuple[str, str]]] = {}
    for unit, cell in units.items():
        for port, bits in cell["connections"].items():
            if READY.search(port) and _is_output(modules[cell["type"]], port):
                takers.setdefault(bits[0], []).append((unit, port))

    @cache
    def path(unit: str, port: str) -> tuple[str, ...]:
        """The longest one that ends in this `ready` that the unit gives."""
        cell = units[unit]
        best: tuple[str, ...] = ()
        for read in through[cell["type"]].get(port, ()):
            found: tuple[str, ...] = ()
            for bit in _behind(cell["connections"][read][0], before):
                for giver in takers.get(bit, ()):
                    found = max(found, path(*giver), key=len)
            best = max(best, (*found, unit), key=len)
        return best

    ends = [(unit, port) for givers in takers.values() for unit, port in givers]
    return list(max((path(*end) for end in ends), key=len, default=()))


def _passed_on(module: dict[str, Any]) -> dict[str, set[str]]:
    """For each `ready` that a unit gives, those it is given that it follows in the same cycle."""
    before = _drivers(module["cells"])
    inputs = {
        port["bits"][0]: name
        for name, port in module["ports"].items()
        if port["direction"] == "input" and READY.search(name)
    }
    return {
        name: {inputs[bit] for bit in _behind(port["bits"][0], before) if bit in inputs}
        for name, port in module["ports"].items()
        if port["direction"] == "output" and READY.search(name)
    }


def _drivers(cells: dict[str, Any]) -> dict[int, set[int]]:
    """For each bit that a cell without a clock drives, the bits that it reads."""
    found: dict[int, set[int]] = {}
    for cell in cells.values():
        # A cell that yosys does not know is a memory of the device.
        directions = cell.get("port_directions")
        if CLOCKED.match(cell["type"]) or directions is None:
            continue
        read = {
            bit
            for port, bits in cell["connections"].items()
            if directions[port] == "input"
            for bit in bits
            if isinstance(bit, int)
        }
        for port, bits in cell["connections"].items():
            if directions[port] == "output":
                for bit in bits:
                    found.setdefault(bit, set()).update(read)
    return found


def _behind(bit: int, before: dict[int, set[int]]) -> set[int]:
    """A bit, and all that it follows."""
    seen, waiting = {bit}, [bit]
    while waiting:
        for earlier in before.get(waiting.pop(), ()):
            if earlier not in seen:
                seen.add(earlier)
                waiting.append(earlier)
    return seen


def _is_output(module: dict[str, Any], port: str) -> bool:
    return module["ports"][port]["direction"] == "output"
