"""What the tools' reports say: pure functions from text to numbers."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hwgen.errors import ToolError
from hwgen.families.family import Packing

__all__ = ["Cells", "Use", "first_error", "parse_cells", "parse_fmax", "parse_use", "shortages"]


@dataclass(frozen=True)
class Use:
    """Cells of a kind: those needed, and those that the device has."""

    used: int
    available: int


@dataclass(frozen=True)
class Cells:
    """Size of a packed design.

    ``logic_cells`` are those that the family counts in, ``lut4`` the LUTs in them; ``ff`` are all
    flip-flops.
    """

    lut4: int
    logic_cells: int
    ff: int
    ebr: int
    spram: int
    dsp: int


_USE = re.compile(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%$", re.MULTILINE)


def parse_use(log: str) -> dict[str, Use]:
    """Cells by kind, from nextpnr's log.

    Raises
    ------
    ToolError
        If it has no table of them.
    """
    found = {name: Use(int(used), int(of)) for name, used, of in _USE.findall(log)}
    if not found:
        raise ToolError("nextpnr's log has no device utilisation")
    return found


def parse_cells(log: str, packing: Packing) -> Cells:
    """Size of a design, from the log of nextpnr packing it.

    Raises
    ------
    ToolError
        If the log lacks one of the figures.
    """
    use = parse_use(log)

    def total(names: Sequence[str]) -> int:
        return sum(use[name].used for name in names if name in use)

    if packing.logic_cell not in use:
        raise ToolError(f"nextpnr's log has no {packing.logic_cell}")
    kinds = {found["kind"]: int(found["count"]) for found in packing.counts.finditer(log)}
    missing = [kind for kind in (*packing.luts, *packing.flops) if kind not in kinds]
    if missing:
        raise ToolError(f"nextpnr's log does not say the number of {missing[0]}")
    return Cells(
        lut4=sum(kinds[kind] for kind in packing.luts),
        logic_cells=use[packing.logic_cell].used,
        ff=sum(kinds[kind] for kind in packing.flops),
        ebr=total(packing.ebr),
        spram=total(packing.spram),
        dsp=total(packing.dsp),
    )


def shortages(use: dict[str, Use], packing: Packing) -> list[str]:
    """What a device has too little of, in words: "6,258 of 5,280 logic cells (978 short)"."""
    kinds = {
        "logic cells": (packing.logic_cell,),
        "block RAMs": packing.ebr,
        "SPRAMs": packing.spram,
        "DSPs": packing.dsp,
    }
    found = []
    for noun, names in kinds.items():
        for name in names:
            have = use.get(name, Use(0, 0))
            if have.used > have.available:
                short = have.used - have.available
                found.append(f"{have.used:,} of {have.available:,} {noun} ({short:,} short)")
    return found


def parse_fmax(report: str) -> float | None:
    """Fastest clock in MHz, of the slowest clock domain, from nextpnr's JSON report.

    None where no path lies between two registers.

    Raises
    ------
    ToolError
        If it is not such a report.
    """
    try:
        clocks = [float(clock["achieved"]) for clock in json.loads(report)["fmax"].values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolError("nextpnr's report is not one that is understood") from error
    return min(clocks, default=None)


def first_error(log: str) -> str:
    """First line of a tool's log that tells of an error, or its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["no output"]
    for line in lines:
        if line.startswith("ERROR: "):
            return line.removeprefix("ERROR: ").rstrip(".")
    return lines[-1]
