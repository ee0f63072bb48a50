"""How long `hwgen build` takes, and that what it builds is exact."""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.networks import CNV_CYCLES, random_cnv
from benchmarks.tools import Step, call, children_seconds
from hwgen.build_folder import BuildFolder
from hwgen.families.devices import PARTS
from hwgen.model import save_model
from hwgen.topologies import build_model, find_topology

__all__ = ["build_large", "measure_build", "measure_exactness"]

RUNS = 3


def measure_build(model: Path, folder: Path, step: Step) -> dict[str, Any]:
    """Wall time of ``python -m hwgen build``, a first run left out: it compiles the tools.

    Parameters
    ----------
    folder : Path
        Where the build goes; it stays there.
    """
    command = [sys.executable, "-m", "hwgen", "build", model, "-o", folder]
    call(command, step, f"building {model} to warm the tools up")
    seconds, cpu_seconds = [], []
    for run in range(RUNS):
        start, cpu_start = time.perf_counter(), children_seconds()
        call(command, step, f"building {model}, run {run + 1} of {RUNS}")
        seconds.append(time.perf_counter() - start)
        cpu_seconds.append(children_seconds() - cpu_start)
    return {
        "runs": RUNS,
        "best_seconds": round(min(seconds), 3),
        "median_seconds": round(statistics.median(seconds), 3),
        "median_cpu_seconds": round(statistics.median(cpu_seconds), 3),
    }


def build_large(work: Path, step: Step) -> Path:
    """Build the largest network that is measured; returns the folder, in ``work``."""
    model, folder = work / "cnv.json", work / "cnv"
    save_model(random_cnv(), model)
    command = [sys.executable, "-m", "hwgen", "build", model, "-o", folder]
    call([*command, "--cycles", str(CNV_CYCLES)], step, "building the larger network")
    return folder


def build_outside(work: Path, step: Step) -> Path:
    """Build a network larger than its device; returns the folder, in ``work``."""
    model, folder = work / "vgg8.json", work / "vgg8"
    save_model(build_model(find_topology("vgg8")), model)
    command = [sys.executable, "-m", "hwgen", "build", model, "-o", folder]
    largest = max(PARTS.values(), key=lambda part: part.lut4)
    options = ["--device", largest.name, "--fps", "60", "--clock-mhz", "50"]
    call([*command, *options], step, "building the network with weights outside")
    return folder


def measure_exactness(folder: Path, frames: int, step: Step) -> dict[str, Any]:
    """What ``python -m hwgen verify`` finds on a build."""
    options = ["--frames", str(frames)]
    call(
        [sys.executable, "-m", "hwgen", "verify", folder, *options],
        step,
        f"verifying {frames} frames under 3 traffic patterns",
        good=(0, 1),  # 1: something differs, which verify.json tells
    )
    found = json.loads(BuildFolder(folder).verification.read_text())
    keys = ("frames", "cycles", "streams", "transfers_checked", "mismatches", "first_mismatch")
    return {key: found[key] for key in keys}
