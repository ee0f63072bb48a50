"""What a frame takes, by component, of what happens in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from hwgen.families.devices import PARTS
from hwgen.power.events import CLOCK_CYCLE, COMPONENTS, EVENTS, Events
from hwgen.power.fit import Coefficients, coefficients
from hwgen.power.priors import tree_size

__all__ = [
    "ALONE", "MODEL_ERROR", "ClockSource", "Component", "FrameEnergy", "GatedCycles", "Idle",
    "Work", "price_frame",
]  # fmt: skip

MODEL_ERROR = 0.10
"""Relative standard deviation that is left where coefficients and counts are right: measurements
that were left out of the fit were off by about as much."""


class Idle(StrEnum):
    """What the clock does between frames."""

    RUNNING = "running"
    GATED = "gated"
    STOPPED = "stopped"


class ClockSource(StrEnum):
    """What makes the clock, and what that takes: nothing that the part pays for, or one of two."""

    OUTSIDE = "outside"
    HFOSC = "hfosc"
    PLL = "pll"


@dataclass(frozen=True)
class Work:
    """What happens in a design.

    Parameters
    ----------
    cycles : int
        Cycles of a frame at full rate.
    frame : mapping of str to float
        Events of a frame, but for its cycles of the clock.
    waiting : mapping of str to float
        Events of a cycle in which there is nothing to do.
    uncertainty : mapping of str to float
        How far events may be off, by kind: relative, one standard deviation.
    """

    cycles: int
    frame: Events
    waiting: Events
    uncertainty: Mapping[str, float]


@dataclass(frozen=True)
class GatedCycles:
    """Cycles of a frame beyond those of its work: those in which a design that waits gets its
    clock all the same, and those of the link beside it, on a clock of its own."""

    waiting: float = 0.0
    link: float = 0.0


ALONE = GatedCycles()
"""Without a link: the gate opens for the work alone."""


@dataclass(frozen=True)
class Component:
    """A part of the energy of a frame; its uncertainty is one standard deviation, relative."""

    name: str
    joules: float
    uncertainty: float


@dataclass(frozen=True)
class FrameEnergy:
    """Energy of a frame at a rate, in joules, with a relative standard deviation."""

    fps: float
    clock_hz: float
    idle: Idle
    clock_source: ClockSource
    joules: float
    uncertainty: float
    components: tuple[Component, ...]

    @property
    def watts(self) -> float:
        """Power in the mean."""
        return self.joules * self.fps


def price_frame(
    part: str,
    work: Work,
    *,
    clock_hz: float,
    fps: float | None = None,
    idle: Idle = Idle.STOPPED,
    clock_source: ClockSource = ClockSource.OUTSIDE,
    gated: GatedCycles = ALONE,
) -> FrameEnergy:
    """Energy of a frame.

    Parameters
    ----------
    part : str
        Name of a device that there is.
    fps : float, optional
        Frames a second, by default as many as there can be; no more than these.
    idle : Idle
        Whether the clock runs between frames, is kept from the design, while what makes it and the
        way to the gate run on, or stands still, whatever makes it.
    clock_source : ClockSource
    gated : GatedCycles
        Where it is kept from the design.
    """
    full = clock_hz / work.cycles
    rate = full if fps is None else min(fps, full)
    seconds = 1 / rate
    spare = max(clock_hz * seconds - work.cycles, 0.0)
    on = work.cycles + spare
    if idle is Idle.GATED:
        # The way to the gate is a tree too, and so is that of the link.
        spare = min(gated.waiting, spare)
        on += work.cycles + spare + min(gated.link, on)
    elif idle is Idle.STOPPED:
        spare, on = 0.0, float(work.cycles)
    terms = {event: amount for event, amount in work.frame.items() if amount}
    for event, amount in work.waiting.items():
        terms[event] = terms.get(event, 0.0) + amount * spare
    terms[CLOCK_CYCLE] = on * tree_size(PARTS[part])
    terms["static"] = seconds
    if clock_source is not ClockSource.OUTSIDE:
        terms[clock_source.value] = work.cycles / clock_hz if idle is Idle.STOPPED else seconds
    known = coefficients(part)
    by_component: dict[str, dict[str, float]] = {}
    for name, amount in terms.items():
        by_component.setdefault(_component(name), {})[name] = amount
    components = tuple(
        Component(name, known.watts(found), _uncertainty(known, found, work))
        for name in COMPONENTS
        if (found := by_component.get(name))
    )
    return FrameEnergy(
        rate, clock_hz, idle, clock_source, known.watts(terms), _uncertainty(known, terms, work),
        components,
    )  # fmt: skip


def _component(name: str) -> str:
    if name in EVENTS:
        return EVENTS[name]
    return "static" if name == "static" else "clock source"


def _uncertainty(known: Coefficients, terms: Mapping[str, float], work: Work) -> float:
    """Of coefficients, of counts, and of the model, taken to be independent of one another."""
    total = known.watts(terms)
    if not total:
        return 0.0
    counts = [
        known.watts({name: amount}) / total * work.uncertainty.get(name, 0.0)
        for name, amount in terms.items()
    ]
    model = MODEL_ERROR if set(terms) & set(EVENTS) else 0.0
    return sqrt(known.uncertainty(terms) ** 2 + sum(x * x for x in counts) + model**2)
