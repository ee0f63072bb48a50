"""The bench under cocotb, on Verilator or Icarus: monitors in Verilog, the edge in Python."""

import contextlib
import io
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cocotb_tools.check_results import get_results
from numpy.typing import NDArray

from hwgen.errors import ToolError
from hwgen.plan.plan import Stream
from hwgen.verilog.memories import bring_memories
from sim.benches.bench import Ports, Recording, Run, split_runs
from sim.benches.cocotb_runners import make_runner
from sim.benches.drive import PROGRESS, SETUP
from sim.benches.harness import VIOLATIONS_LOG, Signals, harness_verilog, log_name
from sim.compare import Trace

__all__ = ["CocotbBench"]

_log = logging.getLogger(__name__)

RESULTS = "results.xml"
"""File in which cocotb tells how its test ended."""


class CocotbBench:
    """A `sim.benches.bench.Bench` on a simulator that cocotb drives.

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
    simulator : str
        One that `make_runner` knows.
    work : Path
        Folder for everything that is made; it is the caller's to remove.
    progress : callable
        Told what begins.
    signals : mapping of str to (str, str, str), optional
        Where each stream is, if not at its unit; see `harness_verilog`.
    models : sequence of Path
        Verilog of what the design's cells do.
    defines : mapping of str to str
        Macros for all of the Verilog.

    Raises
    ------
    ToolError
        If the simulator is missing or fails; names the log.
    """

    def __init__(
        self,
        *,
        verilog: Path,
        top: str,
        streams: Sequence[Stream],
        ports: Ports,
        simulator: str,
        work: Path,
        weights: Sequence[int] = (),
        packet: Sequence[int] = (),
        progress: Callable[[str], object] = lambda step: None,
        signals: Mapping[str, Signals] | None = None,
        models: Sequence[Path] = (),
        defines: Mapping[str, str] | None = None,
    ):
        self.verilog = verilog
        self.streams = tuple(streams)
        self.weights = np.array(weights, np.uint16)
        self.packet = np.array(packet, np.uint16)
        self.simulator = simulator
        self.work = work
        self.runner = make_runner(simulator)
        work.mkdir(parents=True, exist_ok=True)
        harness = work / "bench.v"
        harness.write_text(harness_verilog(top, ports, streams, signals))
        progress(f"compiling with {simulator}")
        self._call(
            "compile",
            lambda log: self.runner.build(
                sources=[harness, verilog, *models],
                includes=sorted({model.parent for model in models}),
                defines=dict(defines or {}),
                hdl_toplevel="bench",
                build_dir=work / "build",
                always=True,
                timescale=("1ns", "1ps"),
                log_file=log,
            ),
        )

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
        bring_memories(self.verilog, folder)
        setup = self.work / "setup.npz"
        arrays: dict[str, Any] = {
            "words": np.array(_hex_words(words)),
            "runs": np.array([_numbers(run, len(words)) for run in runs]),
            "weights": self.weights,
            "packet": self.packet,
        }
        for k, run in enumerate(runs):
            traffic = run.traffic
            arrays |= {f"valid{k}": traffic.valid.bits, f"ready{k}": traffic.ready.bits}
            arrays[f"given{k}"] = traffic.weights.bits
        np.savez(setup, **arrays)
        with self._watched(progress):
            self._call(
                "run",
                lambda log: self.runner.test(
                    test_module="sim.benches.drive",
                    hdl_toplevel="bench",
                    build_dir=self.work / "build",
                    test_dir=folder,
                    extra_env={SETUP: str(setup)},
                    results_xml=str(folder / RESULTS),
                    log_file=log,
                ),
            )
        if get_results(folder / RESULTS)[1]:
            raise ToolError(f"{self.simulator} failed in the bench; see {self.work / 'run.log'}")
        traces = {
            s.name: _read_log(folder / log_name(k), s.payload_bits)
            for k, s in enumerate(self.streams)
        }
        violations = [
            (self.streams[int(k)].name, int(cycle))
            for k, cycle in (x.split() for x in (folder / VIOLATIONS_LOG).read_text().splitlines())
        ]
        return split_runs(traces, violations, runs)

    @contextlib.contextmanager
    def _watched(self, progress: Callable[[int], object]) -> Iterator[None]:
        """Pass on what the driver writes about its progress, twice a second."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.5):
                with contextlib.suppress(OSError, ValueError):
                    progress(int((self.work / "run" / PROGRESS).read_text()))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _call(self, step: str, call: Callable[[Path], object]) -> None:
        """Run a cocotb runner step quietly."""
        log = self.work / f"{step}.log"
        _log.info("log: %s", log)
        # The simulator imports the driver: it needs our path, and no colours in the log.
        root = str(Path(__file__).parents[2])
        path = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *([path] if path else [])])
        os.environ["COCOTB_ANSI_OUTPUT"] = "0"
        quiet = logging.getLogger("cocotb_tools.runner")
        level = quiet.level
        quiet.setLevel(logging.ERROR)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                call(log)
        except (SystemExit, Exception) as error:
            raise ToolError(f"{self.simulator} could not {step} the bench; see {log}") from error
        finally:
            quiet.setLevel(level)
            if path is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = path


_NIBBLES = np.full((256, 4), 2, np.uint8)
"""Bits of each hexadecimal digit, the least significant first; 2 for x and z."""
for _digit in range(16):
    _NIBBLES[ord(f"{_digit:x}")] = [_digit >> _bit & 1 for _bit in range(4)]


def _read_log(path: Path, payload_bits: int) -> Trace:
    """Parse lines of fixed width: eight digits of cycle, then the payload."""
    data = np.fromfile(path, np.uint8)
    digits = -(-payload_bits // 4)
    lines = data.reshape(-1, 8 + 1 + digits + 1)
    cycle_bits: NDArray[np.int64] = (
        _NIBBLES[lines[:, 7::-1]].reshape(len(lines), 32).astype(np.int64)
    )
    payload = _NIBBLES[lines[:, 8 + digits : 8 : -1]].reshape(len(lines), 4 * digits)
    return Trace(cycle_bits @ (1 << np.arange(32, dtype=np.int64)), payload[:, :payload_bits])


def _numbers(run: Run, words: int) -> list[int]:
    """What `sim.benches.drive` reads of a run, besides its patterns."""
    offered = words if run.words is None else run.words
    return [run.cycles, offered, run.reset_cycles, run.traffic.ready_after, run.weights]


def _hex_words(bits: NDArray[np.uint8]) -> list[str]:
    packed = np.packbits(bits, axis=1, bitorder="little")[:, ::-1]
    return [row.tobytes().hex() for row in packed]
