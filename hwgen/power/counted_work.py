"""What happens in a frame, of what was counted in a simulation."""

from collections.abc import Mapping

from hwgen.estimates.estimate import estimate_unit
from hwgen.families.devices import find_device
from hwgen.families.power import CARRY_SHARE, LUT_SHARE
from hwgen.network import IntegerNetwork
from hwgen.plan.plan import Plan
from hwgen.power.activity import (
    COUNTED_UNCERTAINTY,
    NETLIST_UNCERTAINTY,
    edge_events,
)
from hwgen.power.events import EVENTS, Events
from hwgen.power.price import Work

__all__ = ["counted_work"]

Counts = Mapping[tuple[str, str], float]
"""Events by unit, "" for what is of none, and kind."""


def counted_work(
    network: IntegerNetwork, plan: Plan, interval: int, frame: Counts, waiting: Counts
) -> Work:
    """Events of a frame and of a waiting cycle.

    What emitted Verilog has are operators: of their outputs each unit's LUTs, as many as
    `hwgen.estimates` has it, are taken to change as often as an output does in the mean.

    Parameters
    ----------
    frame, waiting : mapping of (unit, event) to float
        As `sim.benches.activity_bench.FrameEvents` has them; of a frame of ``interval`` cycles and
        of a cycle in which nothing comes in.
    """
    gates = any(event == "lut" for _, event in frame)
    found = []
    for counts, cycles in ((frame, interval), (waiting, 1)):
        events = {event: 0.0 for event in EVENTS}
        for (_, event), amount in counts.items():
            if event in events:
                events[event] += amount
        if not gates:
            events |= _luts(network, plan, counts, cycles)
        found.append(events)
    found[0] |= edge_events(plan)
    uncertainty = NETLIST_UNCERTAINTY if gates else COUNTED_UNCERTAINTY
    return Work(interval, found[0], found[1], uncertainty)


def _luts(network: IntegerNetwork, plan: Plan, counts: Counts, cycles: int) -> Events:
    """Changes of LUTs and carries in so many cycles, unit by unit."""
    family = find_device(plan.device).family
    luts = 0.0
    for unit in plan.units:
        there = counts.get((unit.name, "logic bits"), 0.0)
        if there:
            rate = counts.get((unit.name, "logic"), 0.0) / there
            luts += rate * (estimate_unit(unit, network.named, family).lut4 or 0) * cycles
    luts *= LUT_SHARE[family.name]
    return {"lut": luts, "carry": CARRY_SHARE[family.name] * luts}
