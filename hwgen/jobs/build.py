"""From a description to the folder of a build."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwgen.build_folder import BuildFolder
from hwgen.design import DEFAULT_CLOCK_MHZ, Design, make_design, read_object
from hwgen.errors import ModelError, describe
from hwgen.estimates.estimate import cheaper_buffers
from hwgen.generate import generate
from hwgen.model import Model, load_model
from hwgen.verilog.memories import MemoryFiles
from sim.cycle import steady_state
from sim.sizing import override_buffers, size_buffers

__all__ = ["Build", "build", "make_sized_design"]

Progress = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Build:
    """What a build came to.

    Parameters
    ----------
    folder : Path
        Where it is.
    design : Design
        Description, integer network and plan.
    manifest : dict
        As it was written; ``docs/contracts.md`` has its keys.
    files : tuple of str
        Names of the files, the manifest last.
    """

    folder: Path
    design: Design
    manifest: dict[str, Any]
    files: tuple[str, ...]


def build(
    model: Model | Path | str,
    folder: Path | str | None = None,
    *,
    device: str = "generic",
    fps: float | None = None,
    cycles: int | None = None,
    folding: Path | str | Mapping[str, Any] | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    buffers: Mapping[str, int] | None = None,
    memory_files: MemoryFiles | str = MemoryFiles.LARGE,
    progress: Progress = lambda step: None,
) -> Build:
    """Turn a description into Verilog and a manifest, as ``hwgen build`` does.

    Parameters
    ----------
    model : Model or path
        A description, or its file.
    folder : path, optional
        Folder to write, by default ``rtl_out/NAME``. It is made, or was empty or a build.
    device : str
        One of `hwgen.plan.devices.DEVICES`.
    fps : float, optional
        Least frames a second, at the clock.
    cycles : int, optional
        Most cycles a frame.
    folding : path or mapping, optional
        A folding file, or its contents. At most one of these three is given.
    clock_mhz : float
        Clock that rates are stated for, and that pipelines are built for.
    buffers : mapping of str to int, optional
        Sizes of some of the manifest's buffers, by unit; the others get the least sizes that keep
        the full rate.
    memory_files : MemoryFiles or str
        Which tables have a file of their own: "none", "large" or "all".
    progress : callable
        Told what begins.

    Returns
    -------
    Build

    Raises
    ------
    HwgenError
        `ModelError`, `FoldingError`, `DeviceError` or `FitError`: what cannot be built and why, in
        a sentence that names file, layer and constraint. Nothing is written then.
    """
    if memory_files not in list(MemoryFiles):
        known = ", ".join(MemoryFiles)
        raise ModelError(f"memory_files must be one of {known}, not {describe(memory_files)}")
    if folder is not None:
        BuildFolder(Path(folder)).check()
    if not isinstance(model, Model):
        progress(f"reading {model}")
        model = load_model(model)
    place = BuildFolder(Path(folder) if folder is not None else Path("rtl_out") / model.name)
    place.check()
    if isinstance(folding, Path | str):
        given = (read_object(Path(folding)), str(folding))
    else:
        given = None if folding is None else (folding, "folding")
    design = make_sized_design(
        model,
        device=device,
        cycles=cycles,
        fps=fps,
        folding=given,
        clock_mhz=clock_mhz,
        buffers=buffers,
        progress=progress,
    )
    progress("simulating for latency and interval")
    latency, interval = steady_state(design.plan)
    progress("generating Verilog")
    files, manifest = generate(design, latency, interval, MemoryFiles(memory_files))
    place.write(files)
    return Build(place.path, design, manifest, tuple(files))


def make_sized_design(
    model: Model,
    *,
    device: str = "generic",
    fps: float | None = None,
    cycles: int | None = None,
    folding: tuple[Mapping[str, Any], str] | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    buffers: Mapping[str, int] | None = None,
    progress: Progress = lambda step: None,
) -> Design:
    """Design that `build` builds, and nothing written; see there and `hwgen.design.make_design`.

    Raises
    ------
    HwgenError
        For what cannot be built; names file, layer and constraint.
    """
    progress("folding")
    design = make_design(
        model, device=device, cycles=cycles, fps=fps, folding=folding, clock_mhz=clock_mhz
    )
    progress("sizing buffers")
    fixed = override_buffers(design.plan, dict(buffers or {}), model.source)
    sized = size_buffers(design.plan, fixed, progress)
    ample = design.plan.with_buffers(fixed)
    return design.with_plan(cheaper_buffers(design.network, ample, sized))
