"""Sizes of feature maps."""

from math import prod

from hwgen.errors import ModelError, times

__all__ = ["MAX_ELEMENTS", "Shape", "check_elements"]

Shape = tuple[int, int, int]
"""(height, width, channels)"""

MAX_ELEMENTS = 1 << 24
"""Elements a feature map may have, so that no description asks for gigabytes."""


def check_elements(what: str, shape: tuple[int, ...]) -> None:
    """Refuse a feature map that is too large, before anybody allocates it."""
    if prod(shape) > MAX_ELEMENTS:
        raise ModelError(
            f"{what} of {times(shape)} has {prod(shape)} elements, "
            f"but at most {MAX_ELEMENTS} (2**24) are allowed"
        )
