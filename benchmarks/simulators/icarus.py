"""Icarus Verilog with a testbench in Verilog."""

import shutil
import time
from pathlib import Path

from benchmarks.simulators.job import Job, Run
from benchmarks.tools import Step, call, children_seconds
from hwgen.errors import ToolError
from hwgen.plan.units import Scores
from hwgen.verilog.memories import bring_memories

__all__ = ["measure"]

BENCH = Path(__file__).with_name("icarus_bench.v")


def measure(job: Job, frames: int, step: Step) -> Run:
    """Compile and run.

    Raises
    ------
    ToolError
        If Icarus is missing or fails.
    """
    job.refuse_packets("Icarus")
    if shutil.which("iverilog") is None:
        raise ToolError("iverilog is not on the PATH")
    folder = job.work / "icarus"
    folder.mkdir()
    bring_memories(job.verilog, folder)
    height, width, channels = job.images.shape[1:]
    words = job.images[:frames].reshape(-1, channels)[:, ::-1]
    (folder / "pixels.hex").write_text("\n".join(word.tobytes().hex() for word in words))
    last = job.design().plan.units[-1]
    assert isinstance(last, Scores), last
    parameters = {
        "PIXELS": frames * height * width,
        "S_BITS": 8 * channels,
        "M_BITS": last.data_bits,
    }
    settings = [f"-Pbench.{name}={value}" for name, value in parameters.items()]
    command = ["iverilog", "-Wno-timescale", "-s", "bench", f"-DTOP={job.top}"]
    files = ["-o", folder / "bench.vvp", BENCH, job.verilog]
    call([*command, *settings, *files], step, f"compiling {job.top} with Icarus")
    # What loading takes shows in a run that ends after reset.
    what = f"running {job.top} in Icarus"
    empty, loading = _run(folder, 0, step, f"loading {job.top} into Icarus")
    lines, running = _run(folder, job.words_out(frames), step, what)
    if empty != ["0 cycles"] or not lines[-1].endswith(" cycles"):
        raise ToolError(f"{what}: printed no result")
    return Run(
        cycles=int(lines[-1].split()[0]),
        seconds=running[0] - loading[0],
        cpu_seconds=running[1] - loading[1],
        scores=[int(line, 16) for line in lines[:-1]],
    )


def _run(folder: Path, words: int, step: Step, what: str) -> tuple[list[str], tuple[float, float]]:
    """Lines that it displays; wall time and processor time in seconds."""
    start, cpu_start = time.perf_counter(), children_seconds()
    text = call(["vvp", "-n", "bench.vvp", f"+words={words}"], step, what, cwd=folder)
    took = time.perf_counter() - start, children_seconds() - cpu_start
    return text.splitlines(), took
