"""The terminal: progress, results, and errors as one sentence with an exit code."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console

from hwgen.errors import HwgenError

__all__ = ["count", "errors_to_exit", "out", "steps"]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it and typer gives it."""

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def count(number: int, noun: str) -> str:
    """Number and noun: "1 frame", "2,000 frames"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show what is being done: a spinner on a terminal, a line a step elsewhere.

    Gives a function to call with each step's name.
    """
    start = time.monotonic()
    if not _err.is_terminal:
        said = 0.0

        def say(text: str) -> None:
            nonlocal said
            now = time.monotonic() - start
            # Every step gets its line; mere progress within a step one every five seconds.
            if not text.endswith(" done") or now - said > 5:
                _err.print(f"[{now:6.1f} s] {text}", markup=False)
                said = now

        yield say
        return
    with _err.status("") as status:
        yield lambda text: status.update(text)


def errors_to_exit(app: typer.Typer) -> Callable[[], NoReturn]:
    """Make the entry point of a command line: errors end in one sentence and their exit code."""

    def main() -> NoReturn:
        try:
            app()
        except SystemExit as end:
            if end.code == INTERRUPTED:
                _err.print("interrupted; nothing was written")
            raise
        except HwgenError as error:
            _err.print(f"error: {error}", markup=False)
            sys.exit(error.exit_code)
        except MemoryError:
            _err.print("error: not enough memory for this network and so many frames")
            sys.exit(2)
        sys.exit(0)

    return main
