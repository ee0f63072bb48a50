"""Fits the estimates of `hwgen.estimates.estimate` to units that were packed alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numpy as np
from amaranth.back import rtlil, verilog  # pyright: ignore[reportAttributeAccessIssue]
from numpy.typing import NDArray

from benchmarks.packing import packed
from benchmarks.sample import Sample
from benchmarks.tools import Step
from benchmarks.unit_samples import samples
from hwgen.estimates.estimate import ESTIMATED, LOGIC, register_features
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.families.family import Family
from hwgen.hardware import build_unit
from hwgen.rtl.cells import with_cells
from hwgen.rtl.unit import Unit as Component
from hwgen.sizes.features import Features

__all__ = ["digest_of", "fit", "fit_designs", "measure_units"]

RARE = ("block counters", "numbers", "passing", "pixels", "streamed", "sums")
"""What few units of some kinds have besides the rest: fitted to what these take beyond that, so
that all others stay what they are without these."""
RARE_IN = ("fifo", "matrix", "integer matrix", "pool")
"""Those kinds."""

NEUTRAL = {"one": 0.0, "units": 1.0}
"""Of a design that takes what its units do."""
SMALL = 15.0
"""Cells below which errors count as such, above as a part of the cells."""
SMALL_DESIGN = 1000.0
"""The same for designs."""
PULL = 1e-3
"""How strongly a coefficient is drawn to 1 that the units do not tell."""


def measure_units(
    families: Collection[Family], known: Mapping[str, Sequence[Mapping[str, Any]]], step: Step
) -> dict[str, list[dict[str, Any]]]:
    """Cells of all samples, by family, in the order of `samples`.

    Parameters
    ----------
    known : mapping of str to rows
        What was measured before, by family: a unit of the same hardware is not packed again.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for family in families:
        drawn = samples(family)
        before = {row["digest"]: dict(row) for row in known.get(family.name, [])}
        for number, sample in enumerate(drawn, 1):
            what = f"unit {number} of {len(drawn)} for {family.name}, a {sample.kind}"
            step(f"looking for {what}")
            digest = digest_of(sample, family)
            if digest not in before:
                cells = packed(_verilog(sample, family), "unit", PARTS[family.calibrated_on],
                               step, what)  # fmt: skip
                before[digest] = asdict(cells)
            row = before[digest] | {"kind": sample.kind, "digest": digest}
            found.setdefault(family.name, []).append(row)
    return found


def digest_of(sample: Sample, family: Family) -> str:
    """Digest of what a sample is synthesised from, and how."""
    text = rtlil.convert(_built(sample, family), name="unit", emit_src=False)
    return sha256(f"{family.synth}\n{text}".encode()).hexdigest()[:16]


def _built(sample: Sample, family: Family) -> Component:
    return build_unit(sample.unit, sample.stages, sample.transfers, family)


def _verilog(sample: Sample, family: Family) -> str:
    unit = _built(sample, family)
    return with_cells(verilog.convert(unit, name="unit", emit_src=False, strip_internal_attrs=True))


def fit(units: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Calibration from the cells of the samples; that of designs is left neutral."""
    found: dict[str, Any] = {}
    for family, rows in units.items():
        drawn = samples(FAMILIES[family])
        found[family] = {"design": {what: dict(NEUTRAL) for what in ESTIMATED}}
        for kind in dict.fromkeys(row["kind"] for row in rows):
            mine = [(s, row) for s, row in zip(drawn, rows, strict=True) if row["kind"] == kind]
            found[family][kind] = {
                what: _fit_kind(
                    kind,
                    [_features(s, FAMILIES[family], what) for s, _ in mine],
                    [row[what] for _, row in mine],
                )
                for what in ESTIMATED
            }
    return found


def _features(sample: Sample, family: Family, what: str) -> Features:
    """Features of a sample, as `hwgen.estimates.estimate` takes them for what is estimated."""
    if what in LOGIC:
        return sample.unit.features(sample.stages, family)
    return register_features(sample.unit, sample.stages, family)


def _fit_kind(kind: str, features: Sequence[Features], cells: Sequence[int]) -> dict[str, float]:
    """Cells of each feature of a kind, the rare ones last."""
    rare = RARE if kind in RARE_IN else ()
    plain = [not any(found.get(name) for name in rare) for found in features]
    common = [{k: n for k, n in found.items() if k not in rare} for found in features]
    first = [(f, n) for f, n, usual in zip(common, cells, plain, strict=True) if usual]
    result = _fit([f for f, _ in first], [n for _, n in first])
    if all(plain):
        return result
    # What only they have beside the rare counts is fitted with these.
    rest = [
        (
            {k: n for k, n in found.items() if k not in result},
            packed - sum(result.get(k, 0.0) * n for k, n in found.items()),
            packed,
        )
        for found, packed, usual in zip(features, cells, plain, strict=True)
        if not usual
    ]
    return result | _fit([f for f, *_ in rest], [n for _, n, _ in rest], of=[n for *_, n in rest])


def fit_designs(estimates: Sequence[int], cells: Sequence[int]) -> dict[str, float]:
    """What a design has beside its units, and which part of these is left in it."""
    if not cells:
        return dict(NEUTRAL)
    features = [{"one": 1.0, "units": float(units)} for units in estimates]
    return _fit(features, cells, SMALL_DESIGN)


def _fit(
    features: Sequence[Features],
    cells: Sequence[float],
    small: float = SMALL,
    of: Sequence[int] | None = None,
) -> dict[str, float]:
    """Cells of each feature, none below 0, by least squares of errors in parts.

    They are parts of ``of``, by default of the cells.
    """
    names = sorted({name for found in features for name in found})
    if not names:
        return {}
    y = np.array(cells, float)
    scale = 1 / np.maximum(y if of is None else np.array(of, float), small)
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
