"""Results that take long to find, kept in the user's cache folder by all that they depend on.

A result is asked for by a digest of what went into it and of this program's own files. So one of
other data, or of another version, is never taken for it; what cannot be read, or is not what was
written, is not there.
"""

import contextlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from hwgen.errors import HwgenError
from hwgen.files import replacing
from hwgen.readers.json_object import read_json

__all__ = ["SWITCH", "digest_of", "kept"]

_log = logging.getLogger(__name__)

SWITCH = "HWGEN_KEEP_RESULTS"
"""Variable of the environment that has "0" where nothing is to be kept, and nothing taken."""

MOST, LEFT = 2000, 1500
"""Results from which on the oldest go, and how many stay; each has some kilobytes."""

SUFFIXES = (".py", ".cpp", ".json")
"""Files of this program that results depend on."""


def kept(
    kind: str, about: object, find: Callable[[], object], good: Callable[[object], bool]
) -> object:
    """Result of ``find``, or what it was for the same ``about`` before.

    Parameters
    ----------
    kind : str
        Name of what is looked for.
    about : object
        All that the result depends on, as `digest_of` takes it.
    find : callable
        Gives the result, which JSON can hold.
    good : callable
        Whether what was kept can be a result.
    """
    if os.environ.get(SWITCH) == "0":
        return find()
    digest = digest_of((kind, _version(), about))
    path = user_cache_path("hwgen") / "results" / f"{kind}-{digest}.json"
    with contextlib.suppress(HwgenError):
        entry = read_json(path)
        value = entry.get("result")
        if entry.get("of") == digest and entry.get("check") == _check(value) and good(value):
            with contextlib.suppress(OSError):
                os.utime(path)
            _log.info("%s: kept from before in %s", kind, path)
            return value
    value = find()
    entry = {"of": digest, "check": _check(value), "result": value}
    # A cache that cannot be written is no error.
    with contextlib.suppress(HwgenError, OSError):
        with replacing(path, parents=True) as beside:
            beside.write_text(json.dumps(entry), encoding="utf-8")
        _make_room(path.parent)
    return value


def digest_of(thing: object) -> str:
    """Digest of numbers, texts, arrays, tuples, mappings and dataclasses of them."""
    digest = sha256()
    _feed(digest.update, thing)
    return digest.hexdigest()


def _feed(update: Callable[[bytes], object], thing: object) -> None:
    """Give all of a thing to a digest, so that no two things give the same."""
    match thing:
        case Enum():
            update(f"{type(thing).__name__}.{thing.name};".encode())
        case None | bool() | int() | float() | Fraction():
            update(f"{type(thing).__name__} {thing!r};".encode())
        case str() | bytes():
            data = thing if isinstance(thing, bytes) else thing.encode(errors="surrogatepass")
            update(f"{type(thing).__name__} {len(data)};".encode() + data)
        case np.ndarray() if not thing.dtype.hasobject:
            update(f"array {thing.dtype.str} {thing.shape};".encode())
            update(thing.tobytes())
        case np.ndarray() | tuple() | list() | frozenset():
            ordered = sorted(thing) if isinstance(thing, frozenset) else list(thing)
            update(f"{type(thing).__name__} {len(ordered)};".encode())
            for each in ordered:
                _feed(update, each)
        case Mapping():
            update(f"mapping {len(thing)};".encode())
            for pair in thing.items():
                _feed(update, pair)
        case np.generic():
            _feed(update, np.asarray(thing))
        case _ if is_dataclass(thing):
            named = fields(thing)
            update(f"{type(thing).__qualname__} {len(named)};".encode())
            for field in named:
                _feed(update, getattr(thing, field.name))
        case _:
            raise TypeError(f"must be made of numbers, texts and arrays, not {thing!r}")


def _check(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def _version() -> str:
    """Digest of the files that results depend on."""
    root = Path(__file__).parents[1]
    files = sorted(
        path for package in ("hwgen", "sim") for path in (root / package).rglob("*")
        if path.suffix in SUFFIXES
    )  # fmt: skip
    return digest_of(tuple((str(p.relative_to(root)), p.read_bytes()) for p in files))


def _make_room(folder: Path) -> None:
    """Take away the results that were not asked for the longest, where there are too many."""
    found = list(folder.glob("*.json"))
    if len(found) <= MOST:
        return
    ages = []
    for path in found:
        # Another process may be taking them away too.
        with contextlib.suppress(OSError):
            ages.append((path.stat().st_mtime, path))
    for _, path in sorted(ages)[: len(found) - LEFT]:
        with contextlib.suppress(OSError):
            path.unlink()
