"""Rows of a sweep as lines of a terminal."""

from math import floor, log10
from pathlib import PurePath

from hwgen.explore.points import AS_DESCRIBED, AUTO
from hwgen.explore.row import Row

__all__ = ["HEADER", "row_line"]

NAMES = (
    "network", "device", "asked", "weights", "cycles", "frames/s", "cells", "EBR", "DSP", "uJ",
)  # fmt: skip
WIDTHS = (10, 7, 8, 8, 10, 9, 6, 3, 3, 7)
LEFT = 4
"""Columns that are words."""


def row_line(row: Row) -> str:
    """A design in one line of at most 80 columns, or that there is none."""
    name = row.network if row.bits == AS_DESCRIBED else f"{row.bits} {row.network}"
    if row.folding_file is not None:
        asked = PurePath(row.folding_file).stem[: WIDTHS[2]]
    else:
        asked = "fastest" if row.asked_fps is None else f"{row.asked_fps:,.6g}"
    start = [name[: WIDTHS[0]], row.device, asked, row.storage]
    if row.problem is not None:
        kind = "" if row.products == AUTO else f"  products in {row.products}"
        return _line([*start, "none"]) + kind
    rate, energy = _number(row.frames_per_second, 6, 1), _number(row.microjoules, 4, 5)
    return _line([*start, row.interval_cycles, rate, row.logic_cells, row.ebr, row.dsp, energy])


def _number(value: float | None, digits: int, places: int) -> str | None:
    """A number of so many digits, if no more are ahead of its point, and so many behind at most."""
    if value is None:
        return None
    ahead = floor(log10(value)) + 1 if value > 0 else 0
    return f"{value:,.{max(0, min(places, digits - ahead))}f}"


def _line(cells: list[str | int | None] | tuple[str, ...]) -> str:
    texts = ["-" if c is None else f"{c:,}" if isinstance(c, int) else c for c in cells]
    return " ".join(
        text.ljust(width) if k < LEFT else text.rjust(width)
        for k, (text, width) in enumerate(zip(texts, WIDTHS, strict=False))
    )


HEADER = _line(NAMES)
