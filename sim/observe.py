"""A run of the simulator as `sim run` makes it: its traffic, what is counted, files written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.files import check_writable
from hwgen.model.layers import Model
from hwgen.plan.plan import Plan
from hwgen.report.drawing import check_drawing
from sim.activity import Activity, Tally
from sim.cycle import chunks
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
    stalls: int | None, valid: str | None, ready: str | None, interval: int
) -> tuple[Traffic, str]:
    """Traffic that a user asks for, and its name.

    Parameters
    ----------
    stalls : int, optional
        Seed of random stalls; excludes the other two.
    valid, ready : str, optional
        Patterns as text; by default data is offered, or accepted, in every cycle.
    interval : int
        Cycles between frames at full rate.

    Raises
    ------
    ModelError
        If that is no traffic; names the option.
    """
    if stalls is not None:
        if valid is not None or ready is not None:
            raise ModelError("--stalls: excludes --valid and --ready")
        return random_traffic(stalls, interval), f"random stalls, seed {stalls}"
    patterns = {
        name: parse_pattern(text, f"--{name}")
        for name, text in (("valid", valid), ("ready", ready))
        if text is not None
    }
    traffic = Traffic(patterns.get("valid", ALWAYS), patterns.get("ready", ALWAYS))
    return traffic, ", ".join(f"{name} as given" for name in patterns) or "full rate"


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

    for chunk in chunks(plan, frames, traffic, progress=tell):
        tally.add(chunk)
        sketch.add(chunk)
    return tally.result(), sketch


def write_waves(
    path: Path,
    model: Model,
    plan: Plan,
    images: NDArray[np.uint8],
    traffic: Traffic,
    progress: Progress = lambda step: None,
) -> None:
    """Write the waveform of all streams, one frame a picture.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    progress("computing the waveform")
    waves = stream_waves(plan, len(images), traffic)
    values = stream_values(model, plan, images)
    progress(f"writing {path}")
    write_vcd(
        path, plan, waves, values,
        lambda done, total: progress(f"writing {path}: {done / total:.0%} done"),
    )  # fmt: skip
