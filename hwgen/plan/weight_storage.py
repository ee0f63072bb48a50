"""Where weights can lie."""

from enum import StrEnum

__all__ = ["WeightStorage"]


class WeightStorage(StrEnum):
    """Where the weights of a matrix unit lie, as folding file and manifest spell it."""

    CONSTANT = "constant"
    """Wired in: one word."""
    MEMORY = "memory"
    """In memory that the bitstream fills."""
    SPRAM = "spram"
    """In SPRAM, loaded at boot."""
    EXTERNAL = "external"
    """Outside; they come in anew for each frame."""
