"""Simulators that run in Python, each in a process of its own with one thread.

``python -m benchmarks.simulators.in_python pysim|sim BUILD FRAMES.npy [SEED]`` prints a run as
JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.sim import Simulator
from numpy.typing import NDArray

from benchmarks.simulators.job import ONE_THREAD, Job, Run, read_run
from benchmarks.tools import Step, call
from hwgen.design import Design
from hwgen.hardware import build_top
from hwgen.plan.units import Scores
from sim.cycle import chunks
from sim.flow import Wanted
from sim.transfer_values import stream_words

__all__ = ["measure_pysim", "measure_sim"]

RESET_CYCLES = 4

NO_PACKET = np.empty(0, np.uint16)


def _measure(name: str, job: Job, frames: int, step: Step) -> Run:
    if name == "pysim":
        job.refuse_packets(NAMES[name])
    pictures = job.work / f"frames{frames}.npy"
    np.save(pictures, job.images[:frames])
    command = [sys.executable, "-m", "benchmarks.simulators.in_python", name, job.build, pictures]
    if job.stalls is not None:
        command.append(str(job.stalls))
    what = f"running {job.top} in {NAMES[name]}"
    return read_run(call(command, step, what, env=ONE_THREAD), what)


NAMES = {"pysim": "Amaranth's simulator", "sim": "sim"}

measure_pysim = partial(_measure, "pysim")
"""Amaranth's own simulator, on the components that the Verilog was written from."""

measure_sim = partial(_measure, "sim")
"""Words and cycles of all transfers of all streams, as `hwgen verify` compares them."""

GROUP = 32
"""Frames that words are computed for at a time."""

RUNS = 5
"""How often it is timed; the run that is neither fast nor slow counts."""


def _sim(job: Job) -> Run:
    design, packet = job.design(), NO_PACKET
    if job.packet is not None:
        packet = np.fromfile(job.packet, "<u2")
    words: dict[str, NDArray[np.uint8]] = {}
    wanted = Wanted(transfers_only=True, reused=True)

    def cycles() -> int:
        last = 0
        for chunk in chunks(design.plan, len(job.images), job.traffic, wanted=wanted):
            last = max(int(flow.transfer[-1]) for flow in chunk.flows.values())
        return last + 1

    def values() -> list[int]:
        nonlocal words
        scores: list[int] = []
        for first in range(0, len(job.images), GROUP):
            images = job.images[first : first + GROUP]
            words = stream_words(design.model, design.plan, images, packet, into=words)
            scores += _scores_of(design, words[design.plan.exit.name])
        return scores

    # Tried out before, so that only simulating is timed.
    values()
    timed: list[Run] = []
    for _ in range(RUNS):
        clocks = [(time.perf_counter(), time.process_time())]
        last = cycles()
        clocks.append((time.perf_counter(), time.process_time()))
        scores = values()
        clocks.append((time.perf_counter(), time.process_time()))
        (start, cpu_start), (_, cpu_between), (end, cpu_end) = clocks
        parts = {
            "cycles_cpu_seconds": cpu_between - cpu_start,
            "values_cpu_seconds": cpu_end - cpu_between,
        }
        timed.append(Run(last, end - start, cpu_end - cpu_start, scores, parts))
    return sorted(timed, key=lambda run: run.cpu_seconds)[RUNS // 2]


def _scores_of(design: Design, words: NDArray[np.uint8]) -> list[int]:
    """Scores from words of the stream that leaves: their lowest bits."""
    last = design.plan.units[-1]
    assert isinstance(last, Scores), last
    mask = (1 << last.data_bits) - 1
    return [int.from_bytes(word.tobytes(), "little") & mask for word in words]


def _pysim(job: Job) -> Run:
    design, images = job.design(), job.images
    top: Any = build_top(design.network, design.plan)  # its ports are made at run time
    places = 1 << 8 * np.arange(images.shape[3], dtype=np.int64)
    words: list[int] = (images.reshape(-1, images.shape[3]) @ places).tolist()
    words_out = len(images) * design.plan.exit.transfers_per_frame
    data_bits = len(top.m_axis_tdata)
    runs = []

    async def bench(ctx):
        ctx.set(top.m_axis_tready, 1)
        # The simulator starts from what reset sets.
        await ctx.tick().repeat(RESET_CYCLES)
        sampled = ctx.tick().sample(top.s_axis_tready, top.m_axis_tvalid, top.m_axis_tdata)
        scores, sent, cycles = [], 0, 0
        ctx.set(top.s_axis_tvalid, 1)
        ctx.set(top.s_axis_tdata, words[0])
        start, cpu_start = time.perf_counter(), time.process_time()
        while len(scores) < words_out:
            *_, taken, leaving, score = await sampled
            cycles += 1
            if leaving:
                scores.append(score & ((1 << data_bits) - 1))
            if taken and sent < len(words):
                sent += 1
                if sent < len(words):
                    ctx.set(top.s_axis_tdata, words[sent])
                else:
                    ctx.set(top.s_axis_tvalid, 0)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        runs.append(Run(cycles, seconds, cpu_seconds, scores))

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    (run,) = runs
    return run


def _main(name: str, build: str, pictures: str, stalls: str | None = None) -> None:
    simulators: dict[str, Callable[[Job], Run]] = {"pysim": _pysim, "sim": _sim}
    seed = None if stalls is None else int(stalls)
    job = Job(Path(build), np.load(pictures), Path(pictures).parent, seed)
    print(json.dumps(asdict(simulators[name](job))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
