"""The folding and the clock that take the least energy a frame at a rate."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, inf, log10
from typing import Any

from hwgen.boards.choice import BoardChoice
from hwgen.design import MAX_CLOCK_MHZ, Design
from hwgen.errors import DeviceError, FitError, FoldingError
from hwgen.families.devices import PARTS, find_device
from hwgen.jobs.kept_design import kept_design
from hwgen.jobs.shell_clock import shell_clock
from hwgen.model import Model
from hwgen.power.plan_work import plan_work
from hwgen.power.price import price_frame
from hwgen.search.wanted import ANYTHING, Wanted

__all__ = ["ANY_CLOCK", "Clocks", "Least", "LeastEnergy", "clock_for", "least_energy"]

STEP = 2 ** (1 / 3)
"""From one number of cycles a frame that is tried to the next."""

DIGITS = 4
"""Of the clock in MHz that is chosen."""


class Least(StrEnum):
    """What a folding has the least of."""

    ENERGY = "energy"


@dataclass(frozen=True, eq=False)
class LeastEnergy:
    """The folding of least energy, as far as plans tell.

    Parameters
    ----------
    folding : mapping
        The folding file's contents.
    clock_mhz : float
        The least clock that there is at which it reaches the rate.
    joules : float
        Energy of a frame.
    smallest_joules : float
        That of the smallest folding at the fastest clock that is allowed, which has no time to stop
        it: what a build has without being asked for the least.
    tried : int
        Number of foldings.
    """

    folding: Mapping[str, Any]
    clock_mhz: float
    joules: float
    smallest_joules: float
    tried: int


def clock_for(fps: float, cycles: int) -> float:
    """The least clock in MHz, of four digits, at which so many cycles a frame reach a rate."""
    exact = fps * cycles / 1e6
    unit = 10.0 ** (floor(log10(exact)) + 1 - DIGITS)
    steps = ceil(exact / unit - 1e-9)
    # Written as a decimal, so that it is the number that it looks like.
    return float(f"{steps * unit:.{DIGITS}g}")


@dataclass(frozen=True)
class Clocks:
    """The clocks that a design can have, and what each takes.

    Parameters
    ----------
    choice : BoardChoice or None
        The board. None where there is none: any clock of four digits comes from outside, and stands
        still between frames.
    all_mhz : sequence of float
        With a board, all that there are, ascending.
    """

    choice: BoardChoice | None = None
    all_mhz: Sequence[float] = ()

    def least(self, fps: float, cycles: int) -> float:
        """The least that reaches a rate with so many cycles a frame; infinite where none does."""
        if self.choice is None:
            return clock_for(fps, cycles)
        # As a build holds its own rate against what was asked for.
        return next((mhz for mhz in self.all_mhz if mhz * 1e6 / fps >= cycles), inf)

    def joules(self, design: Design, clock_mhz: float, fps: float) -> float:
        """Energy of a frame of a design, by its plan."""
        interval = design.plan.bottleneck_cycles
        shell = shell_clock(self.choice, design, clock_mhz, interval)
        return price_frame(
            design.plan.device,
            plan_work(design.network, design.plan, interval),
            clock_hz=clock_mhz * 1e6,
            fps=fps,
            idle=shell.idle,
            clock_source=shell.source,
            gated=shell.gated,
        ).joules


ANY_CLOCK = Clocks()


def least_energy(
    model: Model,
    *,
    device: str,
    fps: float,
    clock_mhz: float,
    clocks: Clocks = ANY_CLOCK,
    weights_interval: Fraction | None = None,
    progress: Callable[[str], object] = lambda step: None,
    wanted: Wanted = ANYTHING,
) -> LeastEnergy:
    """Find the folding and the clock that take the least energy a frame at a rate.

    From the fastest folding that fits to the slowest that reaches the rate at ``clock_mhz``, the
    smallest of each speed is planned, and its energy estimated with the clock that it needs. A
    frame's work is much the same in all of them; fewer cycles have less of clock tree, registers
    and memories that are read while a few lanes use what they give.

    Parameters
    ----------
    clock_mhz : float
        The clock is no faster; one that there is.
    clocks : Clocks
    wanted : Wanted
        What folding may choose from.

    Raises
    ------
    HwgenError
        `FitError` where nothing fits the device at that rate, and all that folding refuses.
    """
    part = find_device(device)
    if part.name not in PARTS:
        raise DeviceError(
            f"--least energy needs --device {' | '.join(PARTS)}: energy is that of a part"
        )
    if not 0 < fps < inf:
        raise FoldingError(f"--fps must be a positive number, not {fps!r}")
    if not 0 < clock_mhz < MAX_CLOCK_MHZ:
        raise FoldingError(f"clock must be between 0 and 10000 MHz, not {clock_mhz!r}")
    most = int(clock_mhz * 1e6 / fps)

    def planned(cycles: int | None, clock: float) -> Design:
        return kept_design(
            model,
            device=device,
            cycles=cycles,
            clock_mhz=clock,
            weights_interval=weights_interval,
            wanted=wanted,
        )

    # This says why, where the rate cannot be reached.
    smallest = kept_design(
        model,
        device=device,
        fps=fps,
        clock_mhz=clock_mhz,
        weights_interval=weights_interval,
        wanted=wanted,
    )
    smallest_joules = clocks.joules(smallest, clock_mhz, fps)
    fastest = planned(None, clock_mhz)
    found: list[tuple[float, float, Design]] = []
    seen = set[str]()
    for cycles in _speeds(fastest.plan.bottleneck_cycles, most):
        progress(f"folding for the least energy: {cycles:,} cycles a frame")
        try:
            design = planned(cycles, min(clocks.least(fps, cycles), clock_mhz))
        except FitError:
            continue
        if repr(design.plan.folding) in seen:
            continue
        seen.add(repr(design.plan.folding))
        clock = min(clocks.least(fps, design.plan.bottleneck_cycles), clock_mhz)
        found.append((clocks.joules(design, clock, fps), clock, design))
        if design.plan.folding == smallest.plan.folding:
            break  # nothing slower is smaller
    joules, clock, design = min(found, key=lambda f: f[0], default=(0.0, clock_mhz, smallest))
    return LeastEnergy(
        design.plan.folding, clock, joules or smallest_joules, smallest_joules, len(found)
    )


def _speeds(least: int, most: int) -> Iterator[int]:
    """Numbers of cycles from the least to the most, each by some part more than the one before."""
    cycles = float(least)
    while cycles < most:
        yield int(cycles)
        cycles *= STEP
    yield most
