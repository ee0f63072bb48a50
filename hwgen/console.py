"""The terminal: progress, results, and errors as one sentence with an exit code."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text

from hwgen.errors import HwgenError, one_line

__all__ = ["Steps", "count", "errors_to_exit", "note", "out", "steps"]

WRONG = 2
"""Exit code for wrong input."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it and typer gives it."""

# Names of files can look like markup and like emoji.
_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}

out = Console(**_PLAIN, soft_wrap=not sys.stdout.isatty())
_err = Console(**_PLAIN, stderr=True, soft_wrap=True)

_UsageError: Any = typer.BadParameter.__base__
"""What options and arguments raise; typer keeps it in a place that changes with its version."""


def count(number: int, noun: str) -> str:
    """Number and noun: "1 frame", "2,000 frames"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Steps:
    """Tells what is being done: a spinner on a terminal, a line a step elsewhere."""

    def __init__(self, status: Status | None):
        self._status = status
        self._start = time.monotonic()
        self._said = 0.0

    def __call__(self, text: str) -> None:
        """Say what begins."""
        if self._status is not None:
            self._status.update(Text(one_line(text)))
            return
        now = time.monotonic() - self._start
        # Every step gets its line; mere progress within a step one every five seconds.
        if not text.endswith(" done") or now - self._said > 5:
            _err.print(f"[{now:6.1f} s] {one_line(text)}")
            self._said = now

    def show(self, text: str) -> None:
        """Print a result while work goes on."""
        # While a spinner turns, all that is printed goes where it is.
        if self._status is not None:
            self._status.stop()
        out.print(text)
        out.file.flush()
        if self._status is not None:
            self._status.start()


@contextmanager
def steps() -> Iterator[Steps]:
    """Give a function to call with each step's name."""
    if not _err.is_terminal:
        yield Steps(None)
        return
    with _err.status("") as status:
        yield Steps(status)


def note(text: str) -> None:
    """Tell on standard error what a user may not expect."""
    _err.print(f"note: {one_line(text)}")


def errors_to_exit(app: typer.Typer) -> Callable[[], NoReturn]:
    """Make the entry point of a command line: errors end in one sentence and their exit code."""

    def main() -> NoReturn:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # Names of files may have bytes that no encoding prints.
                stream.reconfigure(errors="backslashreplace")
        sys.exit(_run(app))

    return main


def _run(app: typer.Typer) -> int:
    """Run a command line; returns its exit code."""
    try:
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:
            _err.print("interrupted; nothing was written")
        return code
    except HwgenError as error:
        _err.print(f"error: {one_line(str(error))}")
        if error.details:
            _err.print(error.details)
        return error.exit_code
    except _UsageError as error:
        if error.message.startswith("Usage: "):  # nothing was given at all
            error.show()
        else:
            _err.print(f"error: {one_line(error.format_message().rstrip('.'))}")
        return WRONG
    except MemoryError:
        _err.print("error: not enough memory for this network and so many frames")
        return WRONG
