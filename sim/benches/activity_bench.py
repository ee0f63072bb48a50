"""What happens in a design in a frame, counted: changes of nets and accesses of memories."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.families.counted_cells import LEFT_WHOLE, LUT_MODELS
from hwgen.families.devices import find_device
from hwgen.families.fabric import Fabric
from hwgen.families.primitives import SPRAM
from hwgen.plan.plan import Plan
from hwgen.readers.files import read_text
from hwgen.synth.lift_memories import lift_memories
from hwgen.synth.netlist import Netlist
from hwgen.synth.processes import Progress
from hwgen.synth.tools import cell_models
from hwgen.verilog.memories import MAX_VERILOG_BYTES, bring_memories
from sim.benches.bench import Ports, Run
from sim.benches.cell_library import needed_cells
from sim.benches.counted_bits import PREFIX, Counted, add_counted, find_counted
from sim.benches.cxxrtl_bench import DRIVER, compile_cpp, run_driver, write_setup
from sim.benches.verify_design import Incoming, ports_of
from sim.benches.yosys import run_yosys
from sim.bit_words import element_bits
from sim.patterns import Traffic

__all__ = ["FrameEvents", "count_design", "count_events", "count_verilog"]

EDGE = ["s_axis_tvalid", "s_axis_tready", "s_axis_tdata"]

MODELS = {
    # The vendor's SPRAM forgets all its words at once, which yosys makes registers of.
    SPRAM.name: SPRAM.model,
    **LUT_MODELS,
}
"""Verilog of cells of netlists in place of the vendor's."""

Events = dict[tuple[str, str], float]
"""Number of events by unit and kind of event; a unit is "" where a net has no name of one."""


@dataclass(frozen=True, eq=False)
class FrameEvents:
    """What was counted over some frames of ``cycles`` cycles each, once all layers were busy.

    ``events`` are those of a frame, by unit and kind (see `sim.benches.counted_bits`); ``waiting``
    those of a cycle in which nothing comes in, and all has left. ``spread`` is by how much frames
    differ from one another, by kind, as the standard deviation of a frame beside its mean.
    """

    frames: int
    cycles: int
    events: Events
    waiting: Events
    spread: dict[str, float]

    @property
    def totals(self) -> dict[str, float]:
        """Events of a frame by kind, of all units together."""
        found: dict[str, float] = {}
        for (_, event), amount in self.events.items():
            found[event] = found.get(event, 0.0) + amount
        return found


def count_design(
    plan: Plan,
    verilog: Path,
    images: NDArray[np.integer[Any]],
    bits: int,
    *,
    incoming: Incoming,
    latency: int,
    interval: int,
    work: Path,
    netlist: Netlist | None = None,
    progress: Progress = lambda step: None,
) -> FrameEvents:
    """Count what happens in a frame at full rate, in the emitted Verilog or in its netlist.

    Parameters
    ----------
    images : integers (frames, height, width, channels)
        Frames to count over, which come again and again.
    bits : int
        Bits of a number of them.
    incoming : Incoming
        Weights that come in.
    latency, interval : int
        Cycles of a frame, as the cycle simulator has them.
    work : Path
        Folder for everything that is made; it is the caller's to remove.
    netlist : Netlist, optional
        What to count in place of ``verilog``.

    Raises
    ------
    ToolError
        If yosys or g++ is missing or fails; names the log.
    """
    family = find_device(plan.device).family
    # A frame is through the first layer while those before it fill the others.
    before = ceil(latency / interval) + 1
    count = before + len(images)
    order = (np.arange(count) - before) % len(images)
    words = element_bits(images[order], bits).reshape(-1, plan.entry.payload_bits)
    packet = incoming.packet.astype(np.uint32)
    # The last frame leaves, and a period follows in which nothing happens.
    periods = count + before + 1
    run = Run(Traffic(), interval * periods, len(words), weights=packet.size * count)
    found, sums = count_verilog(
        netlist or verilog,
        plan.name,
        family,
        words=words,
        run=run,
        period=interval,
        ports=ports_of(plan),
        weights=incoming.load.astype(np.uint32),
        packet=packet,
        work=work,
        progress=progress,
    )
    return count_events(found, sums, interval, before, len(images))


def count_events(
    counted: Sequence[Counted], sums: NDArray[np.uint64], period: int, before: int, frames: int
) -> FrameEvents:
    """Events of a period, of sums as they stood at the end of each.

    So many periods ``before`` the ones of the ``frames`` are left out, and the last of all is the
    one in which nothing happens.
    """
    added = np.diff(sums.astype(np.int64), axis=0)
    busy, quiet = added[before - 1 : before - 1 + frames], added[-1]
    events: Events = {}
    waiting: Events = {}
    by_kind: dict[str, NDArray[np.float64]] = {}
    for index, entry in enumerate(counted):
        key = entry.unit, entry.event
        always = entry.always * period
        each = entry.weight * (busy[:, index] + always)
        events[key] = events.get(key, 0.0) + float(each.mean())
        still = entry.weight * float(quiet[index] + always) / period
        waiting[key] = waiting.get(key, 0.0) + still
        by_kind[entry.event] = by_kind.get(entry.event, 0.0) + each
    spread = {
        event: float(each.std() / each.mean()) if each.mean() else 0.0
        for event, each in by_kind.items()
    }
    return FrameEvents(frames, period, events, waiting, spread)


def count_verilog(
    source: Path | Netlist,
    top: str,
    family: Fabric,
    *,
    words: NDArray[np.uint8],
    run: Run,
    period: int,
    ports: Ports,
    weights: NDArray[np.uint32],
    packet: NDArray[np.uint32],
    work: Path,
    noise: bool = False,
    progress: Progress = lambda step: None,
) -> tuple[list[Counted], NDArray[np.uint64]]:
    """What is counted of a design, and the sums as they stand at the end of each period of a run.

    ``noise`` tells whether there is some on ``s_axis_tdata`` where nothing is offered.

    Raises
    ------
    ToolError
        If yosys or g++ is missing or fails; names the log.
    """
    work.mkdir(parents=True, exist_ok=True)
    whole = f"setattr -mod -set keep_hierarchy 1 {' '.join(LEFT_WHOLE)}"
    if isinstance(source, Path):
        text = read_text(source, MAX_VERILOG_BYTES)
        bring_memories(source, work)
        (work / "design.v").write_text(lift_memories(text, work))
        reading = ["read_verilog -nosynthesis design.v", f"hierarchy -top {top}"]
        reading += [whole, "proc", "flatten", "opt", "memory_dff", "memory_collect", "opt_clean"]
        models: list[str] = []
    else:
        text = read_text(source.path, MAX_VERILOG_BYTES)
        (work / "design.v").write_text(text)
        libraries = (path.read_text() for path in cell_models(source.family))
        rest = re.sub(rf"\b(?:{'|'.join(MODELS)})\b", "", text)
        vendor = needed_cells(rest, list(libraries))
        ours = [
            model for name, model in MODELS.items()
            if re.search(rf"\b{name}\b", text) and f"module {name}" not in vendor
        ]  # fmt: skip
        (work / "cells.v").write_text(vendor + "".join(ours))
        defines = " ".join(f"-D{k}={v}" for k, v in source.family.models.defines.items())
        # Cells are told by their names, and have their meaning put in afterwards.
        reading = ["read_verilog design.v", f"hierarchy -top {top}", "proc", "flatten"]
        models = [f"read_verilog -nosynthesis {defines} cells.v", whole]
    run_yosys([*reading, "write_json flat.json"], work, work / "reading.log", progress)
    flat = json.loads((work / "flat.json").read_text())
    counted = find_counted(flat, top, family)
    wires = add_counted(flat, top, counted)
    (work / "counted.json").write_text(json.dumps(flat))
    commands = ["read_json counted.json", *models, f"hierarchy -top {top}", "proc", "flatten"]
    # Whatever has a name of its own makes C++ that takes long to compile.
    commands += ["memory_collect", "opt_expr", "opt_clean -purge"]
    commands += [f"rename -hide {top}/w:* {top}/w:{PREFIX}_* %d"]
    commands += ["write_cxxrtl -O6 -g3 design.cc"]
    run_yosys(commands, work, work / "translating.log", progress)
    driver = compile_cpp([work / "design.cc", DRIVER], work, optimise="-O1", progress=progress)
    folder = work / "run"
    folder.mkdir(exist_ok=True)
    write_setup(folder, ports, words, [run], weights=weights, packet=packet)
    lines = [f"{len(counted)} {period} {int(noise)}"]
    lines += [f"{k} {int(counted[k].kind == 'toggles')} {name}" for name, k in wires.items()]
    (folder / "counters.txt").write_text("\n".join(lines) + "\n")
    run_driver(
        driver,
        folder,
        EDGE,
        lambda done: progress(f"counting: {done / run.cycles:.0%} of the cycles done"),
    )
    sums = np.fromfile(folder / "counts.bin", np.uint64).reshape(-1, len(counted))
    return counted, sums
