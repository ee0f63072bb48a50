"""Running programs, some at once: with logs and progress, to be interrupted."""

import logging
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hwgen.errors import ToolError

__all__ = ["GAVE_UP", "Job", "Progress", "run_jobs"]

Progress = Callable[[str], object]

POLL_SECONDS = 0.05
BEAT_SECONDS = 5.0
"""Programs that run longer are told of so often."""


_log = logging.getLogger(__name__)

GAVE_UP = 124
"""Exit code of a program that was ended at its limit, as `timeout` has it."""


@dataclass(frozen=True)
class Job:
    """A program to run in a folder, its output going to ``log``; ``what`` is what it does.

    After ``limit_seconds`` it is ended, with an error in its log and the exit code `GAVE_UP`.
    """

    what: str
    command: tuple[str, ...]
    cwd: Path
    log: Path
    limit_seconds: float = float("inf")
    env: Mapping[str, str] | None = None
    """Added to the environment."""
    shown: tuple[str, ...] = field(default=(), compare=False)
    """The command as a person would type it, where that is another one."""

    def __str__(self) -> str:
        return shlex.join(self.shown or self.command)


def run_jobs(jobs: Sequence[Job], progress: Progress, at_once: int = 1) -> list[int]:
    """Run programs to their ends, in order, some at once; returns their exit codes.

    Whatever stops this function, an interrupt for one, ends the programs that run.

    Parameters
    ----------
    progress : callable
        Told what begins, and from time to time what still runs.
    at_once : int
        Most programs at a time.

    Raises
    ------
    ToolError
        If one cannot be started.
    """
    codes: list[int | None] = [None] * len(jobs)
    running: dict[int, subprocess.Popen[bytes]] = {}
    begun: dict[int, float] = {}
    waiting = list(range(len(jobs)))[::-1]
    start = told = time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                k = waiting.pop()
                progress(jobs[k].what)
                _log.info("in %s: %s; log: %s", jobs[k].cwd, jobs[k], jobs[k].log)
                running[k], begun[k] = _start(jobs[k]), time.monotonic()
            for k in list(running):
                if running[k].poll() is not None:
                    codes[k] = running.pop(k).returncode
                elif time.monotonic() - begun[k] > jobs[k].limit_seconds:
                    _give_up(jobs[k], running.pop(k))
                    codes[k] = GAVE_UP
                if k not in running and (codes[k] or len(jobs) > 1):
                    seconds = time.monotonic() - begun[k]
                    _log.info("%s: exit code %s after %.1f s", jobs[k].what, codes[k], seconds)
            if not running:
                continue
            now = time.monotonic()
            if now - told >= BEAT_SECONDS:
                names = ", ".join(jobs[k].what for k in running)
                progress(f"{names} ({now - start:.0f} s)")
                told = now
            time.sleep(POLL_SECONDS)
    finally:
        for process in running.values():
            process.kill()
        for process in running.values():
            process.wait()
    return [code for code in codes if code is not None]


def _start(job: Job) -> "subprocess.Popen[bytes]":
    with job.log.open("wb") as log:
        try:
            return subprocess.Popen(
                job.command,
                cwd=job.cwd,
                env=None if job.env is None else os.environ | dict(job.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ToolError(f"{job.command[0]} cannot be run: {error.strerror}") from error


def _give_up(job: Job, process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    with job.log.open("a") as log:
        log.write(f"\nERROR: no end after {job.limit_seconds:g} s; another seed may do\n")
