"""What a point came to: a row of the store, of tables and of exports."""

from dataclasses import dataclass, fields
from typing import Any

__all__ = ["COLUMNS", "FIGURES", "Row"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A point and what is known of its design; None where something is not known.

    Parameters
    ----------
    key, network, device, clock_mhz, asked_fps, bits, wide_bits
        The point; ``network`` is the description's name and ``digest`` what it is told apart by.
    problem : str or None
        Why there is no such design; all that follows is None then.
    interval_cycles, latency_cycles : int or None
        Between frames at full rate, and from a frame's first pixel to its last score, simulated.
    frames_per_second : float or None
        At ``clock_mhz``.
    logic_cells, lut4, ff, ebr, spram, dsp : int or None
        Estimates, as `hwgen build` prints them.
    microjoules : float or None
        Estimated energy of a frame, from the plan: at the rate asked for with the clock stopped
        between frames, else at full rate. ``microjoules_error`` is its relative uncertainty.
    accuracy : float or None
        Of labelled pictures, by the golden model; 0 to 1.
    fmax_mhz : float or None
        Of the best placement, and ``placed_cells`` its logic cells.
    folding : str or None
        The folding file's contents.
    seconds : float or None
        That it took to compute.
    """

    key: str
    digest: str
    network: str
    device: str
    clock_mhz: float
    asked_fps: float | None
    bits: str
    wide_bits: int
    problem: str | None = None
    interval_cycles: int | None = None
    latency_cycles: int | None = None
    frames_per_second: float | None = None
    logic_cells: int | None = None
    lut4: int | None = None
    ff: int | None = None
    ebr: int | None = None
    spram: int | None = None
    dsp: int | None = None
    microjoules: float | None = None
    microjoules_error: float | None = None
    accuracy: float | None = None
    fmax_mhz: float | None = None
    placed_cells: int | None = None
    folding: str | None = None
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """All columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(field.name for field in fields(Row))

FIGURES = {
    "logic_cells": "logic cells",
    "ebr": "block RAMs",
    "microjoules": "energy a frame, uJ",
    "accuracy": "accuracy",
}
"""What fronts weigh against the rate, with its name in pictures."""
