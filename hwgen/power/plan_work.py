"""What happens in a frame as far as a plan tells: no simulation, some milliseconds."""

from hwgen.estimates.estimate import estimate_unit
from hwgen.families.devices import find_device
from hwgen.families.power import CARRY_SHARE, LUT_SHARE
from hwgen.network import IntegerNetwork
from hwgen.plan.plan import Plan
from hwgen.plan.units import MatrixPlan
from hwgen.power.activity import (
    PLANNED_UNCERTAINTY,
    activity_of,
    edge_events,
)
from hwgen.power.price import Work

__all__ = ["plan_work"]

HALF = 0.5
"""Changes of a bit of data in a transfer: as of random bits."""


def plan_work(network: IntegerNetwork, plan: Plan, interval: int) -> Work:
    """Estimate what happens in a frame, unit by unit.

    A unit's registers and LUTs are as many as `hwgen.estimates` has it, and change in each of its
    transfers as often as those of its kind did in designs that were simulated.

    Parameters
    ----------
    plan : Plan
        For a device.
    interval : int
        Cycles of a frame at full rate.
    """
    family = find_device(plan.device).family
    frame = dict.fromkeys(
        ("register bits", "register", "lut", "carry", "ram read", "ram write", "memory data",
         "spram", "product"), 0.0,
    )  # fmt: skip
    waiting = {"register bits": 0.0, "ram read": 0.0, "spram": 0.0}
    for unit in plan.units:
        found = estimate_unit(unit, network.named, family)
        takes = [s.transfers_per_frame for s in plan.inputs_of(unit).values()]
        gives = [s.transfers_per_frame for s in plan.outputs_of(unit).values()]
        transfers = max(*takes, *gives)
        kind = activity_of(unit.kind)
        registers = kind.registers * (found.logic_cells or 0)
        luts = LUT_SHARE[family.name] * kind.lut * (found.lut4 or 0) * transfers
        waiting["register bits"] += registers
        frame["register bits"] += registers * interval
        frame["register"] += registers * kind.register * transfers
        frame["lut"] += luts
        frame["carry"] += CARRY_SHARE[family.name] * luts
        rams, chips, products = found.ebr or 0, found.spram or 0, found.dsp or 0
        if isinstance(unit, MatrixPlan):
            # Weights are read in every cycle, whether they are needed or not.
            frame["ram read"] += rams * interval
            waiting["ram read"] += rams
            frame["spram"] += chips * interval
            waiting["spram"] += chips
            bits = unit.word_bits if rams or chips else 0
            frame["product"] += HALF * 36 * products * transfers
        else:
            frame["ram read"] += rams * max(gives)
            frame["ram write"] += max(takes) * bool(rams)
            bits = unit.out_bits if rams else 0
        frame["memory data"] += HALF * bits * transfers
    frame |= edge_events(plan)
    return Work(interval, frame, waiting, PLANNED_UNCERTAINTY)
