"""Logic cells of a matrix unit for each of its lanes, after packing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Signal

from benchmarks.packing import packed
from benchmarks.tools import Step
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.families.fabric import Counting
from hwgen.families.family import Family
from hwgen.rtl.cells import with_cells
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.unit import Unit

__all__ = [
    "PIXEL_FOLDINGS",
    "measure_area",
    "pixel_unit",
    "unit_under_test",
    "unit_verilog",
]

SIMDS = (32, 48, 64)
PE = 4
BLOCK = (2, 2)
SYNAPSE_FOLD = 9
NEURON_FOLD = 16
PIXEL_FOLDINGS = ((8, 9), (2, 27))
"""PE and SIMD of first layers."""


def unit_under_test(simd: int, counting: Counting, pipeline: int = 1) -> MatrixUnit:
    """Matrix unit of a 3x3 layer of ``simd`` to 64 channels, random weights and thresholds."""
    rng = np.random.default_rng(simd)
    products = SYNAPSE_FOLD * simd
    parameters = MatrixParameters(
        weights=rng.integers(0, 2, (NEURON_FOLD, SYNAPSE_FOLD, PE, simd), np.uint8),
        group=simd,
        block=BLOCK,
        acc_min=-products,
        acc_max=products,
        thresholds=rng.integers(-products // 4, products // 4, (NEURON_FOLD, PE)),
        fused_pool=True,
        pipeline=pipeline,
        counting=counting,
    )
    return MatrixUnit(parameters=parameters)


def pixel_unit(pe: int, simd: int) -> MatrixUnit:
    """Matrix unit of a 3x3 layer of 8-bit RGB to 64 channels, random weights and thresholds."""
    rng = np.random.default_rng(simd)
    products, channels = 27, 64
    parameters = MatrixParameters(
        weights=rng.integers(0, 2, (channels // pe, products // simd, pe, simd), np.uint8),
        group=3,
        taps=(simd // 9, 3),
        bits=8,
        bipolar=False,
        acc_min=-255 * products,
        acc_max=255 * products,
        thresholds=rng.integers(-32 * products, 32 * products, (channels // pe, pe)),
    )
    return MatrixUnit(parameters=parameters)


def unit_verilog(unit: Elaboratable | Unit, ports: Sequence[Signal] | None = None) -> str:
    """Verilog of one component, as module ``unit``; what is no component has ``ports``."""
    how: dict[str, Any] = {"name": "unit", "emit_src": False, "strip_internal_attrs": True}
    return with_cells(verilog.convert(unit, ports=ports, **how))


def measure_area(step: Step) -> list[dict[str, Any]]:
    """Synthesise and pack; everything inside the unit counts, weight memory included."""
    found = []
    for family in FAMILIES.values():
        units = [unit_under_test(simd, family.counting) for simd in SIMDS]
        units += [pixel_unit(pe, simd) for pe, simd in PIXEL_FOLDINGS]
        found += [_measured(unit, family, step) for unit in units]
    return found


def _measured(unit: MatrixUnit, family: Family, step: Step) -> dict[str, Any]:
    p = unit.parameters
    lanes = p.pe * p.simd * p.pixels
    inputs = "XNOR" if p.bipolar else "pixel"
    where = f"a matrix unit of {lanes} {inputs} lanes on {family.name}"
    part = PARTS[family.calibrated_on]
    cells = packed(unit_verilog(unit), "unit", part, step, where).logic_cells
    return {
        "family": family.name,
        "inputs": inputs,
        "simd": p.simd,
        "pe": p.pe,
        "m": p.pixels,
        "lanes": lanes,
        "cells": cells,
        "cells_per_lane": round(cells / lanes, 3),
    }
