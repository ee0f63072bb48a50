"""Whole designs that the estimates are held against."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.packing import packed
from benchmarks.tools import Step
from benchmarks.unit_samples import small_network
from hwgen.design import DEFAULT_CLOCK_MHZ, Design, make_design
from hwgen.estimates.estimate import cheaper_buffers, estimate_plan, units_cells
from hwgen.families.devices import PARTS
from hwgen.families.family import Family
from hwgen.generate import emit_verilog
from hwgen.model import Model, load_model
from hwgen.plan.products import Products
from models.zoo import make_network
from sim.sizing import size_buffers

__all__ = [
    "DESIGNS", "NUMBER_DESIGNS", "Planned", "compare", "in_order", "measure_designs", "of_signs",
]  # fmt: skip

MODELS = Path(__file__).resolve().parents[1] / "models"


@dataclass(frozen=True)
class Planned:
    """A network for a device; without ``cycles`` the fastest folding that fits, for a slow clock
    without ``clock_mhz``. With ``products`` all that multiplies is made of these."""

    network: str
    device: str
    cycles: int | None = None
    clock_mhz: float = DEFAULT_CLOCK_MHZ
    products: Products | None = None


DESIGNS = (
    Planned("tiny", "hx1k", 256),
    Planned("chip", "hx1k", 1_000),
    Planned("strip", "hx8k"),
    Planned("plain", "hx8k", 8_000),
    Planned("zeros", "up5k", 4_000),
    Planned("wide", "up5k"),
    Planned("face", "up5k", 70_000),
    Planned("face", "up5k", 33_000),
    Planned("strip", "ecp5-12", 2_000),
    Planned("plain", "ecp5-25", 1_500),
    Planned("zeros", "ecp5-25", 1_000),
    Planned("wide", "ecp5-45", 1_024, 80.0),
    Planned("face", "ecp5-25", 33_000),
    Planned("face", "ecp5-45", 8_192),
    Planned("face", "ecp5-85", 2_048, 80.0),
)

SLOWEST = 1 << 40

NUMBER_DESIGNS = (
    Planned("face-BBBC", "up5k", SLOWEST),
    Planned("width-8", "ecp5-25", 1_000_000),
    Planned("face-cnn8", "ecp5-85", 1_000_000),
    Planned("face-cnn8", "ecp5-85", 1_000_000, products=Products.LOGIC),
    Planned("face-ban", "ecp5-85", 2_000_000),
    Planned("B-6-m1-k1", "ecp5-25", 400_000),
    Planned("human-CBBBBBC", "ecp5-85", 2_000_000),
    Planned("face-CBBC", "ecp5-12", SLOWEST),
)
"""Networks of the zoo that have layers of several bits; nothing is fitted to them."""

NETWORKS: dict[str, Callable[[], Model]] = {
    "tiny": lambda: load_model(MODELS / "tiny.json"),
    "face": lambda: load_model(MODELS / "face.json"),
    "chip": lambda: small_network(
        "chip", seed=15, size=8, filters=(4,), pools=(2,), units=(3,), pad=-1
    ),
    "strip": lambda: small_network(
        "strip", seed=11, size=16, filters=(8, 24), pools=(2, 2), units=(10,), pad=-1
    ),
    "plain": lambda: small_network(
        "plain", seed=12, size=22, filters=(16, 16, 32), pools=(2, 0, 2), units=(48, 10)
    ),
    "zeros": lambda: small_network(
        "zeros", seed=13, size=14, filters=(12, 16), pools=(2, 0), units=(6,), pad=0
    ),
    "wide": lambda: small_network(
        "wide", seed=14, size=32, filters=(32, 32), pools=(2, 2), units=(64, 10), pad=1
    ),
}


def measure_designs(families: Collection[Family], step: Step) -> list[dict[str, Any]]:
    """Fold, generate and pack those `DESIGNS` that are for devices of some families."""
    return [
        measure_design(planned, step)
        for planned in (*DESIGNS, *NUMBER_DESIGNS)
        if PARTS[planned.device].family in families
    ]


def measure_design(planned: Planned, step: Step) -> dict[str, Any]:
    """Fold, generate and pack one."""
    part = PARTS[planned.device]
    where = f"{planned.network} for {planned.device}"
    step(f"folding {where}")
    model = _model(planned.network)
    how: dict[str, Any] = {"device": planned.device, "clock_mhz": planned.clock_mhz}
    design = make_design(model, cycles=planned.cycles, **how)
    if planned.products is not None:
        folding = {
            name: layer | {"products": planned.products.value} if "products" in layer else layer
            for name, layer in design.plan.folding.items()
        }
        design = make_design(model, folding=(folding, planned.network), **how)
    design = _sized(design)
    cells = packed(emit_verilog(design), design.plan.name, part, step, where)
    return {
        "network": planned.network,
        "device": planned.device,
        "asked_cycles": planned.cycles,
        "clock_mhz": planned.clock_mhz,
        "products": planned.products and planned.products.value,
        "folding": design.plan.folding,
        "logic_cells": cells.logic_cells,
        "lut4": cells.lut4,
        "ff": cells.ff,
        "ebr": cells.ebr,
        "spram": cells.spram,
        "dsp": cells.dsp,
    }


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measured designs in the order of `DESIGNS`, those of more bits behind them."""
    by_design = {
        (row["network"], row["device"], row["asked_cycles"], row.get("products")): row
        for row in rows
    }
    keys = [
        (planned.network, planned.device, planned.cycles, planned.products)
        for planned in (*DESIGNS, *NUMBER_DESIGNS)
    ]
    return [by_design[key] for key in keys if key in by_design]


def of_signs(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of `DESIGNS`, which have layers of 1-bit weights alone."""
    mine = {planned.network for planned in DESIGNS}
    return [row for row in rows if row["network"] in mine]


def _model(name: str) -> Model:
    return NETWORKS[name]() if name in NETWORKS else make_network(name)


def compare(row: dict[str, Any]) -> dict[str, Any]:
    """A measured design beside its estimates, and the sums over its units alone."""
    design = _again(row)
    estimate = estimate_plan(design.network, design.plan)
    return row | {
        "estimated": estimate.as_json(),
        "units": units_cells(design.network, design.plan),
        "cycles": design.plan.bottleneck_cycles,
    }


def _again(row: dict[str, Any]) -> Design:
    """The design that was measured."""
    design = make_design(
        _model(row["network"]),
        device=row["device"],
        folding=(row["folding"], row["network"]),
        clock_mhz=row["clock_mhz"],
    )
    return _sized(design)


def _sized(design: Design) -> Design:
    """Design with the buffers that `hwgen build` gives it."""
    sized = size_buffers(design.plan, {}, lambda _: None)
    return design.with_plan(cheaper_buffers(design.network, design.plan, sized))
