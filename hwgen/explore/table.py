"""Rows of a sweep as lines of a terminal."""

from hwgen.explore.points import AS_DESCRIBED
from hwgen.explore.row import Row

__all__ = ["HEADER", "row_line"]

NAMES = ("network", "device", "asked", "cycles", "frames/s", "cells", "EBR", "DSP", "uJ")
WIDTHS = (12, 8, 8, 10, 11, 7, 4, 4, 7)
LEFT = 2
"""Columns that are words."""


def row_line(row: Row) -> str:
    """A design in one line of at most 80 columns, or that there is none."""
    name = row.network if row.bits == AS_DESCRIBED else f"{row.bits} {row.network}"
    asked = "fastest" if row.asked_fps is None else f"{row.asked_fps:,.6g}"
    start = [name[: WIDTHS[0]], row.device, asked]
    if row.problem is not None:
        return _line([*start, "none"])
    rate = f"{row.frames_per_second:,.1f}"
    energy = None if row.microjoules is None else f"{row.microjoules:.4g}"
    return _line([*start, row.interval_cycles, rate, row.logic_cells, row.ebr, row.dsp, energy])


def _line(cells: list[str | int | None] | tuple[str, ...]) -> str:
    texts = ["-" if c is None else f"{c:,}" if isinstance(c, int) else c for c in cells]
    return " ".join(
        text.ljust(width) if k < LEFT else text.rjust(width)
        for k, (text, width) in enumerate(zip(texts, WIDTHS, strict=False))
    )


HEADER = _line(NAMES)
