"""Runs command lines in this process, and says what is wrong with how they end."""

import contextlib
import io
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import hwgen.cli
import sim.benches.verify_design
import sim.cli
from hwgen.errors import ToolError

__all__ = ["LIMIT_SECONDS", "Ending", "run", "without_tools"]

LIMIT_SECONDS = 10
STUCK_SECONDS = 60

PROGRESS = ("[", "note: ")
DETAILS = "  "
"""Begins each line of a table below the one sentence."""


class Ending:
    """How a command ended: ``faults`` are sentences on what must not be; ``seconds`` and peak."""

    def __init__(self, code: Any, errors: str, seconds: float, crash: str | None):
        self.code = code
        self.seconds = seconds
        self.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        said = errors.split("\n")[:-1] if errors else []
        self.errors = [line for line in said if not line.startswith((*PROGRESS, DETAILS))]
        self.faults = [] if crash is None else [crash]
        if crash is None:
            if code not in (0, 1, 2, 3):
                self.faults.append(f"exit code {code!r}")
            wanted = 1 if code else 0
            good = [line for line in self.errors if line.startswith("error: ")]
            if len(self.errors) != wanted or len(good) != wanted:
                self.faults.append(f"{len(self.errors)} lines: {self.errors[:5]!r}")
            if not errors.isprintable() and not errors.replace("\n", "").isprintable():
                self.faults.append(f"unprintable: {errors!r}")


@contextlib.contextmanager
def without_tools() -> Iterator[None]:
    """Stop before programs of others run, which take minutes."""

    def stop(*_: Any, **__: Any) -> Any:
        raise ToolError("stopped before the tool")

    with (
        mock.patch("hwgen.synth.synthesis_flow.run_jobs", stop),
        mock.patch("hwgen.synth.board_flow.run_jobs", stop),
        mock.patch("hwgen.jobs.reload.pack_bitstream", return_value=b"bits"),
        mock.patch.object(sim.benches.verify_design, "make_bench", stop),
        mock.patch.object(sim.benches.verify_design, "make_netlist_bench", stop),
    ):
        yield


def _stuck(*_: Any) -> None:
    raise TimeoutError(f"runs for more than {STUCK_SECONDS} s")


def run(words: list[str], folder: Path) -> Ending:
    """Run a command line in a folder, warnings being errors."""
    program = {"hwgen": hwgen.cli, "sim": sim.cli}[words[0]]
    out, errors = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    code, crash, start = 0, None, time.monotonic()
    before = signal.signal(signal.SIGALRM, _stuck)
    signal.alarm(STUCK_SECONDS)
    try:
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
            mock.patch.object(sys, "argv", words),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            program.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        crash = "".join(traceback.format_exception(error)[-3:])
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    errors.flush()
    text = errors.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined]
    return Ending(code, text, time.monotonic() - start, crash)
