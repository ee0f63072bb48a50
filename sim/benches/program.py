"""Running the programs that make a bench: quietly, with progress, to be interrupted."""

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hwgen.errors import ToolError

__all__ = ["Progress", "run_program"]

Progress = Callable[[str], object]

BEAT_SECONDS = 5.0
"""A program that runs longer is told of so often."""


def run_program(
    command: Sequence[str | Path],
    *,
    what: str,
    cwd: Path,
    log: Path,
    progress: Progress,
    beat_seconds: float = BEAT_SECONDS,
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
    progress(what)
    start = time.monotonic()
    with log.open("w") as file:
        try:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ToolError(f"cxxrtl: {command[0]} cannot be run: {error.strerror}") from error
        with process:
            try:
                while True:
                    try:
                        code = process.wait(beat_seconds)
                        break
                    except subprocess.TimeoutExpired:
                        progress(f"{what} ({time.monotonic() - start:.0f} s)")
            except BaseException:
                process.kill()
                raise
    if code:
        raise ToolError(f"cxxrtl: {what} failed; see {log}")
