"""Puts the place in front of an error's message."""

from collections.abc import Iterator
from contextlib import contextmanager

from hwgen.errors import ModelError

__all__ = ["located", "times"]


@contextmanager
def located(where: str) -> Iterator[None]:
    """Prefix the message of a ModelError raised inside with ``where`` (a file or a layer).

    Inner functions so need to know only the constraint that was broken.
    """
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from error


def times(shape: tuple[int, ...]) -> str:
    """Write a shape for a message: ``"3 x 3 x 64"``."""
    return " x ".join(str(size) for size in shape)
