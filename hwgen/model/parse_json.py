"""Reads a JSON file strictly, and turns all that can go wrong into one sentence."""

import json
import math
from pathlib import Path

from hwgen.errors import ModelError, describe
from hwgen.model.values import MAX_DIGITS

__all__ = ["MAX_FILE_BYTES", "read_json"]

MAX_FILE_BYTES = 1 << 26
"""Size of the largest description; larger weights belong in a sidecar."""


def read_json(path: Path) -> dict[str, object]:
    """Read one JSON object.

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
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise ModelError(f"cannot be read: {error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ModelError(
            f"a description must have at most {MAX_FILE_BYTES} bytes (64 MiB): "
            "put large weights into an .npz sidecar"
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
        raise ModelError(f"a description must be a JSON object, not {describe(document)}")
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
