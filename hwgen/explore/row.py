"""What a point came to: a row of the store, of tables and of exports.

All that is known of a figure stands at its column of `Row`; whoever shows or compares figures finds
it here.
"""

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["COLUMNS", "FIGURES", "GOALS", "TITLES", "Row"]


def _column(title: str, *, goal: int = 0, axis: str | None = None) -> Any:
    """A column that pages show under a title.

    Parameters
    ----------
    goal : int
        1 where fronts want more of it, -1 where less.
    axis : str, optional
        Its name in pictures that show it against the rate.
    """
    return field(default=None, metadata={"title": title, "goal": goal, "axis": axis})


def _asked(title: str) -> Any:
    """A column of what was asked for, that pages show under a title."""
    return field(metadata={"title": title})


@dataclass(frozen=True, kw_only=True)
class Row:
    """A point and what is known of its design; None where something is not known.

    Parameters
    ----------
    key, network, device, bits, storage, products, wide_bits, clock_mhz, asked_fps
        The point; ``network`` is the description's name and ``digest`` what it is told apart by.
    folding_file : str or None
        Name of the folding file that was asked for, and ``folding_digest`` what its contents are
        told apart by.
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
        What a folding file of the design has in it.
    seconds : float or None
        That it took to compute.
    """

    key: str
    digest: str
    network: str = _asked("network")
    device: str = _asked("device")
    bits: str = _asked("bits")
    storage: str = _asked("weights in")
    products: str = _asked("products in")
    wide_bits: int
    clock_mhz: float = _asked("MHz")
    asked_fps: float | None = _asked("asked")
    folding_file: str | None = None
    folding_digest: str | None = None
    problem: str | None = None
    interval_cycles: int | None = _column("cycles")
    latency_cycles: int | None = None
    frames_per_second: float | None = _column("frames/s", goal=1)
    logic_cells: int | None = _column("cells", goal=-1, axis="logic cells")
    lut4: int | None = None
    ff: int | None = None
    ebr: int | None = _column("EBR", goal=-1, axis="block RAMs")
    spram: int | None = _column("SPRAM", goal=-1)
    dsp: int | None = _column("DSP", goal=-1)
    microjoules: float | None = _column("uJ a frame", goal=-1, axis="energy a frame, uJ")
    microjoules_error: float | None = None
    accuracy: float | None = _column("accuracy", goal=1, axis="accuracy")
    fmax_mhz: float | None = _column("placed MHz")
    placed_cells: int | None = None
    folding: str | None = None
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """All columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(column.name for column in fields(Row))


def _those_with(what: str) -> dict[str, Any]:
    return {c.name: c.metadata[what] for c in fields(Row) if c.metadata.get(what)}


TITLES: dict[str, str] = _those_with("title")
"""What pages show of a row, with its name there."""

GOALS: dict[str, int] = _those_with("goal")
"""What fronts want, by column: 1 for more, -1 for less."""

FIGURES: dict[str, str] = _those_with("axis")
"""What fronts weigh against the rate, with its name in pictures."""
