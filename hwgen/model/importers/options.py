"""What a person says of a file that the file itself does not."""

from dataclasses import dataclass

__all__ = ["UNSAID", "Options"]


@dataclass(frozen=True)
class Options:
    """Answers given with a file; None leaves each to what the file shows.

    ``pixels`` is what a graph reads for a pixel: "unit", "signed" or "raw". ``topology`` is what a
    file of weights alone lacks: the path of a description without them.
    """

    pixels: str | None = None
    topology: str | None = None


UNSAID = Options()
"""All left to what the file shows."""
