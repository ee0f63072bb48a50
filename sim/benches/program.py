"""Running the programs that make a bench."""

from collections.abc import Sequence
from pathlib import Path

from hwgen.errors import ToolError
from hwgen.synth.processes import Job, Progress, run_jobs

__all__ = ["run_program"]


def run_program(
    command: Sequence[str | Path],
    *,
    what: str,
    cwd: Path,
    log: Path,
    progress: Progress,
    shown: Sequence[str] = (),
) -> None:
    """Run a program to its end, its output in ``log``.

    Parameters
    ----------
    what : str
        What it does: "translating with yosys".
    progress : callable
        Told that, and from time to time for how long.
    shown : sequence of str
        The command as a person would type it, where that is another one.

    Raises
    ------
    ToolError
        If it cannot be started or fails; names the log.
    """
    job = Job(what, tuple(map(str, command)), cwd, log, shown=tuple(shown))
    (code,) = run_jobs([job], progress)
    if code:
        raise ToolError(f"cxxrtl: {what} failed; see {log}")
