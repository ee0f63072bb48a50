"""Reads a TOML file, and turns all that can go wrong into one sentence."""

import tomllib
from datetime import date, time
from math import isfinite
from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import read_text

__all__ = ["MAX_TOML_BYTES", "parse_toml", "read_toml_text"]

MAX_TOML_BYTES = 1 << 18


def read_toml_text(path: Path) -> str:
    """Text of a file for `parse_toml`.

    Raises
    ------
    ModelError
        If it cannot be read, is larger than `MAX_TOML_BYTES` or not UTF-8. The message does not
        name the file.
    """
    return read_text(path, MAX_TOML_BYTES).removeprefix("\ufeff")


def parse_toml(text: str) -> dict[str, object]:
    """Read a table of tables, lists, texts, finite numbers, and true and false.

    Raises
    ------
    ModelError
        If it is not TOML, or has other values. The message does not name the file.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"is not TOML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ModelError("is nested too deeply") from error
    except ValueError as error:  # an integer of thousands of digits
        raise ModelError("has a number of too many digits") from error
    _check(document, "")
    return document


def _check(value: object, key: str) -> None:
    """Refuse what JSON has no word for."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for inner in value:
            _check(inner, key)
    elif isinstance(value, date | time):
        raise ModelError(f"{key} must not be a date or a time")
    elif isinstance(value, float) and not isfinite(value):
        raise ModelError(f"{key} must be a finite number, not {value}")
