"""Simulators that run in Python, each in a process of its own with one thread.

``python -m benchmarks.simulators.in_python pysim|sim BUILD FRAMES.npy`` prints a run as JSON.
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

from benchmarks.simulators.job import ONE_THREAD, Job, Run, read_run, unsigned_scores
from benchmarks.tools import Step, call
from hwgen.design import Design, load_design
from hwgen.hardware import build_top
from sim import golden
from sim.cycle import simulate

__all__ = ["measure_pysim", "measure_sim"]

RESET_CYCLES = 4


def _measure(name: str, job: Job, frames: int, step: Step) -> Run:
    if name == "pysim":
        job.refuse_packets(NAMES[name])
    pictures = job.work / f"frames{frames}.npy"
    np.save(pictures, job.images[:frames])
    command = [sys.executable, "-m", "benchmarks.simulators.in_python", name, job.build, pictures]
    what = f"running {job.top} in {NAMES[name]}"
    return read_run(call(command, step, what, env=ONE_THREAD), what)


NAMES = {"pysim": "Amaranth's simulator", "sim": "sim"}

measure_pysim = partial(_measure, "pysim")
"""Amaranth's own simulator, on the components that the Verilog was written from."""

measure_sim = partial(_measure, "sim")
"""The cycle of every transfer and the value of every tensor, which all payloads are taken from."""


def _sim(design: Design, images: NDArray[np.integer[Any]]) -> Run:
    # Tried out on a frame first, so that only simulating is timed.
    simulate(design.plan, 1)
    golden.run(design.model, images[:1])
    clocks = [(time.perf_counter(), time.process_time())]
    timing = simulate(design.plan, len(images))
    clocks.append((time.perf_counter(), time.process_time()))
    result = golden.run(design.model, images)
    clocks.append((time.perf_counter(), time.process_time()))
    (start, cpu_start), (_, cpu_between), (end, cpu_end) = clocks
    return Run(
        cycles=timing.cycles,
        seconds=end - start,
        cpu_seconds=cpu_end - cpu_start,
        scores=unsigned_scores(design, result.scores),
        parts={
            "cycles_cpu_seconds": cpu_between - cpu_start,
            "values_cpu_seconds": cpu_end - cpu_between,
        },
    )


def _pysim(design: Design, images: NDArray[np.integer[Any]]) -> Run:
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


def _main(name: str, build: str, pictures: str) -> None:
    simulators: dict[str, Callable[[Design, NDArray[np.integer[Any]]], Run]] = {
        "pysim": _pysim,
        "sim": _sim,
    }
    design, _ = load_design(Path(build))
    print(json.dumps(asdict(simulators[name](design, np.load(pictures)))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
