"""Where the cells of a placed design are, and its slowest path, by the units of the design."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from hwgen.errors import ToolError
from hwgen.families.family import Packing

__all__ = ["OTHER", "floorplan_of"]

OTHER = "other"
"""Of cells that belong to no unit: ports, clock, host link."""


def floorplan_of(
    placed: Mapping[str, Any], report: str, packing: Packing, units: Collection[str]
) -> dict[str, Any]:
    """The floorplan as ``floorplan.json`` has it.

    Parameters
    ----------
    placed : mapping
        The JSON that nextpnr wrote of the design.
    report : str
        Its JSON report.
    units : collection of str
        Names of units, which the names of their cells have as one of their parts.

    Returns
    -------
    dict
        ``columns`` and ``rows`` that have cells; ``cells``, a list of unit, kind ("logic", "ram",
        "spram", "dsp", "other") and flat triples of column, row from the bottom and count;
        ``path``, the slowest path as a list of unit, kind ("logic" or "routing") and nanoseconds,
        equal neighbours added up.

    Raises
    ------
    ToolError
        If these are not such files.
    """
    kinds = {
        packing.logic_cell: "logic",
        **dict.fromkeys(packing.ebr, "ram"),
        **dict.fromkeys(packing.spram, "spram"),
        **dict.fromkeys(packing.dsp, "dsp"),
    }
    known = frozenset(units)
    tiles: dict[tuple[str, str], Counter[tuple[int, int]]] = defaultdict(Counter)
    try:
        (module,) = placed["modules"].values()
        for name, cell in module["cells"].items():
            place = _place(str(cell["attributes"].get("NEXTPNR_BEL", "")))
            if place is not None and cell["type"] in kinds:
                tiles[_unit(name, known), kinds[cell["type"]]][place] += 1
        path = _slowest(json.loads(report), known)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ToolError("nextpnr's placement is not one that is understood") from error
    places = [place for found in tiles.values() for place in found]
    return {
        "columns": 1 + max((x for x, _ in places), default=0),
        "rows": 1 + max((y for _, y in places), default=0),
        "cells": [
            [unit, kind, [n for (x, y), count in sorted(found.items()) for n in (x, y, count)]]
            for (unit, kind), found in sorted(tiles.items())
        ],
        "path": path,
    }


def _place(bel: str) -> tuple[int, int] | None:
    """Column and row of a place such as "X12/Y5/lc3"."""
    parts = bel.split("/")
    if len(parts) < 3 or parts[0][:1] != "X" or parts[1][:1] != "Y":
        return None
    return int(parts[0][1:]), int(parts[1][1:])


def _unit(name: str, known: Collection[str]) -> str:
    return next((part for part in name.split(".") if part in known), OTHER)


def _slowest(report: Mapping[str, Any], known: Collection[str]) -> list[list[Any]]:
    """The path that bounds the slowest clock: from register to register of it."""
    found: list[list[Any]] = []
    clocks = [path for path in report["critical_paths"] if path["from"] == path["to"]]
    if not clocks:
        return found
    for step in max(clocks, key=lambda path: sum(s["delay"] for s in path["path"]))["path"]:
        if not step["delay"]:
            continue
        kind = "routing" if step["type"] == "routing" else "logic"
        unit = _unit(str(step["to"]["cell"]), known)
        if found and found[-1][:2] == [unit, kind]:
            found[-1][2] += step["delay"]
        else:
            found.append([unit, kind, step["delay"]])
    return [[unit, kind, round(delay, 3)] for unit, kind, delay in found]
