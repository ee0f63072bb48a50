"""The energy that a frame takes of a build's device, by component."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.boards.choice import built_board
from hwgen.build_folder import BuildFolder
from hwgen.design import DEFAULT_CLOCK_MHZ, Design, load_design
from hwgen.errors import ModelError, ToolError, describe
from hwgen.families.devices import find_part
from hwgen.files import check_writable
from hwgen.jobs.shell_clock import shell_clock
from hwgen.kept_results import kept
from hwgen.power.counted_work import counted_work
from hwgen.power.plan_work import plan_work
from hwgen.power.price import ClockSource, FrameEnergy, Idle, Work, price_frame
from hwgen.readers.files import read_bytes
from hwgen.readers.picture import Fit
from hwgen.synth.netlist import load_netlist, source_digest
from hwgen.verilog.memories import MAX_VERILOG_BYTES
from sim.images import check_images, random_images
from sim.pictures import load_images

__all__ = ["Activity", "Energy", "energy"]

FRAMES = 2
"""Frames that activity is counted over."""


class Activity(StrEnum):
    """Where it is known from how often nets change."""

    NETLIST = "netlist"
    VERILOG = "verilog"
    PLAN = "plan"


@dataclass(frozen=True, eq=False)
class Energy:
    """Energy of a frame of a build.

    Parameters
    ----------
    design : Design
    frame : FrameEnergy
        Joules by component, at the rate that was asked for.
    full : FrameEnergy
        The same at full rate.
    activity : Activity
        Counted on the netlist or on the emitted Verilog, or what units of a kind do in the mean.
    resources : mapping
        Of the manifest.
    pictures : str or None
        What the frames were that activity was counted over.
    seconds : float
    """

    design: Design
    frame: FrameEnergy
    full: FrameEnergy
    activity: Activity
    resources: Mapping[str, int | None]
    pictures: str | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Contents of ``energy.json``."""
        return {
            "device": self.design.plan.device,
            **_frame_json(self.frame),
            "activity": self.activity.value,
            "pictures": self.pictures,
            "full_rate": _frame_json(self.full),
            "resources": dict(self.resources),
            "seconds": self.seconds,
        }


def _frame_json(frame: FrameEnergy) -> dict[str, Any]:
    return {
        "joules_per_frame": frame.joules,
        "watts": frame.watts,
        "fps": frame.fps,
        "clock_hz": frame.clock_hz,
        "idle": frame.idle.value,
        "clock_source": frame.clock_source.value,
        "relative_uncertainty": frame.uncertainty,
        "components": [
            {"name": c.name, "joules_per_frame": c.joules, "relative_uncertainty": c.uncertainty}
            for c in frame.components
        ],
    }


def energy(
    folder: Path | str,
    images: Path | str | Sequence[Path | str] | NDArray[np.integer[Any]] | None = None,
    *,
    fps: float | None = None,
    idle: Idle | str | None = None,
    clock_source: ClockSource | str | None = None,
    frames: int | None = None,
    fit: Fit | str | None = None,
    netlist: bool = False,
    quick: bool = False,
    progress: Callable[[str], object] = lambda step: None,
    note: Callable[[str], object] = lambda text: None,
) -> Energy:
    """Energy of a frame of a build, as ``hwgen energy`` tells it.

    Writes ``energy.json`` into the folder. What is counted is kept: other rates take no time.

    Parameters
    ----------
    folder : path
        Folder of a build for a device.
    images : path, sequence of paths, or integers (frames, height, width, channels), optional
        Pictures to count over; by default noise.
    fps : float, optional
        Frames a second, by default as many as the design can have.
    idle : Idle or str
        What the clock does between frames: "running", "gated" or "stopped"; by default what it does
        on the build's board, or "stopped".
    clock_source : ClockSource or str
        What makes it: "outside", "hfosc" or "pll"; by default what does on the build's board, or
        "outside".
    frames : int, optional
        How many to count over, by default 2.
    fit : Fit or str, optional
        What is done with a picture of another size: "crop", "pad" or "stretch".
    netlist : bool
        Count on what synthesis made of the Verilog.
    quick : bool
        Simulate nothing, and take what units of a kind do in the mean.
    progress, note : callable
        Told what begins; told what was taken for granted.

    Raises
    ------
    HwgenError
        `ModelError` if there is no such build, or it is not that fast; `DeviceError` if it is for
        no device; `ToolError` if the simulator fails.
    """
    start = time.monotonic()
    build = BuildFolder(Path(folder))
    design, manifest = load_design(build.path)
    part = find_part(design.plan.device, build.path)
    clock_hz = (design.plan.clock_mhz or DEFAULT_CLOCK_MHZ) * 1e6
    _check(
        build,
        design,
        clock_hz / manifest["interval_cycles"],
        fps=fps,
        idle=idle,
        clock_source=clock_source,
        netlist=netlist,
        quick=quick,
    )
    check_writable(build.energy)
    found, pictures = None, None
    if not quick:
        shown = _pictures(design, images, frames, fit, note)
        pictures = "given" if images is not None and not _none(images) else "noise"
        found = _counted(build, design, manifest, shown, netlist, progress, note)
    if found is None:
        activity, pictures = Activity.PLAN, None
        if quick:
            note("activity is the mean of units of a kind: nothing was simulated (--quick)")
        work = plan_work(design.network, design.plan, manifest["interval_cycles"])
    else:
        activity, work = (Activity.NETLIST if netlist else Activity.VERILOG), found
    shell = shell_clock(
        built_board(build, manifest), design, clock_hz / 1e6, manifest["interval_cycles"]
    )
    priced = {
        rate: price_frame(
            part.name,
            work,
            clock_hz=clock_hz,
            fps=rate,
            idle=shell.idle if idle is None else Idle(idle),
            clock_source=shell.source if clock_source is None else ClockSource(clock_source),
            gated=shell.gated,
        )
        for rate in (fps, None)
    }
    seconds = round(time.monotonic() - start, 3)
    result = Energy(
        design, priced[fps], priced[None], activity, manifest["resources"], pictures, seconds
    )
    build.write_result(build.energy, result.to_json())
    return result


def _none(images: object) -> bool:
    return isinstance(images, list) and not images


def _check(
    build: BuildFolder,
    design: Design,
    full: float,
    *,
    fps: float | None,
    idle: str | None,
    clock_source: str | None,
    netlist: bool,
    quick: bool,
) -> None:
    """Refuse what the build cannot do."""
    for name, value, kind in (("idle", idle, Idle), ("clock_source", clock_source, ClockSource)):
        if value is not None and value not in list(kind):
            raise ModelError(f"{name} must be one of {', '.join(kind)}, not {describe(value)}")
    if netlist and quick:
        raise ModelError("--netlist and --quick exclude each other")
    if fps is None:
        return
    if not 0 < fps < inf:
        raise ModelError(f"--fps must be a positive number, not {fps!r}")
    if fps > full * (1 + 1e-9):
        raise ModelError(
            f"{build.path}: --fps {fps:g} is more than the build has: at most {full:,.6g} frames a "
            f"second at {design.plan.clock_mhz or DEFAULT_CLOCK_MHZ:g} MHz"
        )


def _pictures(
    design: Design,
    images: Path | str | Sequence[Path | str] | NDArray[np.integer[Any]] | None,
    frames: int | None,
    fit: Fit | str | None,
    note: Callable[[str], object],
) -> NDArray[np.integer[Any]]:
    if isinstance(images, np.ndarray):
        return check_images(images, design.model)[: frames or FRAMES]
    if images is None or _none(images):
        return random_images(design.model, frames or FRAMES, 1)
    return load_images(images, design.model, note, fit, frames or FRAMES)


def _counted(
    build: BuildFolder,
    design: Design,
    manifest: Mapping[str, Any],
    images: NDArray[np.integer[Any]],
    netlist: bool,
    progress: Callable[[str], object],
    note: Callable[[str], object],
) -> Work | None:
    """What is counted in a simulation; None where there is nothing to simulate with."""
    plan, interval = design.plan, manifest["interval_cycles"]
    verilog = build.verilog(plan.name)
    gates = load_netlist(build.path, plan.name) if netlist else None
    digest = source_digest(verilog)
    about = (digest, read_bytes(gates.path, MAX_VERILOG_BYTES) if gates else None, images)

    def find() -> object:
        # What simulates is slow to load, and kept counts do without.
        from sim.benches.activity_bench import count_design
        from sim.benches.verify_design import weights_beside

        work = Path(tempfile.mkdtemp(prefix="hwgen-energy-"))
        keep = False
        try:
            events = count_design(
                plan,
                verilog,
                images,
                design.model.input.bits,
                incoming=weights_beside(verilog, plan),
                latency=manifest["latency_cycles"],
                interval=interval,
                work=work,
                netlist=gates,
                progress=progress,
            )
        except ToolError:
            keep = any(work.iterdir())  # The message names a log.
            raise
        finally:
            if not keep:
                shutil.rmtree(work, ignore_errors=True)
        return [
            [[*key, amount] for key, amount in x.items()] for x in (events.events, events.waiting)
        ]

    try:
        rows = kept("activity", about, find, _are_counts)
    except ToolError as error:
        missing = any(words in str(error) for words in ("not installed", "not on the PATH"))
        if netlist or not missing:
            raise
        note(f"activity is the mean of units of a kind, as nothing can be simulated: {error}")
        return None
    assert isinstance(rows, list)
    frame, waiting = ({(unit, event): x for unit, event, x in counts} for counts in rows)
    return counted_work(design.network, plan, interval, frame, waiting)


def _are_counts(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(x, list) and all(_is_count(row) for row in x) for x in value)
    )


def _is_count(row: object) -> bool:
    return isinstance(row, list) and [type(x) for x in row] == [str, str, float]
