"""Cycles a frame and busy lanes of foldings, as planned: no hardware is made for it."""

from pathlib import Path
from typing import Any

from benchmarks.tools import Step
from hwgen.design import make_design
from hwgen.errors import FoldingError
from hwgen.model import load_model
from hwgen.plan.plan import Plan
from hwgen.plan.units import MatrixPlan
from sim.cycle import steady_state

__all__ = ["busy_lanes", "lanes_of", "plan_foldings"]

TARGETS = (None, 33_000, 17_000, 2_048, 1_024)
"""Cycles a frame asked for; None for the default folding."""


def lanes_of(unit: MatrixPlan) -> int:
    """Products that a matrix unit forms in a cycle."""
    return unit.pe * unit.simd * unit.pixels


def busy_lanes(plan: Plan, interval: int) -> float:
    """Part of all lane-cycles of a frame in which a lane of a matrix unit forms a product.

    A lane is busy in each cycle in which its unit takes a patch.
    """
    units = [
        (unit, plan.inputs_of(unit)["i"].transfers_per_frame)
        for unit in plan.units
        if isinstance(unit, MatrixPlan)
    ]
    busy = sum(lanes_of(unit) * transfers for unit, transfers in units)
    return busy / (interval * sum(lanes_of(unit) for unit, _ in units))


def plan_foldings(model: Path, step: Step) -> list[dict[str, Any]]:
    """Fold a description for each of `TARGETS`."""
    network = load_model(model)
    found: list[dict[str, Any]] = []
    for target in TARGETS:
        step("folding as by default" if target is None else f"folding for {target:,} cycles")
        try:
            design = make_design(network, cycles=target)
        except FoldingError as error:
            found.append({"asked_cycles": target, "error": str(error)})
            continue
        latency, interval = steady_state(design.plan)
        matrix = [unit for unit in design.plan.units if isinstance(unit, MatrixPlan)]
        macs = sum(layer.macs for layer in design.plan.layers)
        lanes = sum(map(lanes_of, matrix))
        found.append(
            {
                "asked_cycles": target,
                "interval_cycles": interval,
                "latency_cycles": latency,
                "lanes": lanes,
                "busy": busy_lanes(design.plan, interval),
                "macs_per_lane_cycle": macs / (lanes * interval),
                "folding": {
                    unit.name: {"pe": unit.pe, "simd": unit.simd, "m": unit.pixels}
                    for unit in matrix
                },
            }
        )
    return found
