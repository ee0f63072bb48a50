"""Fits the estimates of `hwgen.estimates.estimate` to units that were packed alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from amaranth.back import verilog
from numpy.typing import NDArray

from benchmarks.packing import packed
from benchmarks.tools import Step
from benchmarks.unit_samples import Sample, samples
from hwgen.estimates.estimate import ESTIMATED
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.families.family import Family
from hwgen.hardware import build_unit
from hwgen.rtl.cells import with_cells
from hwgen.sizes.features import Features

__all__ = ["features_of", "fit", "fit_designs", "measure_units"]

KINDS = (
    "matrix", "window", "pool", "pack", "unpack", "scores", "fifo", "reorder", "levels",
    "threshold", "slice", "fork", "join", "thresholds", "search", "serial search",
)  # fmt: skip

NEUTRAL = {"one": 0.0, "units": 1.0}
"""Of a design that takes what its units do."""
SMALL = 15.0
"""Cells below which errors count as such, above as a part of the cells."""
SMALL_DESIGN = 1000.0
"""The same for designs."""
PULL = 1e-3
"""How strongly a coefficient is drawn to 1 that the units do not tell."""


def features_of(sample: Sample, family: Family) -> Features:
    """Features of a sample, as `hwgen.estimates.estimate` takes them."""
    return sample.unit.features(sample.stages, family)


def measure_units(families: Collection[Family], step: Step) -> dict[str, list[dict[str, Any]]]:
    """Cells of all samples, by family, in the order of `samples`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for family in families:
        drawn = samples(family)
        for number, sample in enumerate(drawn, 1):
            unit = build_unit(sample.unit, sample.stages, sample.transfers, family)
            text = with_cells(
                verilog.convert(unit, name="unit", emit_src=False, strip_internal_attrs=True)
            )
            what = f"unit {number} of {len(drawn)} for {family.name}, a {sample.kind}"
            cells = packed(text, "unit", PARTS[family.calibrated_on], step, what)
            found.setdefault(family.name, []).append({"kind": sample.kind} | asdict(cells))
    return found


def fit(units: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Calibration from the cells of the samples; that of designs is left neutral."""
    found: dict[str, Any] = {}
    for family, rows in units.items():
        known = [features_of(s, FAMILIES[family]) for s in samples(FAMILIES[family])]
        found[family] = {"design": {what: dict(NEUTRAL) for what in ESTIMATED}}
        for kind in KINDS:
            mine = [(f, row) for f, row in zip(known, rows, strict=True) if row["kind"] == kind]
            found[family][kind] = {
                what: _fit([f for f, _ in mine], [row[what] for _, row in mine])
                for what in ESTIMATED
            }
    return found


def fit_designs(estimates: Sequence[int], cells: Sequence[int]) -> dict[str, float]:
    """What a design has beside its units, and which part of these is left in it."""
    if not cells:
        return dict(NEUTRAL)
    features = [{"one": 1.0, "units": float(units)} for units in estimates]
    return _fit(features, cells, SMALL_DESIGN)


def _fit(
    features: Sequence[Features], cells: Sequence[int], small: float = SMALL
) -> dict[str, float]:
    """Cells of each feature, none below 0, by least squares of errors in parts."""
    names = sorted({name for found in features for name in found})
    if not names:
        return {}
    y = np.array(cells, float)
    scale = 1 / np.maximum(y, small)
    matrix = (
        np.array([[found.get(name, 0.0) for name in names] for found in features]) * scale[:, None]
    )
    kept = list(range(len(names)))
    while True:
        solved = _solve(matrix[:, kept], y * scale)
        if (solved >= 0).all():
            break
        # Those that would be negative go one by one: what a thing costs cannot be less than none.
        kept.pop(int(np.argmin(solved)))
    result = dict.fromkeys(names, 0.0)
    result |= {names[k]: round(float(c), 4) for k, c in zip(kept, solved, strict=True)}
    return result


def _solve(matrix: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    count = matrix.shape[1]
    pulled = np.vstack([matrix, PULL * np.eye(count)])
    return np.linalg.lstsq(pulled, np.concatenate([y, np.full(count, PULL)]), rcond=None)[0]
