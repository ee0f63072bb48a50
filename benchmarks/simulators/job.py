"""What is simulated, and what a simulator says of it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools import Step, call
from hwgen.build_folder import BuildFolder
from hwgen.design import Design, load_design
from hwgen.errors import ToolError
from hwgen.plan.units import Scores
from hwgen.verilog.memories import bring_memories
from sim.patterns import Traffic, random_traffic

__all__ = ["ONE_THREAD", "Job", "Run", "read_run", "unsigned_scores"]

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
"""Environment of a simulator that runs in Python."""


@dataclass(frozen=True)
class Run:
    """Frames from the first cycle after reset to the last score.

    ``scores`` are those of all frames, one after another, in two's complement as they leave the
    hardware. Compiling, loading and reset are not in the seconds; ``parts`` may say where the
    processor time went.
    """

    cycles: int
    seconds: float
    cpu_seconds: float
    scores: list[int]
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A build, its pictures, and a folder for what is made.

    Parameters
    ----------
    build : Path
    images : uint8 (frames, height, width, channels)
    work : Path
    stalls : int, optional
        Seed of random stalls; by default frames come and go at full rate.
    """

    build: Path
    images: NDArray[np.integer[Any]]
    work: Path
    stalls: int | None = None

    @property
    def traffic(self) -> Traffic:
        """When pixels are offered, and scores taken."""
        interval = BuildFolder(self.build).read_manifest()["interval_cycles"]
        return Traffic() if self.stalls is None else random_traffic(self.stalls, interval)

    @property
    def top(self) -> str:
        """The top module."""
        return BuildFolder(self.build).read_manifest()["top"]

    @property
    def verilog(self) -> Path:
        """The emitted file."""
        return BuildFolder(self.build).verilog(self.top).resolve()

    def design(self) -> Design:
        """Read the design back."""
        return load_design(self.build)[0]

    @property
    def packet(self) -> Path | None:
        """File of the weights that come in with each frame, where some do."""
        plan = self.design().plan
        if plan.weights is None:
            return None
        if plan.load_words:
            raise ToolError(f"{self.build}: weights of SPRAMs are not loaded here")
        return BuildFolder(self.build).weights(self.top).resolve()

    def words_out(self, frames: int) -> int:
        """Scores of so many frames."""
        manifest = BuildFolder(self.build).read_manifest()
        return frames * manifest["streams"][-1]["transfers_per_frame"]

    def refuse_packets(self, simulator: str) -> None:
        """Refuse a design that gets weights with each frame.

        Raises
        ------
        ToolError
            If it does.
        """
        if self.packet is not None:
            raise ToolError(f"weights that come in are not driven in {simulator}")

    def pixels(self, frames: int) -> Path:
        """File of the input words of the first frames, a byte a channel."""
        path = self.work / f"frames{frames}.bin"
        self.images[:frames].tofile(path)
        return path

    def drive(self, driver: Path, frames: int, step: Step, what: str) -> Run:
        """Run a program made with ``drive.h``."""
        arguments = [str(self.images.shape[3]), str(self.words_out(frames))]
        packet = [] if self.packet is None else [self.packet]
        patterns = [self.work / "valid.bin", self.work / "ready.bin"]
        traffic = self.traffic
        for path, pattern in zip(patterns, (traffic.valid, traffic.ready), strict=True):
            pattern.bits.astype(np.uint8).tofile(path)
        command = [driver, self.pixels(frames), *arguments, *patterns, *packet]
        bring_memories(self.verilog, self.work)
        return read_run(call(command, step, what, cwd=self.work), what)


def read_run(text: str, what: str) -> Run:
    """A run from the JSON in the last line of what a program printed.

    Raises
    ------
    ToolError
        If there is none.
    """
    try:
        found: dict[str, Any] = json.loads(text.splitlines()[-1])
        keys = ("cycles", "seconds", "cpu_seconds", "scores")
        return Run(*(found[key] for key in keys), parts=found.get("parts", {}))
    except (IndexError, KeyError, ValueError) as error:
        raise ToolError(f"{what}: printed no result") from error


def unsigned_scores(design: Design, scores: NDArray[np.integer]) -> list[int]:
    """Scores of the golden model as they leave the hardware."""
    last = design.plan.units[-1]
    assert isinstance(last, Scores), last
    return [int(s) & ((1 << last.data_bits) - 1) for s in scores.ravel()]
