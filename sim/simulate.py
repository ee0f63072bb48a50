"""A run of golden model and cycle simulator over pictures, as ``sim run`` makes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.design import DEFAULT_CLOCK_MHZ, Design, load_design
from hwgen.errors import ModelError
from hwgen.jobs.sized_design import make_sized_design
from hwgen.model import Model, load_model
from hwgen.readers.files import is_folder
from hwgen.readers.picture import Fit
from hwgen.weight_packet import weight_packet
from sim import golden
from sim.activity import Activity
from sim.bandwidth import Bandwidth, find_bandwidth
from sim.golden import GoldenResult
from sim.images import check_images
from sim.kept_cycles import kept_pace
from sim.memories import parse_memory
from sim.observe import check_outputs, choose_traffic, observe, write_waves
from sim.patterns import ALWAYS
from sim.pictures import load_images
from sim.timeline import draw_timeline
from sim.vcd import check_size

__all__ = ["Simulation", "simulate"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """What networks and hardware do with some pictures, frame after frame.

    Parameters
    ----------
    design : Design
    scores : GoldenResult
        Scores and classes of each frame.
    activity : Activity
        Cycles of the run, and what layers and buffers did in it.
    latency_cycles, interval_cycles : int
        At full rate.
    traffic : str
        What the outside world did.
    weights : Bandwidth or None
        What weights from outside take of their memory; None where none lie there.
    memory : str or None
        Its name, where one was asked for.
    """

    design: Design
    scores: GoldenResult
    activity: Activity
    latency_cycles: int
    interval_cycles: int
    traffic: str
    weights: Bandwidth | None
    memory: str | None


def simulate(
    source: Model | Path | str,
    images: Path | str | Sequence[Path | str] | NDArray[np.integer[Any]],
    *,
    frames: int | None = None,
    fit: Fit | str | None = None,
    stalls: int | None = None,
    valid: str | None = None,
    ready: str | None = None,
    weights_valid: str | None = None,
    memory: str | None = None,
    timeline: Path | str | None = None,
    vcd: Path | str | None = None,
    processes: int | None = 1,
    progress: Callable[[str], object] = lambda step: None,
    note: Callable[[str], object] = lambda text: None,
) -> Simulation:
    """Compute scores and classes, and the cycles that hardware takes, as ``sim run`` does.

    Parameters
    ----------
    source : Model or path
        A description, its file, or the folder of a build. For a description the hardware is what
        `hwgen.build` makes of it without options.
    images : path, sequence of paths, or integers (frames, height, width, channels)
        Pictures.
    frames : int, optional
        How many to run, by default all; beyond those given they come again from the first one on.
    fit : Fit or str, optional
        What is done with a picture of another size: "crop", "pad" or "stretch".
    stalls : int, optional
        Random stalls from this seed.
    valid, ready : str, optional
        When pixels are offered, and scores accepted: a bit a cycle, repeated; by default always.
    weights_valid : str, optional
        When weights from outside are offered, likewise.
    memory : str, optional
        What these come from, such as "qspi:24" (see `sim.memories`), at the clock of the design.
    timeline, vcd : path, optional
        Files to write: a picture of layers and frames over time, and the waveform of all streams.
    processes : int or None
        Processes for the golden model; None for as many as the work is worth, for which the
        program's main module must be one that can be imported.
    progress, note : callable
        Told what begins; told what was done to a picture to make it fit.

    Returns
    -------
    Simulation

    Raises
    ------
    HwgenError
        For what cannot be read, run or written; names the file.
    """
    timeline, vcd = (None if x is None else Path(x) for x in (timeline, vcd))
    check_outputs(timeline, vcd)
    source_memory = None if memory is None else parse_memory(memory)
    if isinstance(source, Model):
        design, model = None, source
    else:
        progress(f"reading {source}")
        source = Path(source)
        design = load_design(source)[0] if is_folder(source) else None
        model = load_model(source) if design is None else design.model
    if isinstance(images, np.ndarray):
        pictures = check_images(images, model)
    else:
        pictures = load_images(images, model, note, fit, frames)
    if design is None:
        design = make_sized_design(model, progress=progress)
        model = design.model
    _check_weights(design, weights_valid, memory)
    frames = frames or len(pictures)
    pictures = pictures[:frames]
    picture_of = np.arange(frames) % len(pictures)
    if vcd is not None:
        check_size(design.plan, frames)
    progress("simulating for latency and interval")
    latency, interval = kept_pace(design.plan)
    clock = design.plan.clock_mhz or DEFAULT_CLOCK_MHZ
    words = design.plan.weights.transfers_per_frame if design.plan.weights else 0
    supply = source_memory and source_memory.at(clock, words)
    traffic, traffic_name = choose_traffic(stalls, valid, ready, weights_valid, supply, interval)
    weights = None
    if words:
        progress("simulating for the pace of weights")
        pattern = traffic.weights if supply or weights_valid else ALWAYS
        weights = find_bandwidth(design.plan, pattern, clock)
    progress("simulating the run")
    activity, sketch = observe(design.plan, frames, traffic, progress)
    progress("computing scores")
    scores = golden.run(
        model,
        pictures,
        lambda done, total: progress(f"computed {done} of {total} pictures"),
        keep=False,
        processes=processes,
    )
    if timeline is not None:
        progress(f"drawing {timeline}")
        draw_timeline(timeline, sketch, interval=interval, frames=frames, traffic=traffic_name)
    if vcd is not None:
        packet = weight_packet(design.network, design.plan)
        write_waves(vcd, model, design.plan, pictures[picture_of], packet, traffic, progress)
    return Simulation(
        design, scores.taken(picture_of), activity, latency, interval, traffic_name, weights, memory
    )


def _check_weights(design: Design, pattern: str | None, memory: str | None) -> None:
    """Refuse to say when weights come of a design that has them all inside."""
    asked = "--memory" if memory is not None else "--weights-valid"
    if design.plan.weights is None and (memory is not None or pattern is not None):
        raise ModelError(
            f"{asked}: {design.plan.name} gets no weights from outside: all lie in the design"
        )
