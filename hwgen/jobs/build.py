"""From a description to the folder of a build."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from hwgen.boards.choice import choose_board
from hwgen.boards.gating import check_gating
from hwgen.build_folder import BuildFolder
from hwgen.design import DEFAULT_CLOCK_MHZ, MAX_CLOCK_MHZ, Design, read_object
from hwgen.errors import FitError, FoldingError, ModelError, describe
from hwgen.jobs.bench_vectors import bench_vectors
from hwgen.jobs.least_energy import ANY_CLOCK, Clocks, Least, LeastEnergy, least_energy
from hwgen.jobs.sized_design import make_sized_design
from hwgen.model import Model, load_model
from hwgen.report.amounts import bytes_text
from hwgen.search.wanted import ANYTHING, Wanted
from hwgen.verilog.memories import MemoryFiles
from sim.bandwidth import Bandwidth, find_bandwidth
from sim.frame_ends import count_frames_inside
from sim.kept_cycles import kept_pace
from sim.memories import parse_memory

__all__ = ["Build", "build", "check_interval"]

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
    bandwidth : Bandwidth or None
        Pace with weights from the memory that was named; None where none was, or none lie outside.
    least : LeastEnergy or None
        What was chosen, where the least energy was asked for.
    """

    folder: Path
    design: Design
    manifest: dict[str, Any]
    files: tuple[str, ...]
    bandwidth: Bandwidth | None = None
    least: LeastEnergy | None = None


def build(
    model: Model | Path | str,
    folder: Path | str | None = None,
    *,
    device: str | None = None,
    fps: float | None = None,
    cycles: int | None = None,
    folding: Path | str | Mapping[str, Any] | None = None,
    clock_mhz: float | None = None,
    least: Least | str | None = None,
    storage: str | None = None,
    products: str | None = None,
    buffers: Mapping[str, int] | None = None,
    memory_files: MemoryFiles | str = MemoryFiles.LARGE,
    memory: str | None = None,
    keep_channels: bool = False,
    input_tlast: bool = False,
    board: str | None = None,
    baud: int | None = None,
    link: str | None = None,
    gate_clock: bool | None = None,
    progress: Progress = lambda step: None,
) -> Build:
    """Turn a description into Verilog and a manifest, as ``hwgen build`` does.

    Parameters
    ----------
    model : Model or path
        A description, or its file.
    folder : path, optional
        Folder to write, by default ``rtl_out/NAME``. It is made, or was empty or a build.
    device : str, optional
        One of `hwgen.families.devices.DEVICES`, by default that of the board, or "generic".
    fps : float, optional
        Least frames a second, at the clock.
    cycles : int, optional
        Most cycles a frame.
    folding : path or mapping, optional
        A folding file, or its contents. At most one of these three is given.
    clock_mhz : float, optional
        Clock that rates are stated for, and that pipelines are built for; by default that of the
        board's designs, or 24 MHz.
    least : Least or str, optional
        "energy": at ``fps``, the folding and the clock, no faster than ``clock_mhz`` and one that
        the board can make, that take the least energy a frame, in place of the fewest logic cells.
    storage : str, optional
        Where the weights of all layers lie: "constant", "memory", "spram" or "external"; by default
        what is best for each layer. A table of one word is "constant" with all but "external".
    products : str, optional
        What multiplies in all layers that have a choice: "logic" or "dsp".
    buffers : mapping of str to int, optional
        Sizes of some of the manifest's buffers, by unit; the others get the least sizes that keep
        the full rate.
    memory_files : MemoryFiles or str
        Which tables have a file of their own: "none", "large" or "all".
    memory : str, optional
        What weights from outside come from, such as "qspi:24" (see `sim.memories`), at the clock;
        by default what boards of the device's family have.
    keep_channels : bool
        Keep channels that change nothing, for other weights to be loaded into the design.
    input_tlast : bool
        Whether ``s_axis_tlast`` marks the last pixel of each picture, so that one that is lost
        costs a picture.
    board : str, optional
        One of `hwgen.boards.table.BOARDS`, or a TOML file of one's own: `synthesise` then makes the
        whole design of that board.
    baud : int, optional
        Rate of its serial line.
    link : str, optional
        Where its pictures come in: "uart", "spi" or "camera".
    gate_clock : bool, optional
        Whether its clocks stop while there is nothing to do.
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
    if least is not None and least not in list(Least):
        raise ModelError(f"least must be one of {', '.join(Least)}, not {describe(least)}")
    wanted = Wanted.of(storage, products)
    if least is not None and (fps is None or cycles is not None or folding is not None):
        raise FoldingError("--least energy needs --fps, and neither --cycles nor --folding")
    choice = choose_board(board, baud, link, gate_clock)
    own = DEFAULT_CLOCK_MHZ if choice is None else choice.board.clock.design_mhz
    clock_mhz = own if clock_mhz is None else clock_mhz
    if choice is not None:
        choice.check(device, clock_mhz)
        device = choice.board.device
    device = "generic" if device is None else device
    source = None if memory is None else parse_memory(memory)
    if source is not None and 0 < clock_mhz < MAX_CLOCK_MHZ:
        weights_interval = source.cycles_per_word(clock_mhz)
    else:
        weights_interval = None
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
    chosen, clocks = None, ANY_CLOCK
    if choice is not None:
        clocks = Clocks(choice, choice.clocks_mhz())
    if least is not None and fps is not None:
        chosen = least_energy(
            model,
            device=device,
            fps=fps,
            clock_mhz=clock_mhz,
            clocks=clocks,
            weights_interval=weights_interval,
            progress=progress,
            wanted=wanted,
        )
        given = (chosen.folding, model.source)
    design = make_sized_design(
        model,
        device=device,
        cycles=cycles,
        fps=None if chosen else fps,
        folding=given,
        clock_mhz=chosen.clock_mhz if chosen else clock_mhz,
        weights_interval=weights_interval,
        wanted=wanted if chosen is None else ANYTHING,
        buffers=buffers,
        keep_channels=keep_channels,
        progress=progress,
    )
    if choice is not None and choice.gate_clock:
        check_gating(design)
    progress("simulating for latency and interval")
    latency, interval = kept_pace(design.plan)
    if chosen is not None and fps is not None:
        # Where words wait for one another, a faster clock makes up for it, if one is allowed.
        exact = max(chosen.clock_mhz, min(clocks.least(fps, interval), clock_mhz))
        chosen = replace(chosen, clock_mhz=exact)
        design = design.with_plan(replace(design.plan, clock_mhz=exact))
        clock_mhz = exact
    asked = clock_mhz * 1e6 / fps if fps is not None else cycles
    check_interval(model, interval, asked)
    bandwidth = None
    if source is not None and design.plan.weights is not None:
        progress(f"simulating with weights from {source.name}")
        supply = source.at(clock_mhz, design.plan.weights.transfers_per_frame)
        bandwidth = find_bandwidth(design.plan, supply.pattern, clock_mhz)
        _check_rate(bandwidth, asked, source.name, model)
    progress("computing scores for the test bench")
    vectors = bench_vectors(design)
    frames_inside = count_frames_inside(design.plan, model.source) if input_tlast else None
    progress("generating Verilog")
    # What writes hardware takes long to import, and designs are sized without it too.
    from hwgen.generate import generate

    files, manifest = generate(
        design,
        latency,
        interval,
        MemoryFiles(memory_files),
        weights_interval,
        vectors,
        frames_inside,
        choice,
    )
    place.write(files)
    return Build(place.path, design, manifest, tuple(files), bandwidth, chosen)


def check_interval(model: Model, interval: int, asked: float | None) -> None:
    """Refuse a design that takes more cycles a frame than its units do alone.

    Parameters
    ----------
    asked : float or None
        Most cycles a frame.

    Raises
    ------
    FitError
        Says by how much.
    """
    if asked is not None and interval > asked:
        raise FitError(
            f"{model.source or model.name}: takes {interval:,} cycles a frame, more than the "
            f"{int(asked):,} asked for, as words wait for one another between its units; allow "
            "so many, or give a folding"
        )


def _check_rate(found: Bandwidth, asked: float | None, memory: str, model: Model) -> None:
    """Refuse a rate that is not reached with weights from a memory."""
    if asked is None or found.interval_cycles <= asked:
        return
    raise FitError(
        f"{model.source or model.name}: weights from {memory} are too slow for a frame in "
        f"{int(asked):,} cycles: {bytes_text(found.frame_bytes)} of them a frame allow one in "
        f"{ceil(found.interval_cycles):,}, at most {found.frames_per_second:,.4g} frames a second "
        f"at a clock of {found.clock_mhz:g} MHz"
    )
