"""Reads a JSON file strictly, and turns all that can go wrong into one sentence."""

import gzip
import io
import json
import math
from pathlib import Path

from hwgen.errors import ModelError, describe
from hwgen.readers.files import read_bytes, refusing, size

__all__ = ["MAX_DIGITS", "MAX_FILE_BYTES", "parse_json", "read_json", "read_json_gz"]

MAX_FILE_BYTES = 1 << 26
"""Size of the largest description; larger weights belong in a sidecar."""

MAX_DIGITS = 308
"""Digits of an integer, so that each one fits a float64."""

_MAX_CONTAINERS = 1 << 18
_MAX_VALUES = 1 << 22
# In Python a list of one number takes a hundred times what it takes in the file.

_MAX_PACKED_BYTES, _MAX_UNPACKED_BYTES = 1 << 26, 1 << 27
_MAX_PACKED_CONTAINERS = 1 << 21


def read_json(path: Path, what: str = "a description") -> dict[str, object]:
    """Read one JSON object.

    Parameters
    ----------
    what : str
        What the file is, for messages.

    Returns
    -------
    dict
        Its numbers are finite: an int has at most 308 digits, the others are floats.

    Raises
    ------
    ModelError
        If the file cannot be read, is too large, is not UTF-8 or not JSON, or if it has keys
        twice, NaN, infinities or numbers beyond float64. The message does not name the file.
    """
    if size(path) > MAX_FILE_BYTES:
        raise ModelError(
            f"{what} must have at most {MAX_FILE_BYTES} bytes (64 MiB): "
            "put large weights into an .npz sidecar"
        )
    data = read_bytes(path, MAX_FILE_BYTES)
    return parse_json(data, what)


def read_json_gz(path: Path, damaged: str) -> dict[str, object]:
    """Read one JSON object from a file that gzip packed: of at most 128 MiB when unpacked.

    ``damaged`` is what is said of a file that gzip cannot unpack.
    """
    packed = read_bytes(path, _MAX_PACKED_BYTES)
    with refusing(damaged):
        data = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(_MAX_UNPACKED_BYTES + 1)
    if len(data) > _MAX_UNPACKED_BYTES:
        raise ModelError(f"unpacks to more than the {_MAX_UNPACKED_BYTES:,} bytes that are read")
    return parse_json(data, "it", _MAX_PACKED_CONTAINERS)


def parse_json(
    data: bytes, what: str = "a description", containers: int = _MAX_CONTAINERS
) -> dict[str, object]:
    """Read one JSON object of at most so many lists and objects from bytes; see `read_json`."""
    if data.count(b"[") + data.count(b"{") > containers or data.count(b",") > _MAX_VALUES:
        raise ModelError(
            f"{what} must have at most {containers:,} lists and objects, and {_MAX_VALUES:,} "
            "values: put large weights into base64 or an .npz sidecar"
        )
    try:
        document = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise ModelError(
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise ModelError(f"is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise ModelError("is nested too deeply") from error
    if not isinstance(document, dict):
        raise ModelError(f"{what} must be a JSON object, not {describe(document)}")
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        # set.add returns None, so this finds the first key that was there before.
        key = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ModelError(f"key {describe(key)} appears twice in one object")
    return result


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ModelError(f"an integer must have at most {MAX_DIGITS} digits, not {len(text)}")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ModelError(f"number {text[:40]} is beyond the range of float64")
    return value


def _constant(text: str) -> float:
    raise ModelError(f"{text} is not a number that JSON allows: figures must be finite")
