"""Estimates of what units and designs take of a device, calibrated on packed ones."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

from hwgen.families.devices import find_device
from hwgen.families.fabric import Fabric
from hwgen.network import IntegerNetwork, Stage
from hwgen.plan.plan import Plan
from hwgen.plan.units import Fifo, Unit
from hwgen.sizes.features import Features
from hwgen.sizes.memory_map import map_memory

__all__ = [
    "CALIBRATION_FILE",
    "ESTIMATED",
    "LOGIC",
    "UNKNOWN",
    "Resources",
    "cheaper_buffers",
    "design_cells",
    "estimate_plan",
    "estimate_unit",
    "recalibrated",
    "register_features",
    "units_cells",
]

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
"""``{family: {kind of unit: {what is estimated: {feature: cells}}}}``, as
`python -m benchmarks.estimates --calibrate` writes it."""

LOGIC = ("logic_cells", "lut4")
"""What is estimated from the features of units, and what foldings are searched by."""

ESTIMATED = (*LOGIC, "ff")
"""What is estimated at all; block RAM, SPRAM and DSPs are counted."""


@dataclass(frozen=True)
class Resources:
    """What something takes of a device, as nextpnr packs it; None where that is not known.

    ``logic_cells`` are those that the family counts in, ``lut4`` the LUTs in them.
    """

    logic_cells: int | None = None
    lut4: int | None = None
    ff: int | None = None
    ebr: int | None = None
    spram: int | None = None
    dsp: int | None = None

    def as_json(self) -> dict[str, int | None]:
        """The same in JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


UNKNOWN = Resources()


def estimate_unit(unit: Unit, stages: Mapping[str, Stage], family: Fabric) -> Resources:
    """Resources of one unit.

    Block RAMs, SPRAMs and DSPs are exact, logic cells and LUTs an estimate; flip-flops, which no
    folding is chosen by, are left to `estimate_plan`. Of a fabric that is no part's nothing is
    known.

    Parameters
    ----------
    stages : mapping of str to Stage
        Stages of the integer network, by name; a FIFO or a converter needs none.
    family : Fabric
    """
    if family.name not in _calibration():
        return UNKNOWN
    features = unit.features(stages, family)
    cells = {what: _amount(unit, family, what, features) for what in LOGIC}
    return Resources(
        **cells,
        ebr=sum(map_memory(memory, family).ebr for memory in unit.memories(stages, family)),
        spram=unit.sprams,
        dsp=unit.multipliers(stages, family),
    )


def estimate_plan(network: IntegerNetwork, plan: Plan) -> Resources:
    """Resources of a whole design; all None without a device.

    Logic is None too where a unit is of a kind that the calibration lacks, though the search of
    foldings goes by what can be counted of it.
    """
    family = find_device(plan.device).family
    if family.name not in _calibration():
        return UNKNOWN
    found = _units(network, plan)
    sums = _cells(network, plan, found)
    cells = {what: design_cells(sums[what], family, what) for what in ESTIMATED}
    if not all(unit.kind in _calibration()[family.name] for unit in plan.units):
        cells = dict.fromkeys(cells)
    return Resources(
        **cells, ebr=_sum(found, "ebr"), spram=_sum(found, "spram"), dsp=_sum(found, "dsp")
    )


def units_cells(network: IntegerNetwork, plan: Plan) -> dict[str, int]:
    """Sums over the units of a design, each estimated as if it were alone."""
    return _cells(network, plan, _units(network, plan))


def register_features(unit: Unit, stages: Mapping[str, Stage], family: Fabric) -> Features:
    """What flip-flops of a unit are estimated from.

    They are its features where each register counts, be there a LUT ahead of it or not, and the
    bits that are read of memories: ``"read"`` of LUT RAM or logic, ``"read from blocks"`` of block
    RAM, whose own registers most of them are in.
    """
    found = unit.features(stages, replace(family, lone_registers=True))
    for memory in unit.memories(stages, family):
        name = "read from blocks" if map_memory(memory, family).ebr else "read"
        found[name] = found.get(name, 0.0) + memory.bits
    return found


def cheaper_buffers(network: IntegerNetwork, planned: Plan, sized: Plan) -> Plan:
    """Plan whose buffers are those of ``sized``, but larger where that takes fewer logic cells.

    Below some size synthesis makes a memory of logic that was block RAM before. A deep FIFO is laid
    out for a frame, which no search has counted, and knows itself what its memory is.

    Parameters
    ----------
    planned : Plan
        The same units with buffers that are large enough; a smaller one is no choice.
    """
    family = find_device(sized.device).family
    if family.name not in _calibration():
        return sized
    units = {unit.name: unit for unit in sized.units}
    kept = {}
    for large in planned.units:
        small = units[large.name]
        if isinstance(large, Fifo) and large.deep:
            continue
        costs = [estimate_unit(unit, network.named, family) for unit in (large, small)]
        cells = [cost.logic_cells or 0 for cost in costs]
        if large != small and cells[0] < cells[1]:
            kept[large.name] = large
    larger = {b.unit: b.size for b in planned.buffers() if b.unit in kept}
    smaller = {b.unit: b.size for b in sized.buffers()}
    return sized.with_buffers({n: k for n, k in larger.items() if k > smaller[n]})


def design_cells(units: int, family: Fabric, what: str = "logic_cells") -> int:
    """Cells of a design whose units take so many alone; never less for more."""
    known = _calibration()[family.name]["design"][what]
    return round(known["one"] + known["units"] * units)


def recalibrated() -> None:
    """Forget the calibration; the file has changed."""
    _calibration.cache_clear()


def _units(network: IntegerNetwork, plan: Plan) -> list[Resources]:
    family = find_device(plan.device).family
    return [estimate_unit(unit, network.named, family) for unit in plan.units]


def _cells(network: IntegerNetwork, plan: Plan, found: Iterable[Resources]) -> dict[str, int]:
    family = find_device(plan.device).family
    registers = (
        _amount(unit, family, "ff", register_features(unit, network.named, family))
        for unit in plan.units
    )
    return {what: _sum(found, what) for what in LOGIC} | {"ff": sum(registers)}


def _amount(unit: Unit, family: Fabric, what: str, features: Features) -> int:
    """What so many features come to; of a kind that was not measured, what is counted."""
    known = _calibration()[family.name].get(unit.kind, {}).get(what, {})
    return round(sum(known.get(key, 1.0) * amount for key, amount in features.items()))


def _sum(found: Iterable[Resources], what: str) -> int:
    return sum(getattr(resources, what) for resources in found)


@cache
def _calibration() -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    return json.loads(CALIBRATION_FILE.read_text())
