"""Run the emitted Verilog and compare each transfer of each stream, value and cycle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError, ToolError, located
from hwgen.model.layers import Model
from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Plan, Stream
from hwgen.plan.units import Scores
from hwgen.readers.files import read_bytes
from hwgen.synth.netlist import Netlist
from hwgen.verilog.memories import MAX_VERILOG_BYTES
from sim.benches.bench import Bench, Ports, Recording, Run
from sim.benches.cocotb_bench import CocotbBench
from sim.benches.cxxrtl_bench import CxxrtlBench
from sim.benches.harness import ERRORS
from sim.benches.marked_frames import PLANTED, Planted, marked_words, plant_faults
from sim.benches.netlist_bench import make_netlist_bench, streams_of
from sim.benches.trials import reset_trials, tell, whole_trial
from sim.compare import Mismatch, Trace, compare_streams
from sim.cycle import simulate
from sim.patterns import Traffic, random_traffic
from sim.transfer_values import stream_values

__all__ = [
    "SIMULATORS",
    "Incoming",
    "Verdict",
    "make_bench",
    "ports_of",
    "traffic_modes",
    "verify_design",
    "weights_beside",
]

SIMULATORS = ("verilator", "icarus", "icarus-2005", "cxxrtl")


@dataclass(frozen=True)
class Verdict:
    """What a verification found; ``mode`` is the traffic in which the first difference came.

    Of the pattern with resets, ``mode`` names the reset that it came after, if any.
    """

    frames: int
    patterns: int
    cycles: int
    streams: int
    transfers_checked: int
    mismatches: int
    first_mismatch: Mismatch | None
    mode: str | None


def traffic_modes(seed: int, interval: int) -> dict[str, Traffic]:
    """The traffic that every design is tried under, for one with that interval."""
    return {
        "full rate": Traffic(),
        "random stalls": random_traffic(seed, interval),
        "ready after valid": Traffic(ready_after=1),
    }


def ports_of(plan: Plan, *, tlast: bool = False) -> Ports:
    """Widths of the design's ports, from its plan."""
    last = plan.units[-1]
    assert isinstance(last, Scores), last
    s_tdata = -(-plan.entry.payload_bits // 8) * 8
    packet = plan.weights is not None
    return Ports(s_tdata, last.data_bits, last.index_bits, plan.load_words > 0, packet, tlast)


def make_bench(
    simulator: str,
    plan: Plan,
    verilog: Path,
    work: Path,
    progress: Callable[[str], object] = lambda step: None,
    *,
    tlast: bool = False,
) -> Bench:
    """Compile a bench for a design.

    Weights that come in are read from ``NAME_weights.bin`` beside the Verilog. With ``tlast`` the
    ends of frames are marked, and the stream `ERRORS` is watched too.

    Raises
    ------
    ToolError
        If there is no such simulator, or it is missing or fails.
    ModelError
        If there are weights to load and their file is not there or of another size.
    """
    if simulator not in SIMULATORS:
        raise ToolError(f"simulator must be one of {', '.join(SIMULATORS)}, not {simulator!r}")
    found = weights_beside(verilog, plan)
    kind = CxxrtlBench if simulator == "cxxrtl" else partial(CocotbBench, simulator=simulator)
    return kind(
        verilog=verilog,
        top=plan.name,
        streams=(*plan.streams, *_errors(plan, tlast)),
        ports=ports_of(plan, tlast=tlast),
        work=work,
        weights=found.load.tolist(),
        packet=found.packet.tolist(),
        progress=progress,
    )


def _errors(plan: Plan, tlast: bool) -> tuple[Stream, ...]:
    """The stream of ``error``, where it is there."""
    count = plan.exit.transfers_per_frame
    return (Stream(ERRORS, ERRORS, "output", 1, count),) if tlast else ()


class Incoming(NamedTuple):
    """Weights that come in: words that fill SPRAMs, and those of each frame."""

    load: NDArray[np.uint16]
    packet: NDArray[np.uint16]


def weights_beside(verilog: Path, plan: Plan) -> Incoming:
    """Weights that come in, from ``NAME_weights.bin`` beside the Verilog; none where none do.

    Raises
    ------
    ModelError
        If the file is not there or of another size.
    """
    path, load = BuildFolder(verilog.parent).weights(plan.name), plan.load_words
    count = load + (plan.weights.transfers_per_frame if plan.weights else 0)
    if not count:
        return Incoming(*(np.empty(0, np.uint16),) * 2)
    with located(str(path)):
        data = read_bytes(path, MAX_VERILOG_BYTES)
    if len(data) != 2 * count:
        raise ModelError(f"{path}: must have {2 * count:,} bytes, not {len(data):,}; build again")
    words = np.frombuffer(data, "<u2").astype(np.uint16)
    return Incoming(words[:load], words[load:])


def verify_design(
    model: Model,
    plan: Plan,
    verilog: Path,
    images: NDArray[np.integer[Any]],
    *,
    modes: dict[str, Traffic],
    simulator: str,
    work: Path,
    progress: Callable[[str], object] = lambda step: None,
    netlist: Netlist | None = None,
    resets: tuple[int, int] | None = None,
    tlast: bool = False,
) -> Verdict:
    """Compare hardware with the golden model and the simulator.

    Parameters
    ----------
    images : uint8 (frames, height, width, channels)
    modes : dict of str to Traffic
        Traffic patterns to run under, one after another, each from reset.
    work : Path
        Folder for the compiled bench and its logs.
    progress : callable
        Told what begins.
    netlist : Netlist, optional
        What to run in place of ``verilog``; the streams that it lacks are not compared.
    resets : (int, int), optional
        Seed and interval for one more pattern, that of `sim.benches.trials.reset_trials`.
    tlast : bool
        Whether the design has ``s_axis_tlast`` and ``error``. There is one more pattern then, of
        frames that lost pixels or got more, of which values are compared, and no cycles.

    Raises
    ------
    ToolError
        If the simulator is missing or fails.
    ModelError
        If weights to load are not beside the Verilog.
    """
    frames = len(images)
    progress("computing what to expect")
    incoming = weights_beside(verilog, plan)
    values = stream_values(model, plan, images, incoming.packet)
    layers = {INPUT: INPUT, WEIGHTS: WEIGHTS, ERRORS: INPUT} | {u.name: u.stage for u in plan.units}
    errors = _errors(plan, tlast)
    layer_of = {s.name: layers[s.source] for s in (*plan.streams, *errors)}
    if netlist is None:
        streams = (*plan.streams, *errors)
        bench = make_bench(simulator, plan, verilog, work, progress, tlast=tlast)
    else:
        streams = (*streams_of(netlist, plan.streams), *errors)
        bench = make_netlist_bench(
            netlist,
            top=plan.name,
            streams=streams,
            ports=ports_of(plan, tlast=tlast),
            simulator=simulator,
            work=work,
            progress=progress,
            weights=incoming.load.tolist(),
            packet=incoming.packet.tolist(),
        )
    trials = [whole_trial(name, plan, frames, traffic) for name, traffic in modes.items()]
    if resets is not None:
        trials += reset_trials(plan, frames, *resets)
    progress(tell(trials, 0))
    words = values[plan.entry.name]
    if tlast:
        last = np.arange(len(words)) % plan.entry.transfers_per_frame
        words = marked_words(words, last == last.max(), ports_of(plan, tlast=True).word_bits)
        values[ERRORS] = np.zeros((len(values[plan.exit.name]), 1), np.uint8)
    recordings = bench.run(
        words,
        [trial.run for trial in trials],
        lambda done: progress(tell(trials, done)),
    )
    watched = {s.name: values[s.name] for s in streams}
    tried = [
        (trial.name, trial.expected(watched), recording)
        for trial, recording in zip(trials, recordings, strict=True)
    ]
    if tlast:
        progress(f"running {PLANTED}")
        planted = plant_faults(images, model.input.bits, seed=1)
        tried.append(_try_planted(model, plan, bench, planted, incoming.packet, streams))
    transfers = mismatches = 0
    first: Mismatch | None = None
    first_mode = None
    for name, expected, (found, violations) in tried:
        checked, bad, mismatch = compare_streams(expected, found, layer_of)
        for stream, cycle in violations:
            bad += 1
            if mismatch is None or cycle < mismatch.cycle:
                index = int((found[stream].cycles < cycle).sum())
                what = "does not hold while it waits to be taken"
                mismatch = Mismatch(stream, layer_of[stream], index, cycle, what)
        transfers, mismatches = transfers + checked, mismatches + bad
        if mismatch is not None and first is None:
            first, first_mode = mismatch, name
    cycles = sum(trial.run.cycles for trial in trials)
    patterns = len(modes) + (resets is not None) + tlast
    return Verdict(frames, patterns, cycles, len(streams), transfers, mismatches, first, first_mode)


def _try_planted(
    model: Model,
    plan: Plan,
    bench: Bench,
    planted: Planted,
    packet: NDArray[np.uint16],
    streams: Sequence[Stream],
) -> tuple[str, dict[str, Trace], Recording]:
    """Run frames that are not all right; what must come is as what came in all but value."""
    frames = len(planted.seen)
    values = stream_values(model, plan, planted.seen, packet)
    values[plan.entry.name] = planted.pixels
    marks = np.zeros((frames, plan.exit.transfers_per_frame, 1), np.uint8)
    marks[:, -1, 0] = planted.bad
    values[ERRORS] = marks.reshape(-1, 1)
    traffic = random_traffic(1, simulate(plan, 1).cycles)
    # No pixel that is dropped takes longer than one that is not.
    most = simulate(plan, 3 * frames, traffic).cycles
    weights = frames * plan.weights.transfers_per_frame if plan.weights else 0
    words = marked_words(planted.pixels, planted.last, ports_of(plan, tlast=True).word_bits)
    (recording,) = bench.run(words, [Run(traffic, most, len(words), weights=weights)])
    expected = {}
    for stream in streams:
        want, cycles = values[stream.name], recording.traces[stream.name].cycles
        # Those that are missing would have come after all others.
        extra = np.arange(max(0, len(want) - cycles.size)) + most
        expected[stream.name] = Trace(np.concatenate([cycles, extra])[: len(want)], want)
    return PLANTED, expected, recording
