"""The energy of a frame, as text for a terminal."""

from collections.abc import Iterator

from rich.table import Table

from hwgen.power.price import FrameEnergy, Idle

__all__ = ["energy_lines", "energy_table", "joules_text", "least_lines", "watts_text"]

_WHILE = {
    Idle.RUNNING: "the clock running between frames",
    Idle.GATED: "the clock kept from the design between frames",
    Idle.STOPPED: "the clock stopped between frames",
}


def joules_text(joules: float) -> str:
    """Energy in the unit that makes it readable: "36.4 uJ"."""
    return _scaled(joules, "J")


def watts_text(watts: float) -> str:
    """Power, likewise."""
    return _scaled(watts, "W")


def _scaled(amount: float, unit: str) -> str:
    for factor, prefix in ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n")):
        if amount >= factor:
            return f"{amount / factor:.3g} {prefix}{unit}"
    return f"{amount / 1e-12:.3g} p{unit}"


def energy_table(frame: FrameEnergy) -> Table:
    """Energy of each component, its share, and how sure it is."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("component", no_wrap=True)
    for column in ("a frame", "share", "uncertainty"):
        table.add_column(column, justify="right", no_wrap=True)
    for part in frame.components:
        if part.joules:
            table.add_row(
                part.name, joules_text(part.joules), f"{part.joules / frame.joules:.0%}",
                f"{part.uncertainty:.0%}",
            )  # fmt: skip
    table.add_row("all", joules_text(frame.joules), "100%", f"{frame.uncertainty:.0%}")
    return table


def energy_lines(frame: FrameEnergy, full: FrameEnergy) -> Iterator[str]:
    """Rate, power, and what both are at full rate."""
    clock = frame.clock_hz / 1e6
    yield (
        f"{joules_text(frame.joules)} a frame, give or take {frame.uncertainty:.0%}: "
        f"{watts_text(frame.watts)} at {frame.fps:,.4g} frames/s, {clock:g} MHz"
    )
    if frame.fps < full.fps * (1 - 1e-9):
        yield f"with {_WHILE[frame.idle]}"
        yield (
            f"at full rate: {joules_text(full.joules)} a frame, {watts_text(full.watts)} at "
            f"{full.fps:,.4g} frames/s"
        )


def least_lines(joules: float, smallest_joules: float, clock_mhz: float, tried: int) -> list[str]:
    """What a build of the least energy takes, and what the smallest one would."""
    return [
        f"least energy of {tried:,} foldings, by the plan: {joules_text(joules)} a frame at "
        f"{clock_mhz:g} MHz",
        f"the smallest folding, as without --least: {joules_text(smallest_joules)} a frame, "
        f"{smallest_joules / joules:.3g} times as much",
    ]
