"""What a person says of a file that the file itself does not."""

from dataclasses import dataclass
from enum import StrEnum

from hwgen.errors import ModelError, describe

__all__ = ["UNSAID", "Layout", "Options", "Pixels"]


class Pixels(StrEnum):
    """What a graph reads for a pixel; ``pixels`` leaves it to what the graph shows.

    With ``bits`` a pixel is 1 above 127, else 0. With ``quantised`` the input is no picture but the
    integers that the file states of it, or that its first quantiser makes.
    """

    PIXELS = "pixels"
    UNIT = "unit"
    SIGNED = "signed"
    RAW = "raw"
    BITS = "bits"
    QUANTISED = "quantised"


class Layout(StrEnum):
    """Where a graph's input has its channels: ahead of rows and columns, or behind them."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True)
class Options:
    """Answers given with a file; None leaves each to what the file shows.

    ``topology`` is what files of weights alone lack: the name of a network, "cnv" or "lfc", or the
    path of a description without weights.

    Raises
    ------
    ModelError
        If one is none of the answers that there are.
    """

    pixels: str | None = None
    layout: str | None = None
    topology: str | None = None

    def __post_init__(self):
        for what, answers in (("pixels", Pixels), ("layout", Layout)):
            given = getattr(self, what)
            if given is not None and given not in list(answers):
                known = ", ".join(answers)
                raise ModelError(f"{what} must be one of {known}, not {describe(given)}")
        if self.pixels == Pixels.PIXELS:
            object.__setattr__(self, "pixels", None)


UNSAID = Options()
"""All left to what the file shows."""
