"""Plain files as bytes and text: what is opened, how much of it is read, and what can go wrong."""

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hwgen.errors import ModelError

__all__ = ["is_file", "is_folder", "opened", "read_bytes", "read_text", "refusing", "size", "take"]

# A pipe without a writer would wait for ever to be opened; a device could do anything.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def refusing(why: str) -> Iterator[None]:
    """Turn every failure of a library inside into a ModelError that says ``why``; no warnings.

    Decoders of damaged files raise nearly anything: errors of their own, IndexError and so on.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ModelError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(why) from error


@contextmanager
def opened(path: Path, limit: int) -> Iterator[tuple[BinaryIO, int]]:
    """Open a plain file of at most ``limit`` bytes; gives it and its size.

    Raises
    ------
    ModelError
        If it cannot be opened or read, is a folder, a pipe or a device, or is larger.
    """
    try:
        # Looked at before it is opened, because opening a device can already do something.
        _check_plain(os.stat(path).st_mode)
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            facts = os.fstat(file.fileno())
            _check_plain(facts.st_mode)
            if facts.st_size > limit:
                raise ModelError(f"has {facts.st_size:,} bytes, but at most {limit:,} are read")
            yield file, facts.st_size
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the path
        raise ModelError(f"cannot be read: {error}") from error


def _check_plain(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise ModelError("cannot be read: Is a directory")
    if not stat.S_ISREG(mode):
        raise ModelError("cannot be read: must be a plain file, not a pipe or a device")


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a plain file of at most ``limit`` bytes."""
    with opened(path, limit) as (file, _):
        # Files of the system say that they are empty, and then give what they like, or nothing yet.
        data = file.read(limit + 1)
        if data is None:
            raise ModelError("cannot be read: waits for more to come")
    if len(data) > limit:
        raise ModelError(f"has more than the {limit:,} bytes that are read")
    return data


def read_text(path: Path, limit: int) -> str:
    """Read a plain file of UTF-8 text."""
    data = read_bytes(path, limit)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ModelError(f"is not UTF-8 text: {error.reason} at byte {error.start}") from error


def take(file: BinaryIO, count: int) -> bytearray:
    """Read exactly ``count`` bytes.

    Raises
    ------
    ModelError
        If there are fewer.
    """
    data = bytearray(count)
    view, at = memoryview(data), 0
    while at < count:
        got = file.readinto(view[at:])  # type: ignore[attr-defined]
        if not got:
            raise ModelError("is cut short")
        at += got
    return data


def size(path: Path) -> int:
    """Bytes of a file as its folder states them; 0 where nobody can tell."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def is_file(path: Path) -> bool:
    """Tell whether something that is no folder has that path; False where nobody can tell."""
    return _mode(path) is not None and not is_folder(path)


def is_folder(path: Path) -> bool:
    """Tell whether a folder has that path; False where nobody can tell."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return None
