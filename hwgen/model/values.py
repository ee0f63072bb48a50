"""Plain JSON values: what may be kept in a description, and how a message shows one."""

import math
from fractions import Fraction

from hwgen.errors import ModelError, describe
from hwgen.readers.json_object import MAX_DIGITS

__all__ = [
    "MAX_DEPTH",
    "MAX_TEXT",
    "check_int",
    "check_json",
    "check_rational",
    "check_text",
    "write_rational",
]

MAX_DEPTH = 32
"""Levels of lists and objects that provenance may nest."""

MAX_TEXT = 200
"""Characters of a class name."""

# Integers up to here are floats to the bit in every JSON reader.
_SAFE_INTEGER = 1 << 53
_RATIONAL_LIMIT = 10**400


def check_text(text: object) -> None:
    """Check a name meant for people: 1 to 200 printable characters.

    Raises
    ------
    ModelError
        If it is anything else.
    """
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT or not text.isprintable():
        raise ModelError(
            f"a name must be text of 1 to {MAX_TEXT} printable characters, not {describe(text)}"
        )


def check_json(value: object, depth: int = 0) -> None:
    """Check that ``value`` comes back the same from a JSON file.

    Raises
    ------
    ModelError
        If it has types that JSON lacks, numbers that are not finite, or more than 32 levels.
    """
    if depth > MAX_DEPTH:
        raise ModelError(f"must not nest more than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ModelError(f"keys must be text, not {describe(key)}")
            _check_unicode(key)
            check_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_json(item, depth + 1)
    elif isinstance(value, str):
        _check_unicode(value)
    elif isinstance(value, int):
        if abs(value) >= 10**MAX_DIGITS:
            raise ModelError(f"integers must have at most {MAX_DIGITS} digits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ModelError(f"numbers must be finite, not {value}")
    elif value is not None:
        raise ModelError(f"must hold what JSON can, not {describe(value)}")


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ModelError(f"text must be valid Unicode, not {describe(text)}") from error


def check_int(what: str, value: object, low: int, high: int | None = None) -> None:
    """Refuse what is no integer, or none from ``low`` to ``high``."""
    # bool is an int to Python, but True is no size.
    if not isinstance(value, int) or isinstance(value, bool):
        raise ModelError(f"{what} must be an integer, not {describe(value)}")
    if value < low:
        raise ModelError(f"{what} must be at least {low}, not {describe(value)}")
    if high is not None and value > high:
        raise ModelError(f"{what} must be at most {high}, not {describe(value)}")


def check_rational(what: str, value: object) -> None:
    """Refuse what is no Fraction, or one of more than 400 digits."""
    if not isinstance(value, Fraction):
        raise ModelError(f"{what} must be a Fraction, not {describe(value)}")
    if max(abs(value.numerator), value.denominator) >= _RATIONAL_LIMIT:
        raise ModelError(f"{what} must be a fraction of at most 400 digits")


def write_rational(value: Fraction) -> int | str:
    """Write a fraction as the file has it, exactly."""
    # A float's decimal digits hide the fraction it is, so all but integers are written as one.
    if value.denominator == 1 and abs(value) <= _SAFE_INTEGER:
        return int(value)
    return f"{value.numerator}/{value.denominator}"
