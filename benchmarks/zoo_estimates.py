"""What every network of the zoo takes of the smallest device that it fits.

``python -m benchmarks.zoo_estimates [NAME...]``; at the slowest rate that there is, with buffers
as they are laid out: those of a build are sized, and it often has a few block RAMs less. With
``--on DEVICE`` the least folding of each on that device, which it fits or does not, in less time.
"""

from dataclasses import dataclass
from typing import Annotated

import typer

from benchmarks.tools import Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.design import MAX_CYCLES, make_design
from hwgen.errors import FitError
from hwgen.estimates.estimate import UNKNOWN, Resources, estimate_plan
from hwgen.families.devices import PARTS
from hwgen.topologies.talk import topology_names
from models.zoo import make_network

__all__ = ["Taken", "least", "row_of", "smallest"]

HEADER = (
    "| Network | Device | Cycles a frame | Logic cells | LUT4 | FF | Block RAM | SPRAM | DSP |\n"
    "|---|---|---|---|---|---|---|---|---|"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Taken:
    """What a network takes of a device; without one it fits none, for the ``reason``."""

    network: str
    device: str | None
    cycles: int = 0
    resources: Resources = UNKNOWN
    reason: str = ""


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all.")] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(help="The least folding on this device alone; can be given again."),
    ] = None,
) -> None:
    """Print what networks of the zoo take of the smallest device that they fit."""
    out.print(HEADER, markup=False, soft_wrap=True)
    with steps() as step:
        for name in names or topology_names():
            rows = [least(name, device, step) for device in on] if on else [smallest(name, step)]
            for row in rows:
                out.print(row_of(row), markup=False, soft_wrap=True)


def smallest(name: str, step: Step) -> Taken:
    """Plan a network for one device after another, the smallest first, until it fits."""
    model = make_network(name)
    reason = ""
    for part in sorted(PARTS.values(), key=lambda part: (part.lut4, part.ebr)):
        step(f"planning {name} for {part.name}")
        try:
            design = make_design(model, device=part.name, cycles=MAX_CYCLES)
        except FitError as error:
            reason = str(error)
            continue
        resources = estimate_plan(design.network, design.plan)
        return Taken(name, part.name, design.plan.bottleneck_cycles, resources)
    return Taken(name, None, reason=reason)


def least(name: str, device: str, step: Step) -> Taken:
    """Lay a network out with the least folding, whether it fits a device or not."""
    step(f"laying out {name} for {device}")
    design = make_design(make_network(name), device=device, folding=({}, "the least folding"))
    resources = estimate_plan(design.network, design.plan)
    return Taken(name, device, design.plan.bottleneck_cycles, resources)


def row_of(taken: Taken) -> str:
    """Row of the table; what is not known is said to be."""
    if taken.device is None:
        return f"| {taken.network} | none: {taken.reason} | | | | | | | |"
    found = taken.resources
    amounts = (found.logic_cells, found.lut4, found.ff, found.ebr, found.spram, found.dsp)
    cells = ["unknown" if amount is None else f"{amount:,}" for amount in amounts]
    return f"| {taken.network} | {taken.device} | {taken.cycles:,} | {' | '.join(cells)} |"


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
