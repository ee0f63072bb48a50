"""What is measured of a trained network: accuracy, memory, and a design for a part."""

from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.parts import LARGE
from benchmarks.tools import Step
from hwgen.accounts.footprint import count_layers, largest_pair
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import estimate_plan
from hwgen.jobs.evaluate import evaluate
from hwgen.jobs.sized_design import make_sized_design
from hwgen.model import Model, load_model
from hwgen.plan.weight_storage import WeightStorage
from hwgen.report.layer_tables import make_table
from sim.kept_cycles import kept_pace

__all__ = ["asked", "digest", "evaluated", "planned", "stored", "trained"]

DEVICE, FPS, CLOCK_MHZ = LARGE, 10, 50.0
"""Part, rate and clock that all networks are planned for."""

PART = 1000
"""Pictures that are counted before figures are kept."""

Row = dict[str, Any]


def asked() -> Row:
    """Options of `hwgen build` that all networks are planned with."""
    return {"device": DEVICE, "fps": FPS, "clock_mhz": CLOCK_MHZ}


def digest(path: Path) -> str:
    """What tells a description from another one."""
    return sha256(path.read_bytes()).hexdigest()[:16]


def trained(found: Row) -> Row:
    """What is kept of a network's training, of a row of its ``results.json``."""
    pictures = found["pictures_jpeg_test"]
    return {
        "epochs": found["epochs"],
        "seconds": found["seconds_training"],
        "seed": found["seed"],
        "images": pictures,
        "correct": round(found["accuracy_jpeg_test"] * pictures),
        "accuracy_train": found["accuracy_train"],
    }


def evaluated(path: Path, images: Path, so_far: Row | None, step: Step) -> Iterator[Row]:
    """What `hwgen eval` counts, on the golden model: of more and more of the pictures.

    Parameters
    ----------
    images : Path
        Archive of ``x`` and ``y``, as `benchmarks.jpeg_pictures` writes it.
    so_far : dict, optional
        What was given last, to go on from.
    """
    model = load_model(path)
    with np.load(images, allow_pickle=False) as archive:
        pictures, labels = archive["x"], archive["y"]
    row: Row = dict(so_far or {"images": 0, "correct": 0, "among_five": 0, "seconds": 0.0})
    row["of"] = len(labels)
    for first in range(row["images"], len(labels), PART):
        part = slice(first, first + PART)
        found = evaluate(model, pictures[part], labels[part])
        assert found.correct is not None
        assert found.top5 is not None
        row["images"] += found.images
        row["correct"] += found.correct
        row["among_five"] += round(found.top5 * found.images)
        row["seconds"] = round(row["seconds"] + found.seconds, 3)
        step(f"{path.stem}: {row['images']:,} of {len(labels):,} pictures done")
        yield dict(row)


def stored(model: Model) -> Row:
    """What a network computes and keeps, in the talk's way.

    ``pair_bits`` are the largest input and output of one layer, at 16 bits where its weights
    have more than one bit from the second layer on, else at 1 bit; ``computation`` is in MACs of
    16 bits, of which one of 1-bit weights is a sixteenth, of the convolutions that read activations
    (docs/decisions/0020-zoo.md).
    """
    rows = count_layers(model)
    inner = [row for row in rows if row.kind == "conv2d" and not row.reads_picture]
    wide = bool(inner) and all((row.weight_bits or 1) > 1 for row in inner)
    computation = Fraction(0)
    for row in inner:
        computation += Fraction(row.macs, 1 if (row.weight_bits or 1) > 1 else 16)
    return {
        "macs": sum(row.macs for row in rows if row.matrix),
        "computation": float(computation),
        "pair_bits": largest_pair(rows, 16 if wide else 1),
        "weight_bits": sum(row.weights * (row.weight_bits or 0) for row in rows if row.matrix),
    }


def planned(path: Path, step: Step) -> Row:
    """Design of a network that `hwgen build` would build for the part and the rate.

    Cycles are the simulator's, block RAMs and DSPs are counted, logic cells estimated. What does
    not fit has a ``problem`` instead.
    """
    model = load_model(path)
    try:
        design = make_sized_design(model, **asked(), progress=step)
        latency, interval = kept_pace(design.plan)
    except (FitError, FoldingError) as error:
        return {**asked(), "problem": str(error).removeprefix(f"{path}: ")}
    plan = design.plan
    total = make_table(model, plan).total.built
    assert total is not None
    found = estimate_plan(design.network, plan)
    outside = [layer for layer in plan.layers if layer.weight_storage == WeightStorage.EXTERNAL]
    return {
        **asked(),
        "latency_cycles": latency,
        "interval_cycles": interval,
        "buffer_bits": total.buffer_bits,
        "weight_bits": total.weight_bits,
        "outside_bits": sum(layer.weight_bits for layer in outside),
        "outside": [layer.name for layer in outside],
        "logic_cells": found.logic_cells,
        "ebr": found.ebr,
        "dsp": found.dsp,
    }
