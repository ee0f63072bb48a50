"""Running the programs that make a bench."""

from collections.abc import Sequence
from pathlib import Path

from hwgen.errors import ToolError
from hwgen.synth.processes import Job, Progress, run_jobs

__all__ = ["run_program"]


def run_program(
    command: Sequence[str | Path], *, what: str, cwd: Path, log: Path, progress: Progress
) -> None:
    """Run a program to its end, its output in ``log``.

    Parameters
    ----------
    what : str
        What it does: "translating with yosys".
    progress : callable
        Told that, and from time to time for how long.

    Raises
    ------
    ToolError
        If it cannot be started or fails; names the log.
    """
    (code,) = run_jobs([Job(what, tuple(map(str, command)), cwd, log)], progress)
    if code:
        raise ToolError(f"cxxrtl: {what} failed; see {log}")
