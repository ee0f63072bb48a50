"""What layers need at least: ``python -m benchmarks.least_needs MODEL --device D --fps F``.

For networks that do not fit. Prints, with the fewest layers outside that leave the weights of the
others room, the fewest block RAMs of any folding of each layer that is fast enough, with what
follows up to the next one, and their sum; and what the design needs of what it lacks first.
"""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import errors_to_exit, out
from hwgen.families.devices import PARTS
from hwgen.model import load_model
from hwgen.passes import lower_network
from hwgen.search.best import least_shortage
from hwgen.search.fit import limits_of
from hwgen.search.options import NetworkOptions
from hwgen.search.outside import first_outside, outsiders

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    model: Annotated[Path, typer.Argument(help="Description; its paths do not part.")],
    device: Annotated[str, typer.Option(help=" | ".join(PARTS))],
    fps: Annotated[float, typer.Option(help="Frames a second.")],
    clock_mhz: Annotated[float, typer.Option(help="Clock.")] = 24.0,
) -> None:
    """Print them as rows of Markdown."""
    network, part = lower_network(load_model(model)), PARTS[device]
    cycles = int(clock_mhz * 1e6 / fps)
    outside = frozenset(outsiders(network)[: first_outside(network, part)])
    options = NetworkOptions(network, part, clock_mhz, outside)
    out.print("| layer | weights outside | least block RAMs |")
    out.print("|---|---|---|")
    total = 0
    for layer in options.layers:
        name = layer.stage.name
        rams = [x.cost.ebr for x in layer.options if x.cost.cycles <= cycles]
        total += min(rams, default=0)
        where = "yes" if name in outside else "no"
        out.print(f"| {name} | {where} | {min(rams) if rams else 'none is fast enough'} |")
    out.print(f"{total} block RAMs of {part.ebr} together")
    if all(layer.least_cycles <= cycles for layer in options.layers):
        short = least_shortage(options, cycles, limits_of(part))
        assert short is not None  # all may lie anywhere
        noun, needed, have = short
        out.print(f"the design needs at least {needed:,} {noun} of {have:,}")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
