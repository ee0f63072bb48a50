"""The bench in C++: the design through yosys ``write_cxxrtl``, no Python in the loop."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ToolError, located
from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Stream
from hwgen.readers.files import read_text
from hwgen.synth.lift_memories import lift_memories
from hwgen.synth.processes import Progress
from hwgen.verilog.memories import MAX_VERILOG_BYTES, bring_memories
from sim.benches.bench import Ports, Recording, Run, split_runs
from sim.benches.program import run_program
from sim.benches.yosys import cxxrtl_headers, run_yosys
from sim.compare import Trace

__all__ = ["DRIVER", "CxxrtlBench", "compile_cpp", "run_driver", "translate", "write_setup"]

DRIVER = Path(__file__).with_name("cxxrtl_driver.cpp")

SETUP = "setup.bin"

CHUNK_BITS = 32
"""CXXRTL keeps values in pieces of this size."""

LARGEST_OPTIMISED = 2_000_000
"""Bytes of C++ that are not too many for optimising; those of face are 850,000."""

DEBUG_LEVEL = 3
"""Names of all wires that are kept, constants and aliases among them, and no others."""


class CxxrtlBench:
    """A `sim.benches.bench.Bench` on CXXRTL.

    Signals have two values here, and what is beyond the end of a memory reads as 0.

    Parameters
    ----------
    verilog : Path
        The emitted design.
    top : str
        Its top module.
    streams : sequence of Stream
        Streams to watch.
    ports : Ports
    weights : sequence of int
        Words that fill the design's SPRAMs; none where it has none.
    packet : sequence of int
        Words of weights that come in with each frame; none where none do.
    work : Path
        Folder for everything that is made; it is the caller's to remove.
    progress : callable
        Told what begins.
    edits : sequence of str
        Yosys commands that change the flattened design.

    Attributes
    ----------
    constants : dict of str to int
        Values of further inputs of the design, for the runs to come.

    Raises
    ------
    ToolError
        If yosys or g++ is missing or fails; names the log.
    """

    def __init__(
        self,
        *,
        verilog: Path,
        top: str,
        streams: Sequence[Stream],
        ports: Ports,
        work: Path,
        weights: Sequence[int] = (),
        packet: Sequence[int] = (),
        progress: Progress = lambda step: None,
        edits: Sequence[str] = (),
    ):
        if shutil.which("g++") is None:
            raise ToolError("cxxrtl: g++ is not on the PATH; install it")
        self.streams = tuple(streams)
        self.ports = ports
        self.weights = np.array(weights, np.uint32)
        self.packet = np.array(packet, np.uint32)
        self.work = work
        self.constants: dict[str, int] = {}
        self.signals = [_signals(s) for s in streams]
        kept = [name for names, s in zip(self.signals, streams, strict=True)
                for name in names if s.source != INPUT]  # fmt: skip
        source = translate(
            verilog, top, work,
            kept=kept, debug_level=DEBUG_LEVEL, progress=progress, edits=edits,
        )  # fmt: skip
        # Of a run's time most goes into compiling: what it makes is fast enough.
        self.driver = compile_cpp([source, DRIVER], work, optimise="-O1", progress=progress)

    def run(
        self,
        words: NDArray[np.uint8],
        runs: Sequence[Run],
        progress: Callable[[int], object] = lambda cycles: None,
    ) -> list[Recording]:
        """See `sim.benches.bench.Bench.run`."""
        folder = self.work / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        write_setup(folder, self.ports, words, runs, weights=self.weights, packet=self.packet)
        constants = [f"{name}={value}" for name, value in self.constants.items()]
        run_driver(self.driver, folder, [*constants, *sum(self.signals, ())], progress)
        traces = {
            s.name: _read_trace(folder / f"stream{k}.bin", self._width(s), s.payload_bits)
            for k, s in enumerate(self.streams)
        }
        found = np.fromfile(folder / "violations.bin", np.uint64).reshape(-1, 2).astype(np.int64)
        moved = [(self.streams[k].name, cycle) for k, cycle in found.tolist()]
        return split_runs(traces, moved, runs)

    def _width(self, stream: Stream) -> int:
        return self.ports.s_tdata if stream.source == INPUT else stream.payload_bits


def write_setup(
    folder: Path,
    ports: Ports,
    words: NDArray[np.uint8],
    runs: Sequence[Run],
    *,
    weights: NDArray[np.uint32],
    packet: NDArray[np.uint32],
) -> None:
    """Write what a driver is to do in some runs, into the folder that it is to work in."""
    with (folder / SETUP).open("wb") as file:
        sizes = [len(words), weights.size, packet.size, len(runs)]
        file.write(np.array(sizes, np.uint64).tobytes())
        file.write(_chunks(words, ports.s_tdata).tobytes())
        file.write(weights.tobytes())
        file.write(packet.tobytes())
        for run in runs:
            file.write(_run_bytes(run, len(words)))


def run_driver(
    driver: Path,
    folder: Path,
    arguments: Sequence[str],
    progress: Callable[[int], object] = lambda cycles: None,
) -> None:
    """Run a compiled driver in a folder that `write_setup` has written to.

    Raises
    ------
    ToolError
        If it fails; names the log.
    """
    command = [str(driver), str(folder / SETUP), str(folder), *arguments]
    log = folder.parent / "run.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                progress(int(line))
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        why = log.read_text().strip() or f"it ended with exit code {process.returncode}"
        raise ToolError(f"cxxrtl: the bench failed: {why}; see {log}")


def translate(
    verilog: Path,
    top: str,
    work: Path,
    *,
    kept: Sequence[str],
    debug_level: int,
    progress: Progress,
    edits: Sequence[str] = (),
) -> Path:
    """Turn Verilog into C++; returns the file, in ``work``.

    Parameters
    ----------
    kept : sequence of str
        Signals that are not optimised away: names in the hierarchy below ``top``, joined by spaces.
    debug_level : int
        Of ``write_cxxrtl``: how many names it keeps, 1 to 4.
    edits : sequence of str
        Commands that change the flattened design.

    Raises
    ------
    ToolError
        If yosys is missing or fails; names the log.
    """
    work.mkdir(parents=True, exist_ok=True)
    with located(str(verilog)):
        text = read_text(verilog, MAX_VERILOG_BYTES)
    bring_memories(verilog, work)
    (work / "design.v").write_text(lift_memories(text, work))
    keep = [f"setattr -set keep 1 w:{name.replace(' ', '.')}" for name in kept]
    # Cells that the design places by name are defined for simulators alone.
    commands = [
        "read_verilog -nosynthesis design.v",
        f"hierarchy -top {top}",
        "proc",
        "flatten",
        *keep,
        *edits,
        f"write_cxxrtl -O6 -g{debug_level} design.cc",
    ]
    run_yosys(commands, work, work / "yosys.log", progress)
    return work / "design.cc"


def compile_cpp(sources: Sequence[Path], work: Path, *, optimise: str, progress: Progress) -> Path:
    """Compile sources against CXXRTL's runtime; returns the program, in ``work``.

    Of a design the most is one function, which takes g++ far longer the longer it is: a source of
    more than `LARGEST_OPTIMISED` bytes is compiled with no ``optimise``. Of 4.7 MB g++ 12 had made
    no program after ten minutes with ``-O1``, and takes 69 s without.

    Raises
    ------
    ToolError
        If g++ fails; names the log.
    """
    headers, program = cxxrtl_headers(), work / "driver"
    runtime = headers / "cxxrtl" / "capi" / "cxxrtl_capi.cc"
    # Hardware may read beyond the end of a memory where nothing uses what it reads; asserts refuse.
    large = any(source.stat().st_size > LARGEST_OPTIMISED for source in sources)
    options = ["-std=c++17", "-DNDEBUG", "-O0" if large else optimise, f"-I{headers}"]
    command = ["g++", *options, "-o", program, *sources, runtime]
    run_program(
        command, what="compiling with g++", cwd=work, log=work / "compile.log", progress=progress
    )
    return program


def _signals(stream: Stream) -> tuple[str, ...]:
    """Names of a stream's valid, ready and payload in the hierarchy."""
    if stream.source == INPUT:
        return "s_axis_tvalid", "s_axis_tready", "s_axis_tdata"
    port = f"{stream.source} {stream.source_port}"
    if stream.source == WEIGHTS:
        # Words that fill SPRAMs are no part of it.
        port = f"{stream.target} {stream.target_port}"
    return tuple(f"{port}__{part}" for part in ("valid", "ready", "payload"))


def _run_bytes(run: Run, words: int) -> bytes:
    """A run as the driver reads it."""
    offered = words if run.words is None else run.words
    traffic = run.traffic
    patterns = [pattern.bits for pattern in (traffic.valid, traffic.ready, traffic.weights)]
    head = [run.cycles, offered, run.reset_cycles, traffic.ready_after, run.weights]
    head += [bits.size for bits in patterns]
    tail = b"".join(bits.astype(np.uint8).tobytes() for bits in patterns)
    return np.array(head, np.uint64).tobytes() + tail


def _chunks(bits: NDArray[np.uint8], width: int) -> NDArray[np.uint32]:
    """Words as chunks, the lowest first: uint32 (words, chunks of ``width`` bits)."""
    padding = -(-width // CHUNK_BITS) * CHUNK_BITS - bits.shape[1]
    packed = np.packbits(np.pad(bits, ((0, 0), (0, padding))), axis=1, bitorder="little")
    return packed.view(np.uint32)


def _read_trace(path: Path, width: int, payload_bits: int) -> Trace:
    """Records of the driver, of words of ``width`` bits with a payload in the lowest of them."""
    record = np.dtype([("cycle", np.uint64), ("word", np.uint8, -(-width // CHUNK_BITS) * 4)])
    found = np.fromfile(path, record)
    payload = np.unpackbits(found["word"], axis=1, bitorder="little", count=payload_bits)
    return Trace(found["cycle"].astype(np.int64), payload)
