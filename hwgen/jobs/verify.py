"""The Verilog of a build, or its netlist, held against both models."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwgen.build_folder import BuildFolder
from hwgen.design import Design, load_design
from hwgen.errors import ModelError, ToolError, describe
from hwgen.files import check_writable
from hwgen.readers.picture import Fit
from hwgen.synth.netlist import load_netlist
from sim.coverage import LayerCoverage, coverage_of, reach
from sim.images import check_images
from sim.pictures import load_images
from sim.stimulus import telling_images

if TYPE_CHECKING:
    from sim.benches.verify_design import Verdict

__all__ = ["Simulator", "Verification", "made_pictures", "verify"]

FRAMES = 4
"""Frames that a verification runs, if nobody says how many: at least, and of given pictures."""

MOST_FRAMES = 16
"""At most."""

TRANSFERS = 40_000
"""Transfers that they may need, in between."""


class Simulator(StrEnum):
    """What runs the Verilog."""

    VERILATOR = "verilator"
    ICARUS = "icarus"
    ICARUS_2005 = "icarus-2005"
    CXXRTL = "cxxrtl"


@dataclass(frozen=True, eq=False)
class Verification:
    """What a verification found.

    Parameters
    ----------
    verdict : sim.benches.verify_design.Verdict
        Transfers checked, how many differ, and the first that does.
    all_streams : int
        Streams that the design has; of a netlist those are compared that synthesis left whole.
    coverage : list of LayerCoverage
        Which thresholds and levels the pictures reach.
    simulator : Simulator
    seed : int
    netlist : bool
        Whether it was the netlist that ran.
    seconds : float
    """

    verdict: "Verdict"
    all_streams: int
    coverage: list[LayerCoverage]
    simulator: Simulator
    seed: int
    netlist: bool
    seconds: float

    @property
    def right(self) -> bool:
        """Whether every transfer is right, in value and in cycle."""
        return self.verdict.first_mismatch is None

    @property
    def totals(self) -> dict[str, dict[str, int]]:
        """Goals of coverage, and what is reached of them, over all layers."""
        goals: Counter[str] = Counter()
        reached: Counter[str] = Counter()
        for layer in self.coverage:
            goals.update(layer.goals)
            reached.update(layer.reached)
        return {"goals": dict(goals), "reached": dict(reached)}

    def to_json(self) -> dict[str, Any]:
        """Contents of ``verify.json``."""
        verdict, first = self.verdict, self.verdict.first_mismatch
        found: dict[str, Any] = {
            "frames": verdict.frames,
            "cycles": verdict.cycles,
            "streams": verdict.streams,
            "transfers_checked": verdict.transfers_checked,
            "mismatches": verdict.mismatches,
            "first_mismatch": None
            if first is None
            else {
                "layer": first.layer,
                "stream": first.stream,
                "index": first.index,
                "cycle": first.cycle,
                "what": first.what,
                "traffic": verdict.mode,
            },
            "coverage": self.totals
            | {
                "layers": [
                    {"layer": x.layer, "kind": x.kind, "constant": x.constant}
                    | {"goals": x.goals, "reached": x.reached}
                    for x in self.coverage
                ]
            },
            "simulator": self.simulator.value,
            "seed": self.seed,
            "seconds": self.seconds,
        }
        return found | ({"netlist": True} if self.netlist else {})


def verify(
    folder: Path | str,
    images: Path | str | Sequence[Path | str] | NDArray[np.integer[Any]] | None = None,
    *,
    frames: int | None = None,
    fit: Fit | str | None = None,
    seed: int = 1,
    simulator: Simulator | str = Simulator.VERILATOR,
    netlist: bool = False,
    keep: bool = False,
    progress: Callable[[str], object] = lambda step: None,
    note: Callable[[str], object] = lambda text: None,
) -> Verification:
    """Hold each transfer of each stream of a build against both models, as ``hwgen verify`` does.

    Writes ``verify.json`` into the folder.

    Parameters
    ----------
    folder : path
        Folder of a build.
    images : path, sequence of paths, or integers (frames, height, width, channels), optional
        Pictures; by default they are made to reach many thresholds.
    frames : int, optional
        How many to run, at least 1; by default 4, and up to 16 in small designs.
    fit : Fit or str, optional
        What is done with a picture of another size: "crop", "pad" or "stretch".
    seed : int
        Of stalls, resets and pictures.
    simulator : Simulator or str
        "verilator", "icarus", "icarus-2005" or "cxxrtl".
    netlist : bool
        Run what synthesis made of the Verilog, cell by cell.
    keep : bool
        Keep bench and logs in the folder ``verify`` of the build.
    progress, note : callable
        Told what begins; told what was done to a picture to make it fit.

    Returns
    -------
    Verification
        A mismatch is no error here: see its ``right``.

    Raises
    ------
    ModelError
        If there is no such build or picture.
    ToolError
        If the simulator is missing or fails; names the log, which is kept then.
    """
    # Imported here because cocotb is slow to import and only this needs it.
    from sim.benches.verify_design import traffic_modes, verify_design

    start = time.monotonic()
    if simulator not in list(Simulator):
        known = ", ".join(Simulator)
        raise ModelError(f"simulator must be one of {known}, not {describe(simulator)}")
    simulator, build = Simulator(simulator), BuildFolder(Path(folder))
    design, manifest = load_design(build.path)
    gates = load_netlist(build.path, design.plan.name) if netlist else None
    if gates is not None and simulator is Simulator.CXXRTL:
        raise ModelError("--netlist runs on verilator or icarus, not on cxxrtl")
    tlast = manifest.get("input_tlast") is True
    if tlast and simulator is Simulator.CXXRTL:
        raise ModelError("--input-tlast is verified on verilator or icarus, not on cxxrtl")
    check_writable(build.verification)
    pictures = _pictures(design, images, frames, fit, seed, note)
    interval = manifest["interval_cycles"]
    # The simulator runs in a folder of its own.
    work = build.bench.resolve() if keep else Path(tempfile.mkdtemp(prefix="hwgen-verify-"))
    if keep:
        shutil.rmtree(work, ignore_errors=True)
    try:
        verdict = verify_design(
            design.model,
            design.plan,
            build.verilog(design.plan.name),
            pictures,
            modes=traffic_modes(seed, interval),
            resets=(seed, interval),
            tlast=tlast,
            simulator=simulator.value,
            work=work,
            progress=progress,
            netlist=gates,
        )
    except ToolError:
        keep = True  # The message names a log.
        raise
    finally:
        if not keep or not any(work.iterdir()):
            shutil.rmtree(work, ignore_errors=True)
    coverage = coverage_of(reach(design.model, pictures))
    seconds = round(time.monotonic() - start, 3)
    found = Verification(
        verdict, len(design.plan.streams), coverage, simulator, seed, netlist, seconds
    )
    build.write_result(build.verification, found.to_json())
    return found


def made_pictures(design: Design, frames: int | None, seed: int) -> NDArray[np.integer[Any]]:
    """So many pictures, or as many as a design of this size deserves."""
    if frames is not None:
        return telling_images(design.model, frames, seed)
    per_frame = sum(stream.transfers_per_frame for stream in design.plan.streams)
    most = min(max(TRANSFERS // per_frame, FRAMES), MOST_FRAMES)
    return telling_images(design.model, most, seed)


def _pictures(
    design: Design,
    images: Path | str | Sequence[Path | str] | NDArray[np.integer[Any]] | None,
    frames: int | None,
    fit: Fit | str | None,
    seed: int,
    note: Callable[[str], object],
) -> NDArray[np.integer[Any]]:
    if isinstance(images, np.ndarray):
        return check_images(images, design.model)[: frames or FRAMES]
    if images is None or images == []:
        return made_pictures(design, frames, seed)
    return load_images(images, design.model, note, fit, frames or FRAMES)
