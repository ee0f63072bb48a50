"""``hwgen reload``: other weights into a placed design."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hwgen.boards.shell import FACTS_FILE, board_files
from hwgen.console import out, steps
from hwgen.design import (
    DEFAULT_CLOCK_MHZ,
    MANIFEST_FILE,
    MAX_CLOCK_MHZ,
    Design,
    load_design,
    make_design,
    read_object,
)
from hwgen.errors import ModelError, located
from hwgen.families.devices import PARTS
from hwgen.generate import generate, write_build
from hwgen.model import Model, load_model
from hwgen.plan.units import MatrixPlan, Register, Unit
from hwgen.readers.files import is_file, read_bytes, refusing
from hwgen.readers.json_object import MAX_FILE_BYTES, parse_json
from hwgen.synth.board_flow import find_packer, pack_bitstream
from hwgen.synth.flow import LOGS
from hwgen.synth.placed import DAMAGED, PLACED_SUFFIX, PlacedDesign
from hwgen.synth.tables import find_tables, module_digests
from hwgen.verilog.memories import MemoryFiles
from sim.files import check_writable, replacing

__all__ = ["reload"]

SYNTH_FILE = "synth.json"


def reload(
    model: Annotated[
        Path, typer.Argument(help="Description of the retrained network.", metavar="MODEL.json")
    ],
    folder: Annotated[
        Path, typer.Argument(help="Folder that was synthesised for a board.", metavar="DIR")
    ],
    native: Annotated[
        bool, typer.Option("--native", help="Take the bitstream's packer on the PATH.")
    ] = False,
) -> None:
    """Put other weights of the same topology into a placed design, without placing it again.

    DIR becomes the build of MODEL.json: its files, the bitstream, and the flash image where
    weights are in SPRAM.
    """
    start = time.monotonic()
    with steps() as step:
        step(f"reading {folder}")
        old, manifest = load_design(folder)
        facts = _facts(folder, old)
        check_writable(folder / SYNTH_FILE)
        kept = folder / (facts["top"] + PLACED_SUFFIX)
        placed = PlacedDesign.load(kept)
        packer = find_packer(PARTS[facts["device"]].family, native)
        step(f"reading {model}")
        new = _same_topology(load_model(model), old, folder)
        step(f"making the design of {facts['board']}")
        files = board_files(new, facts["board"], facts["clock_mhz"], facts["baud"])
        verilog = files[facts["verilog"]].decode()
        _check_logic(placed, verilog, new, model, folder)
        result, name = _result(folder, facts["top"])
        step("loading weights")
        with located(str(kept)), refusing(DAMAGED):
            routed = placed.filled(find_tables(verilog))
        with tempfile.TemporaryDirectory() as work:
            path = Path(work) / "routed"
            path.write_text(routed)
            (folder / LOGS).mkdir(exist_ok=True)
            bitstream = pack_bitstream(packer, path, folder / LOGS, step)
        step("writing")
        latency, interval = manifest["latency_cycles"], manifest["interval_cycles"]
        build = generate(new, latency, interval, _memory_files(manifest, folder))
        write_build(folder, build)
    for file, data in {**files, name: bitstream, SYNTH_FILE: result}.items():
        with replacing(folder / file) as beside:
            beside.write_bytes(data)
    out.print(f"loaded {model} into {folder} in {time.monotonic() - start:.1f} s")
    out.print(f"wrote {', '.join((*files, name))} to {folder}")


def _facts(folder: Path, design: Design) -> dict[str, Any]:
    """What ``board.json`` says of the board that the folder was synthesised for."""
    path = folder / FACTS_FILE
    if not is_file(path):
        raise ModelError(f"{folder}: has no {FACTS_FILE}; run `hwgen synth --board` first")
    facts = read_object(path)
    text = all(isinstance(facts.get(k), str) for k in ("board", "device", "top", "verilog"))
    numbers = type(facts.get("clock_mhz")) in (int, float) and type(facts.get("baud")) is int
    if (
        not text
        or not numbers
        or facts["device"] not in PARTS
        or facts["top"] != f"{design.plan.name}_{facts['board']}"
        or facts["verilog"] != f"{facts['top']}.v"
        or not 0 < facts["clock_mhz"] < MAX_CLOCK_MHZ
    ):
        raise ModelError(f"{path}: {DAMAGED}")
    return facts


def _memory_files(manifest: Mapping[str, Any], folder: Path) -> MemoryFiles:
    """Which tables have a file of their own, as the build says."""
    try:
        return MemoryFiles(manifest.get("memory_files", MemoryFiles.LARGE))
    except ValueError as error:
        known = ", ".join(MemoryFiles)
        where = folder / MANIFEST_FILE
        raise ModelError(f"{where}: memory_files must be one of {known}; build again") from error


def _result(folder: Path, top: str) -> tuple[bytes, str]:
    """What ``synth.json`` holds, and the name of the bitstream in it."""
    path = folder / SYNTH_FILE
    with located(str(path)):
        data = read_bytes(path, MAX_FILE_BYTES)
        name = parse_json(data, "it").get("bitstream")
        if name not in (f"{top}.bin", f"{top}.bit"):
            raise ModelError("is not of this board; run `hwgen synth --board` again")
        return data, str(name)


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
    for layer, its in zip(model.layers, old.model.layers, strict=False):
        if (layer.name, layer.kind, layer.inputs) != (its.name, its.kind, its.inputs):
            raise ModelError(
                f"{about}: {layer.kind} {layer.name!r} is not its {its.kind} {its.name!r}"
            )
    if len(model.layers) != len(old.model.layers):
        raise ModelError(f"{about}: has {len(model.layers)} layers, not {len(old.model.layers)}")
    plan = old.plan
    new = make_design(
        replace(model, name=old.model.name),
        device=plan.device,
        folding=(plan.folding, str(folder)),
        clock_mhz=plan.clock_mhz or DEFAULT_CLOCK_MHZ,
    )
    if [(u.name, type(u)) for u in new.plan.units] == [(u.name, type(u)) for u in plan.units]:
        new = new.with_plan(new.plan.with_buffers({b.unit: b.size for b in plan.buffers()}))
    for unit, its in zip(new.plan.units, plan.units, strict=False):
        if unit != its:
            raise ModelError(f"{about}: layer {its.stage!r} has another shape, padding or range")
    if new.plan != plan:
        raise ModelError(f"{about}: its layers are joined differently")
    return new


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
        what = "weights" if unit.synapse_fold == 1 else "thresholds"
        return (
            f"its {what} are wired into the placed logic, as one word holds them all; build it "
            "with a smaller PE and synthesise it to make them loadable"
        )
    if isinstance(unit, Register) and unit.role == "threshold":
        return "its thresholds are wired into the placed logic; build and synthesise again"
    return (
        "these weights need other logic than what was placed, as for other ranges of its sums or "
        "other signs of gamma; build and synthesise again"
    )
