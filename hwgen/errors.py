"""Errors a user can meet, each with its exit code, and how their sentences are worded."""

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "DeviceError",
    "FitError",
    "FoldingError",
    "HwgenError",
    "MismatchError",
    "ModelError",
    "ToolError",
    "UnimportableError",
    "describe",
    "located",
    "one_line",
    "times",
]

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxlong = _repr.maxother = 60
_repr.maxlevel = 2


class HwgenError(Exception):
    """Base of every error reported to the user as one sentence.

    The message names the file, the layer and the constraint, as far as they apply.
    ``exit_code`` is 0 good, 1 the answer is no, 2 wrong input, 3 a tool is missing or failed.
    """

    exit_code = 2
    details = ""
    """Lines that a terminal shows below the sentence."""


class ModelError(HwgenError):
    """A description, a picture or another input file that cannot be used.

    Parameters
    ----------
    reason : str
        The constraint that was broken.
    remedy : str
        What to do about it, where that is known; the sentence ends in it.
    found : str
        What there was instead, where more is known than the sentence says.
    """

    def __init__(self, reason: str, *, remedy: str = "", found: str = ""):
        super().__init__(f"{reason}; {remedy}" if remedy else reason)
        self.reason = reason
        self.remedy = remedy
        self.found = found

    def within(self, where: str) -> "ModelError":
        """The same with ``where`` (a file or a layer) ahead of its reason."""
        return ModelError(f"{where}: {self.reason}", remedy=self.remedy, found=self.found)


class FoldingError(HwgenError):
    """A folding that does not divide, or a rate that no folding reaches."""


class DeviceError(HwgenError):
    """An unknown device, or a design that does not fit the one asked for."""


class MismatchError(HwgenError):
    """Hardware and reference differ."""

    exit_code = 1


class FitError(HwgenError):
    """A design that was found not to fit its device, or to miss its clock there."""

    exit_code = 1


class UnimportableError(HwgenError):
    """A network that was found not to be importable, where that was the question."""

    exit_code = 1


class ToolError(HwgenError):
    """A tool that is missing, of the wrong version, or that failed."""

    exit_code = 3


@contextmanager
def located(where: str) -> Iterator[None]:
    """Prefix the message of a ModelError raised inside with ``where`` (a file or a layer).

    Inner functions so need to know only the constraint that was broken.
    """
    try:
        yield
    except ModelError as error:
        raise error.within(where) from error


def describe(value: object) -> str:
    """Write any value for a message, briefly and on one line."""
    if type(value).__name__ == "ndarray":
        return f"an array of {getattr(value, 'dtype', None)}"
    return " ".join(_repr.repr(value).split())


def times(shape: tuple[int, ...]) -> str:
    """Write a shape for a message: ``"3 x 3 x 64"``."""
    return " x ".join(str(size) for size in shape)


def one_line(text: str) -> str:
    """Write what does not print, such as a line break in a file's name, as Python escapes it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
