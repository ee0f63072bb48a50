"""The terminal: progress, results, and errors as one sentence with an exit code."""

import gc
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from io import TextIOWrapper
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text

from hwgen.errors import HwgenError, one_line

__all__ = [
    "Steps",
    "Verbosity",
    "count",
    "errors_to_exit",
    "note",
    "out",
    "say",
    "set_verbosity",
    "steps",
    "verbosity",
]

WRONG = 2
"""Exit code for wrong input."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it and typer gives it."""

GARBAGE_LOOKS = 10_000
"""New objects after which the collector looks through them; Python 3.11 has 700."""

# Names of files can look like markup and like emoji.
_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}

out = Console(**_PLAIN, soft_wrap=not sys.stdout.isatty())
_err = Console(**_PLAIN, stderr=True, soft_wrap=True)

_PROGRESS = re.compile(r"(?:(?P<step>[^:]+): )?.* (?:done|\(\d+ s\))")
"""What is said of a step that goes on, and where it is said, of which."""


_UsageError: Any = typer.BadParameter.__base__
"""What options and arguments raise; typer keeps it in a place that changes with its version."""


class Verbosity(Enum):
    """How much is said besides results and errors: nothing, steps and notes, or all there is."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


class _Run:
    """Of this run: when it began, and how much it says."""

    start = time.monotonic()
    verbosity = Verbosity.NORMAL


class _Said(logging.Handler):
    """Says what is logged of tools and the commands that are run."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        say(record.getMessage())


_LOGGERS = [logging.getLogger(package) for package in ("hwgen", "sim")]
for _logger in _LOGGERS:
    _logger.addHandler(_Said())


def verbosity() -> Verbosity:
    """How much is said."""
    return _Run.verbosity


def set_verbosity(chosen: Verbosity) -> None:
    """Say so much from now on; `Verbosity.NORMAL` begins a run."""
    if chosen is Verbosity.NORMAL:
        _Run.start = time.monotonic()
    _Run.verbosity = chosen
    for logger in _LOGGERS:
        logger.setLevel(logging.INFO if chosen is Verbosity.VERBOSE else logging.NOTSET)


def count(number: int, noun: str) -> str:
    """Number and noun: "1 frame", "2,000 frames"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Say what only `Verbosity.VERBOSE` asks for."""
    if _Run.verbosity is Verbosity.VERBOSE:
        _stamped(time.monotonic(), text)


def _stamped(now: float, text: str) -> None:
    _err.print(f"[{now - _Run.start:6.1f} s] {one_line(text)}")


def _step_of(text: str) -> str | None:
    """Name of the step that a text is about; None where it is the one that goes on."""
    progress = _PROGRESS.fullmatch(text)
    return text if progress is None else progress["step"]


class Steps:
    """Tells what is being done: a spinner on a terminal, a line a step elsewhere."""

    def __init__(self, status: Status | None):
        self._status = status
        self._said = _Run.start
        self._step: tuple[str, float] | None = None

    def __call__(self, text: str) -> None:
        """Say what begins."""
        if _Run.verbosity is Verbosity.QUIET:
            return
        if self._status is not None:
            self._status.update(Text(one_line(text)))
            return
        now = time.monotonic()
        name = _step_of(text)
        if name is not None and (self._step is None or self._step[0] != name):
            self.end()
            self._step = (name, now)
        # Every step gets its line; mere progress within a step one every five seconds.
        if not text.endswith(" done") or now - self._said > 5:
            _stamped(now, text)
            self._said = now

    def end(self) -> None:
        """Say how long the step took that is over."""
        if self._step is not None:
            text, start = self._step
            seconds = time.monotonic() - start
            if seconds >= 0.1:
                say(f"{seconds:.1f} s for {text}")
            self._step = None

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
    if _err.is_terminal and _Run.verbosity is Verbosity.NORMAL:
        with _err.status("") as status:
            yield Steps(status)
        return
    found = Steps(None)
    try:
        yield found
    finally:
        found.end()


def note(text: str) -> None:
    """Tell on standard error what a user may not expect."""
    if _Run.verbosity is not Verbosity.QUIET:
        _err.print(f"note: {one_line(text)}")


def errors_to_exit(app: typer.Typer) -> Callable[[], NoReturn]:
    """Make the entry point of a command line: errors end in one sentence and their exit code."""

    def main() -> NoReturn:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # Names of files may have bytes that no encoding prints.
                stream.reconfigure(errors="backslashreplace")
        set_verbosity(Verbosity.NORMAL)
        _look_for_garbage_less()
        sys.exit(_run(app))

    return main


def _look_for_garbage_less() -> None:
    """Leave modules out of looks for garbage, and have fewer of these.

    Modules stay to the end, and most of what a command makes lives long: to look through all of it
    over and over took a tenth of a build. In a process of several commands the first one does it,
    so that nothing is kept for ever that an earlier one has left behind.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(GARBAGE_LOOKS)


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
