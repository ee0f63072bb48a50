"""Simulators of the same designs on the same frames, a thread each: cycles per second."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.simulators import cxxrtl, icarus, in_python, verilator
from benchmarks.simulators.job import Job, Run, unsigned_scores
from benchmarks.tools import Step
from hwgen.build_folder import BuildFolder
from hwgen.errors import MismatchError, ToolError
from hwgen.model import load_model
from sim import golden
from sim.cycle import simulate
from sim.images import random_images

__all__ = ["NAMES", "measure_speed", "speed_table"]


@dataclass(frozen=True)
class Simulated:
    """A simulator: its name, and one frame in how many it runs of those that there are."""

    name: str
    measure: Callable[[Job, int, Step], Run]
    share: int = 1


SIMULATORS = {
    "sim": Simulated("sim", in_python.measure_sim),
    "verilator": Simulated("Verilator -O3", verilator.measure),
    "cxxrtl": Simulated("CXXRTL", cxxrtl.measure),
    "icarus": Simulated("Icarus", icarus.measure, share=50),
    "pysim": Simulated("Amaranth", in_python.measure_pysim, share=100),
}

NAMES = {key: simulated.name for key, simulated in SIMULATORS.items()}

NEEDED = ("sim", "verilator")
"""Without these there is no ratio; they run under random stalls too."""

SEED = 1
"""Of the random stalls."""


def measure_speed(build: Path, work: Path, frames: int, step: Step) -> dict[str, Any]:
    """Words and cycles of all streams from ``sim``, against the scores alone from the others.

    All at full rate, and ``sim`` and Verilator under random stalls too. Each simulator has one
    thread. Processor time is what counts, since it does not depend on what else runs. Slow
    simulators run the first frames only.

    Parameters
    ----------
    build : Path
        Folder of a build.
    work : Path
        Folder for what is made; it must not exist.
    frames : int
        Frames that the fast simulators run.

    Returns
    -------
    dict
        ``name``, ``frames``, ``interval_cycles``, ``macs``; and ``simulators``, for each that could
        run its figures, for the others ``error``; ``stalled`` likewise, under random stalls.

    Raises
    ------
    ToolError
        If Verilator is missing or fails.
    MismatchError
        If one has other scores, or another number of cycles, than the models.
    """
    work.mkdir(parents=True)
    folder = BuildFolder(build)
    images = random_images(load_model(folder.model), frames, seed=1)
    job = Job(build, images, work)
    manifest = folder.read_manifest()
    found: dict[str, dict[str, Any]] = {}
    for key, simulated in SIMULATORS.items():
        count = max(1, frames // simulated.share)
        try:
            run = simulated.measure(job, count, step)
        except ToolError as error:
            if key in NEEDED:
                raise
            found[key] = {"error": str(error)}
            continue
        _check(job, count, run, simulated.name)
        found[key] = _figures(run, count)
    stalled: dict[str, dict[str, Any]] = {}
    job = replace(job, stalls=SEED)
    for key in NEEDED:
        run = SIMULATORS[key].measure(job, frames, step)
        _check(job, frames, run, SIMULATORS[key].name)
        stalled[key] = _figures(run, frames)
    for group in (found, stalled):
        base = group["verilator"]["cycles_per_second"]
        for figures in group.values():
            if "cycles_per_second" in figures:
                figures["ratio_to_verilator"] = round(figures["cycles_per_second"] / base, 4)
    return {
        "name": manifest["name"],
        "frames": frames,
        "interval_cycles": manifest["interval_cycles"],
        "macs": manifest["macs"],
        "simulators": found,
        "stalled": stalled,
    }


def _figures(run: Run, frames: int) -> dict[str, Any]:
    return {
        "frames": frames,
        "cycles": run.cycles,
        "seconds": round(run.seconds, 4),
        "cpu_seconds": round(run.cpu_seconds, 4),
        "cycles_per_second": round(run.cycles / run.cpu_seconds),
        **{name: round(value, 4) for name, value in run.parts.items()},
    }


def speed_table(network: Mapping[str, Any]) -> Table:
    """Cycles a second of each simulator, for a terminal of 80 columns."""
    found = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title_justify="left")
    found.title = f"{network['name']}, {network['interval_cycles']:,} cycles a frame"
    for column in ("simulator", "frames", "cycles/s", "to Verilator"):
        found.add_column(column, justify="left" if column == "simulator" else "right")
    for key, figures in network["simulators"].items():
        if "cycles_per_second" in figures:
            speed, ratio = figures["cycles_per_second"], figures["ratio_to_verilator"]
            found.add_row(NAMES[key], f"{figures['frames']}", f"{speed:,}", f"{ratio:.4g}")
        else:
            found.add_row(NAMES[key], "-", "-", "-")
            found.caption = f"{found.caption or ''}{NAMES[key]} left out: {figures['error']}. "
    for key, figures in network.get("stalled", {}).items():
        speed, ratio = figures["cycles_per_second"], figures["ratio_to_verilator"]
        found.add_row(f"{NAMES[key]}, stalls", f"{figures['frames']}", f"{speed:,}", f"{ratio:.4g}")
    return found


def _check(job: Job, frames: int, run: Run, name: str) -> None:
    """Hold what a simulator says against both models."""
    design = job.design()
    scores = golden.run(design.model, job.images[:frames], keep=False).scores
    expected = {
        "scores": unsigned_scores(design, scores),
        "cycles": simulate(design.plan, frames, job.traffic, streams=()).cycles,
    }
    for key, value in expected.items():
        if getattr(run, key) != value:
            raise MismatchError(f"{job.build}: {name} differs from the models in {key}")
