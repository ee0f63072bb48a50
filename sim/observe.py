"""A run of the simulator as `sim run` makes it: its traffic, what is counted, files written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.files import check_writable
from hwgen.model.layers import Model
from hwgen.plan.plan import Plan
from hwgen.report.drawing import check_drawing
from sim.activity import Activity, Tally
from sim.cycle import chunks
from sim.flow import Wanted
from sim.memories import Supply
from sim.patterns import ALWAYS, Traffic, parse_pattern, random_traffic
from sim.sketch import Sketch
from sim.transfer_values import stream_values
from sim.vcd import write_vcd
from sim.waves import stream_waves

__all__ = ["check_outputs", "choose_traffic", "observe", "write_waves"]

Progress = Callable[[str], object]


def check_outputs(timeline: Path | None, vcd: Path | None) -> None:
    """Refuse files that could not be written, before any work is done for them.

    Raises
    ------
    ModelError
        Names the file and why.
    ToolError
        If what draws pictures is missing.
    """
    if timeline is not None:
        check_drawing(timeline, "timelines")
    if vcd is not None:
        check_writable(vcd)
    if timeline is not None and vcd is not None and timeline.resolve() == vcd.resolve():
        raise ModelError(f"{vcd}: cannot be both the timeline and the waveform")


def choose_traffic(
    stalls: int | None,
    valid: str | None,
    ready: str | None,
    weights: str | None,
    supply: Supply | None,
    interval: int,
) -> tuple[Traffic, str]:
    """Traffic that a user asks for, and its name.

    Parameters
    ----------
    stalls : int, optional
        Seed of random stalls; excludes all patterns.
    valid, ready, weights : str, optional
        Patterns as text; by default data is offered, or accepted, in every cycle.
    supply : Supply, optional
        Memory that weights come from; excludes their pattern.
    interval : int
        Cycles between frames at full rate.

    Raises
    ------
    ModelError
        If that is no traffic; names the option.
    """
    given = {"valid": valid, "ready": ready, "weights-valid": weights}
    patterns = {
        name: parse_pattern(text, f"--{name}") for name, text in given.items() if text is not None
    }
    if supply is not None and weights is not None:
        raise ModelError("--memory: excludes --weights-valid")
    if stalls is not None:
        if patterns:
            raise ModelError("--stalls: excludes --valid, --ready and --weights-valid")
        traffic, said = random_traffic(stalls, interval), [f"random stalls, seed {stalls}"]
    else:
        found = [patterns.get(name, ALWAYS) for name in given]
        traffic = Traffic(found[0], found[1], weights=found[2])
        said = [f"{name} as given" for name in patterns]
    if supply is not None:
        traffic = replace(traffic, weights=supply.pattern)
        said.append(f"weights from {supply.memory.name}")
    return traffic, ", ".join(said) or "full rate"


def observe(
    plan: Plan, frames: int, traffic: Traffic, progress: Progress = lambda step: None
) -> tuple[Activity, Sketch]:
    """Simulate a run; count what happens, and gather what a timeline shows of it.

    Raises
    ------
    ModelError
        If the run can never finish: names the cycle in which it stops, and the streams that wait.
    """
    tally, sketch = Tally(plan), Sketch(plan)

    def tell(done: int, total: int) -> None:
        progress(f"simulating: {done:,} of {total:,} frames done")

    for chunk in chunks(plan, frames, traffic, wanted=Wanted(reused=True), progress=tell):
        tally.add(chunk)
        sketch.add(chunk)
    return tally.result(), sketch


def write_waves(
    path: Path,
    model: Model,
    plan: Plan,
    images: NDArray[np.integer[Any]],
    packet: NDArray[np.uint16],
    traffic: Traffic,
    progress: Progress = lambda step: None,
) -> None:
    """Write the waveform of all streams, one frame a picture.

    Parameters
    ----------
    packet : uint16 (words)
        Weights that come in with each frame, if some do.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    progress("computing the waveform")
    waves = stream_waves(plan, len(images), traffic)
    values = stream_values(model, plan, images, packet)
    progress(f"writing {path}")
    write_vcd(
        path, plan, waves, values,
        lambda done, total: progress(f"writing {path}: {done / total:.0%} done"),
    )  # fmt: skip
