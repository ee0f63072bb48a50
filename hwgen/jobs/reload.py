"""Other weights into a placed design, without placing it again."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

from hwgen.boards.choice import built_board
from hwgen.boards.shell import board_files
from hwgen.build_folder import PIXELS_SUFFIX, SCORES_SUFFIX, BuildFolder
from hwgen.compress.exact import remove_as_many
from hwgen.design import (
    DEFAULT_CLOCK_MHZ,
    Design,
    load_design,
    make_design,
)
from hwgen.errors import ModelError, located
from hwgen.files import check_writable, write_whole
from hwgen.generate import generate
from hwgen.jobs.bench_vectors import bench_vectors
from hwgen.jobs.placed_board import find_placed_board, synthesis_result
from hwgen.model import Model, infer_shapes, load_model
from hwgen.plan.units import MatrixPlan, Register, Unit
from hwgen.readers.files import is_file, refusing
from hwgen.synth.board_flow import find_packer, pack_bitstream
from hwgen.synth.constant_tables import find_tables, module_digests
from hwgen.synth.placed import DAMAGED, PlacedDesign
from hwgen.verilog.memories import MemoryFiles
from sim.frame_ends import count_frames_inside

__all__ = ["reload"]


def reload(
    model: Path | str,
    folder: Path | str,
    *,
    native: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> tuple[str, ...]:
    """Put other weights of the same topology into a placed design, as ``hwgen reload`` does.

    The folder becomes the build of the description: its files, the bitstream, and the flash image
    where weights are in SPRAM. Of a folder for no board that is possible where nothing differs but
    weights that come from outside.

    Parameters
    ----------
    model : path
        Description of the retrained network.
    folder : path
        Folder that was synthesised for a board.
    native : bool
        Take the bitstream's packer on the PATH.
    progress : callable
        Told what begins.

    Returns
    -------
    tuple of str
        Names of the board's files that were written, the bitstream last.

    Raises
    ------
    ModelError
        If it is another topology, or the weights need other logic than what was placed; names the
        layer.
    ToolError
        If the packer is missing or fails.
    """
    build, model = BuildFolder(Path(folder)), Path(model)
    folder = build.path
    progress(f"reading {folder}")
    old, manifest = load_design(folder)
    if old.plan.weights is not None and not is_file(build.board):
        progress(f"reading {model}")
        new = _same_topology(load_model(model), old, folder)
        return _outside_alone(new, build, manifest, model)
    target = find_placed_board(build, old.plan.name)
    facts = target.facts
    check_writable(build.synthesis)
    kept = build.placed(target.top)
    placed = PlacedDesign.load(kept)
    packer = find_packer(target.board.family, native)
    progress(f"reading {model}")
    new = _same_topology(load_model(model), old, folder)
    progress(f"making the design of {facts['board']}")
    files = board_files(
        new, target.board, facts["clock_mhz"], facts["baud"], facts["input"],
        gate_clock=facts["gate_clock"],
    )  # fmt: skip
    verilog = files[facts["verilog"]].decode()
    _check_logic(placed, verilog, new, model, folder)
    result, name = synthesis_result(build, target.top)
    progress("loading weights")
    with located(str(kept)), refusing(DAMAGED):
        routed = placed.filled(find_tables(verilog))
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "routed"
        path.write_text(routed)
        build.synthesis_logs.mkdir(exist_ok=True)
        bitstream = pack_bitstream(packer, path, build.synthesis_logs, progress)
    progress("writing")
    build.write(_files(new, build, manifest))
    for file, data in {**files, name: bitstream, build.synthesis.name: result}.items():
        write_whole(folder / file, data)
    return (*files, name)


def _files(design: Design, build: BuildFolder, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Files of a build with the figures of the one before."""
    latency, interval = manifest["latency_cycles"], manifest["interval_cycles"]
    memory_files, pace = _memory_files(manifest, build), _weights_interval(manifest)
    vectors, inside = bench_vectors(design), None
    if manifest.get("input_tlast") is True:
        inside = count_frames_inside(design.plan, str(build.path))
    board = built_board(build, manifest)
    return generate(design, latency, interval, memory_files, pace, vectors, inside, board)[0]


def _outside_alone(
    design: Design, build: BuildFolder, manifest: Mapping[str, Any], model: Path
) -> tuple[str, ...]:
    """Write other weights from outside into a build for no board."""
    made = _files(design, build, manifest)
    name = design.plan.name
    weights = build.weights(name).name
    # What follows from weights.
    follow = {weights, name + PIXELS_SUFFIX, name + SCORES_SUFFIX}
    digests = manifest.get("sha256")
    known = digests if isinstance(digests, dict) else {}
    for name, data in made.items():
        if name in (*follow, build.model.name, build.manifest.name):
            continue
        if sha256(data).hexdigest() != known.get(name):
            raise ModelError(
                f"{model}: more than weights from outside differs from {build.path}: {name} would "
                "be another; build it anew"
            )
    build.write(made)
    return (weights,)


def _memory_files(manifest: Mapping[str, Any], build: BuildFolder) -> MemoryFiles:
    """Which tables have a file of their own, as the build says."""
    try:
        return MemoryFiles(manifest.get("memory_files", MemoryFiles.LARGE))
    except ValueError as error:
        known = ", ".join(MemoryFiles)
        raise ModelError(
            f"{build.manifest}: memory_files must be one of {known}; build again"
        ) from error


def _weights_interval(manifest: Mapping[str, Any]) -> Fraction | None:
    """Cycles in which a word of weights comes, as the build says."""
    weights = manifest.get("weights")
    found = weights.get("cycles_per_word") if isinstance(weights, dict) else None
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 < found < inf:
        return None
    return Fraction(found)


def _same_topology(model: Model, old: Design, folder: Path) -> Design:
    """Design of other weights, with folding and buffers of the old one.

    Raises
    ------
    ModelError
        If the network is another one; names the first layer that differs.
    """
    about = f"{model.source}: is not of the topology of {folder}"
    mine, other = model.input, old.model.input
    if (mine.height, mine.width, mine.channels) != (other.height, other.width, other.channels):
        raise ModelError(f"{about}: its pictures are another size")
    if mine.number_type != other.number_type:
        raise ModelError(f"{about}: its pixels are {mine.number_type}, not {other.number_type}")
    for layer, its in zip(model.layers, old.model.layers, strict=False):
        if (layer.name, layer.kind, layer.inputs) != (its.name, its.kind, its.inputs):
            raise ModelError(
                f"{about}: {layer.kind} {layer.name!r} is not its {its.kind} {its.name!r}"
            )
    if len(model.layers) != len(old.model.layers):
        raise ModelError(f"{about}: has {len(model.layers)} layers, not {len(old.model.layers)}")
    plan = old.plan
    model, removed = _without_channels(model, old, folder)
    new = make_design(
        replace(model, name=old.model.name),
        device=plan.device,
        folding=(plan.folding, str(folder)),
        clock_mhz=plan.clock_mhz or DEFAULT_CLOCK_MHZ,
    )
    new = replace(new, removed=removed)
    if [(u.name, type(u)) for u in new.plan.units] == [(u.name, type(u)) for u in plan.units]:
        new = new.with_plan(new.plan.with_buffers({b.unit: b.size for b in plan.buffers()}))
    for unit, its in zip(new.plan.units, plan.units, strict=False):
        if unit != its:
            raise ModelError(f"{about}: layer {its.stage!r} has another shape, padding or range")
    if new.plan != plan:
        raise ModelError(f"{about}: its layers are joined differently")
    return new


def _without_channels(
    model: Model, old: Design, folder: Path
) -> tuple[Model, Mapping[str, Any] | None]:
    """Other weights without as many channels as the build is without; and what was left out.

    Raises
    ------
    ModelError
        If with these weights more are needed; names the layer.
    """
    shapes, wanted = infer_shapes(model), infer_shapes(old.model)
    layers = (old.removed or {}).get("layers")
    left = {
        name: wanted[name][2]
        for layer in (layers if isinstance(layers, list) else ())
        if isinstance(layer, dict)
        and (name := layer.get("name")) in wanted
        # Of a description that is without them already there is nothing to leave out.
        and shapes[name][2] == layer.get("channels") != wanted[name][2]
    }
    if not left:
        return model, old.removed
    made, report = remove_as_many(model, left, f"the build in {folder}")
    return made, report.figures()


def _check_logic(
    placed: PlacedDesign, verilog: str, design: Design, model: Path, folder: Path
) -> None:
    """Refuse weights that need other logic than what was placed."""
    digests = module_digests(verilog)
    changed = {name for name in {*digests, *placed.digests}
               if digests.get(name) != placed.digests.get(name)}  # fmt: skip
    if not changed:
        return
    for unit in design.plan.units:
        if any(f".core.{unit.name}." in f"{name}." for name in changed):
            raise ModelError(f"{model}: layer {unit.stage!r}: {_reason(unit)}")
    raise ModelError(
        f"{folder}: was synthesised by another version of this program; synthesise it again"
    )


def _reason(unit: Unit) -> str:
    """Why the logic of a unit depends on weights."""
    if isinstance(unit, MatrixPlan) and unit.neuron_fold == 1:
        what = "weights" if unit.synapse_fold == 1 and not unit.external else "thresholds"
        return (
            f"its {what} are wired into the placed logic, as one word holds them all; build it "
            "with a smaller PE and synthesise it to make them loadable"
        )
    if isinstance(unit, Register) and unit.role != "levels":
        return "its thresholds are wired into the placed logic; build and synthesise again"
    return (
        "these weights need other logic than what was placed, as for other ranges of its sums or "
        "other signs of gamma; build and synthesise again"
    )
