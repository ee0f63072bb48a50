"""What came of synthesis and placement."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hwgen.synth.reports import Cells

__all__ = ["Outcome", "Placed", "best_hz", "verdict"]


@dataclass(frozen=True)
class Placed:
    """What became of one seed: ``logic_cells`` are those placed, the pins' registers included."""

    seed: int
    fmax_hz: int | None
    logic_cells: int | None
    error: str | None


@dataclass(frozen=True)
class Outcome:
    """What was found; ``problem`` is a sentence on why the design does not fit, None if it does."""

    cells: Cells
    placed: tuple[Placed, ...]
    problem: str | None
    netlist: str
    tools: dict[str, str]

    def to_json(self, seconds: float) -> dict[str, Any]:
        """Contents of ``synth.json``."""
        return {
            **asdict(self.cells),
            "fmax_hz": best_hz(self.placed),
            "fits": self.problem is None,
            "seeds": [asdict(p) for p in self.placed],
            "tools": self.tools,
            "seconds": round(seconds, 3),
        }


def best_hz(placed: Sequence[Placed]) -> int | None:
    """Clock of the fastest placement; None where none has one."""
    return max((p.fmax_hz for p in placed if p.fmax_hz is not None), default=None)


def verdict(placed: Sequence[Placed], clock_mhz: float) -> str | None:
    """Why a design that was to be placed does not fit; None where it does."""
    best = best_hz(placed)
    if best is None:
        errors = [p.error for p in placed if p.error is not None]
        # Without a path between registers any clock is met.
        return f"cannot be placed and routed: {errors[0]}" if len(errors) == len(placed) else None
    fmax = best / 1e6
    if fmax < clock_mhz:
        return f"reaches {fmax:.2f} MHz of {clock_mhz:g} MHz ({clock_mhz - fmax:.2f} MHz short)"
    return None
