"""``hwgen verify``: hold the Verilog, or the synthesised netlist, against both models."""

import json
import shutil
import tempfile
import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from hwgen.console import count, note, out, steps
from hwgen.design import Design, load_design
from hwgen.errors import MismatchError, ModelError, ToolError
from hwgen.synth.netlist import load_netlist
from sim.coverage import LayerCoverage, coverage_of, reach
from sim.files import check_writable, replacing
from sim.images import load_images
from sim.stimulus import telling_images

__all__ = ["Simulator", "made_pictures", "verify"]


FRAMES = 4
"""Frames that a verification runs, if nobody says how many: at least, and of given pictures."""

MOST_FRAMES = 16
"""At most."""

TRANSFERS = 40_000
"""Transfers that they may need, in between."""

RESULT = "verify.json"


class Simulator(StrEnum):
    """What runs the Verilog."""

    VERILATOR = "verilator"
    ICARUS = "icarus"
    ICARUS_2005 = "icarus-2005"
    CXXRTL = "cxxrtl"


def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.", metavar="DIR")],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Pictures (.npy, .png, .jpg, .bmp); can be given again. Default: made to reach "
            "thresholds.",
            metavar="X",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            help="Frames to run; default: 4, and up to 16 in small designs.",
            min=1,
            metavar="N",
        ),
    ] = None,
    stalls: Annotated[
        int, typer.Option(help="Seed of the random stalls and pictures.", min=0, metavar="SEED")
    ] = 1,
    simulator: Annotated[
        Simulator,
        typer.Option(
            help="What runs the Verilog; cxxrtl for large designs, needs hwgen[synth]; icarus "
            "reads SystemVerilog-2012."
        ),
    ] = Simulator.VERILATOR,
    netlist: Annotated[
        bool,
        typer.Option("--netlist", help="Run what `hwgen synth` made of it, cell by cell."),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep bench, logs and traces in DIR/verify.")
    ] = False,
) -> None:
    """Prove each transfer of each stream right, in value and in cycle.

    Runs the emitted Verilog at full rate, under random stalls, with ready only after valid, and
    with resets in mid-frame. What is not offered is noise to it.

    Exits with 1 where anything differs.
    """
    # Imported here because cocotb is slow to import and only this command needs it.
    from sim.benches.verify import traffic_modes, verify_design

    start = time.monotonic()
    design, manifest = load_design(folder)
    verilog = folder / f"{manifest['top']}.v"
    gates = load_netlist(folder, design.plan.name) if netlist else None
    if gates is not None and simulator is Simulator.CXXRTL:
        raise ModelError("--netlist runs on verilator or icarus, not on cxxrtl")
    check_writable(folder / RESULT)
    if not images:
        pictures = made_pictures(design, frames, stalls)
    else:
        pictures = load_images(images, design.model, note)[: frames or FRAMES]
    # The simulator runs in a folder of its own.
    work = (folder / "verify").resolve() if keep else Path(tempfile.mkdtemp(prefix="hwgen-verify-"))
    if keep:
        shutil.rmtree(work, ignore_errors=True)
    try:
        with steps() as step:
            verdict = verify_design(
                design.model,
                design.plan,
                verilog,
                pictures,
                modes=traffic_modes(stalls, manifest["interval_cycles"]),
                resets=(stalls, manifest["interval_cycles"]),
                simulator=simulator.value,
                work=work,
                progress=step,
                netlist=gates,
            )
    except ToolError:
        keep = True  # The message names a log.
        raise
    finally:
        if not keep or not any(work.iterdir()):
            shutil.rmtree(work, ignore_errors=True)
    first = verdict.first_mismatch
    coverage = coverage_of(reach(design.model, pictures))
    result: dict[str, Any] = {
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
        "coverage": _totals(coverage)
        | {
            "layers": [
                {"layer": x.layer, "kind": x.kind, "constant": x.constant}
                | {"goals": x.goals, "reached": x.reached}
                for x in coverage
            ]
        },
        "simulator": simulator.value,
        "seed": stalls,
        "seconds": round(time.monotonic() - start, 3),
    }
    if netlist:
        result["netlist"] = True
    with replacing(folder / RESULT) as beside:
        beside.write_text(json.dumps(result, indent=1) + "\n")
    if first is not None:
        raise MismatchError(
            f"{folder}: layer {first.layer!r}: transfer {first.index} of stream {first.stream!r} "
            f"{first.what}, in cycle {first.cycle} ({verdict.mode}); "
            f"{verdict.mismatches:,} of {verdict.transfers_checked:,} transfers differ"
        )
    if coverage:
        out.print(_sentence(_totals(coverage)))
    of = f"of {len(design.plan.streams)} " if netlist else ""
    out.print(
        f"{verdict.transfers_checked:,} transfers of {verdict.streams} {of}streams over "
        f"{count(verdict.frames, 'frame')} and {verdict.patterns} traffic patterns "
        f"({verdict.cycles:,} cycles):"
    )
    out.print("0 mismatches in value and cycle")


def made_pictures(design: Design, frames: int | None, seed: int) -> NDArray[np.uint8]:
    """So many pictures, or as many as a design of this size deserves."""
    if frames is not None:
        return telling_images(design.model, frames, seed)
    per_frame = sum(stream.transfers_per_frame for stream in design.plan.streams)
    most = min(max(TRANSFERS // per_frame, FRAMES), MOST_FRAMES)
    return telling_images(design.model, most, seed)


def _totals(coverage: list[LayerCoverage]) -> dict[str, dict[str, int]]:
    """Goals and what is reached of them, over all layers."""
    goals: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    for layer in coverage:
        goals.update(layer.goals)
        reached.update(layer.reached)
    return {"goals": dict(goals), "reached": dict(reached)}


def _sentence(totals: dict[str, dict[str, int]]) -> str:
    """What the pictures reached, in a line."""
    words = {
        "both_sides": "thresholds from both sides",
        "at_edge": "at the edge",
        "lowest": "channels at the lowest level",
        "highest": "at the highest",
        "levels": "levels",
    }
    return "pictures reach " + ", ".join(
        f"{totals['reached'][key]:,} of {goal:,} {words[key]}"
        for key, goal in totals["goals"].items()
    )
