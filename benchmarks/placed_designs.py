"""Networks on parts: the rows of README's table, and how one of them is measured."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.tools import ROOT, Step
from hwgen.design import DEFAULT_CLOCK_MHZ
from hwgen.jobs.build import Build, build
from hwgen.jobs.synthesise import synthesise
from hwgen.model import Model, load_model, save_model
from hwgen.model.importers import import_model
from hwgen.synth.outcome import Outcome, best_hz

__all__ = ["NETWORKS", "PLACED", "Asked", "asked_of", "measure_placed", "network_file"]

TRAINED_BY_OTHERS = ROOT.parent / "shared" / "data" / "models"

NETWORKS = {
    "face": ROOT / "models" / "face.json",
    "TFC": TRAINED_BY_OTHERS / "TFC_1W1A.onnx",
    "LFC": TRAINED_BY_OTHERS / "bnnpynq_lfcW1A1_mnist.npz",
    "CNV": TRAINED_BY_OTHERS / "bnnpynq_cnvW1A1_cifar10.npz",
    "icestick": TRAINED_BY_OTHERS / "bnn_icestick_256_10.npz",
}
"""Descriptions, and files that `hwgen import` reads, by the names of the networks."""


@dataclass(frozen=True)
class Asked:
    """A row: what a network is built for; without ``cycles`` the fastest folding that fits."""

    network: str
    device: str
    cycles: int | None = None
    clock_mhz: float = DEFAULT_CLOCK_MHZ
    seed: int = 1


PLACED = (
    Asked("icestick", "hx1k", clock_mhz=48.0),
    Asked("TFC", "up5k", clock_mhz=36.0),
    Asked("TFC", "hx8k", clock_mhz=48.0, seed=4),
    Asked("TFC", "ecp5-25", clock_mhz=80.0),
    Asked("face", "up5k", 33_000, seed=3),
    Asked("face", "ecp5-25", 8_192, 60.0),
    Asked("CNV", "ecp5-85", 14_400, 80.0),
    Asked("LFC", "ecp5-85", 1_024, 80.0),
    Asked("face", "ecp5-85", 2_048, 80.0, seed=2),
)
"""In the order in which they are measured, those that take longest last."""


def network_file(asked: Asked) -> Path | None:
    """File of a row's network; None where it is not there."""
    path = NETWORKS[asked.network]
    return path if path.is_file() else None


def asked_of(asked: Asked) -> dict[str, Any]:
    """What a measured row keeps of that which it was asked for."""
    return {
        "network": asked.network,
        "device": asked.device,
        "asked_cycles": asked.cycles,
        "asked_mhz": asked.clock_mhz,
        "seed": asked.seed,
    }


def measure_placed(asked: Asked, file: Path, work: Path, step: Step) -> dict[str, Any]:
    """Build, synthesise, place and route a network, as `hwgen build` and `hwgen synth` do.

    Parameters
    ----------
    file : Path
        The network's, as `network_file` gives it.
    work : Path
        Folder for builds; this one stays there.

    Returns
    -------
    dict
        The row for the table, as plain data.
    """
    start = time.monotonic()
    where = f"{asked.network} for {asked.device}"
    built = build(
        _description(file, work),
        work / f"{asked.network}-{asked.device}",
        device=asked.device,
        cycles=asked.cycles,
        clock_mhz=asked.clock_mhz,
        progress=lambda text: step(f"{where}: {text}"),
    )
    found = synthesise(
        built.folder, seeds=[asked.seed], progress=lambda text: step(f"{where}: {text}")
    )
    seconds = round(time.monotonic() - start, 1)
    return asked_of(asked) | _figures(built, found.outcome) | {"seconds": seconds}


def _description(file: Path, work: Path) -> Model:
    """Description in a file, or what `hwgen import` makes of the file."""
    if file.suffix == ".json":
        return load_model(file)
    model, _ = import_model(file)
    work.mkdir(parents=True, exist_ok=True)
    save_model(model, work / f"{model.name}.json")
    return load_model(work / f"{model.name}.json")


def _figures(built: Build, outcome: Outcome) -> dict[str, Any]:
    manifest, layers = built.manifest, built.design.plan.layers
    return {
        "interval_cycles": manifest["interval_cycles"],
        "latency_cycles": manifest["latency_cycles"],
        "layer_cycles": {layer.name: layer.cycles for layer in layers if layer.macs},
        "folding": built.design.plan.folding,
        "binary_macs": sum(layer.macs for layer in layers if layer.binary),
        "lut4": outcome.cells.lut4,
        "logic_cells": outcome.cells.logic_cells,
        "ff": outcome.cells.ff,
        "ebr": outcome.cells.ebr,
        "spram": outcome.cells.spram,
        "fmax_hz": best_hz(outcome.placed),
        "problem": outcome.problem,
        "tools": outcome.tools,
    }
