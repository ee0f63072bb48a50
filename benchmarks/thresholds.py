"""Ways to count thresholds, packed alone: ``python -m benchmarks.thresholds``.

Prints cells and block RAMs of each unit that `hwgen.plan.threshold_unit` chooses from, for random
thresholds and for such as lie along a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from benchmarks.area import unit_verilog
from benchmarks.packing import packed
from benchmarks.tools import Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.hardware import build_unit
from hwgen.network import Element, Threshold
from hwgen.plan.threshold_unit import form_of, units_of
from hwgen.plan.unit_price import price_of

CASES = (
    (1, 8, 3), (8, 8, 3), (8, 16, 3), (8, 8, 7), (8, 16, 7), (1, 16, 15), (8, 8, 15), (8, 16, 15),
    (32, 12, 63), (1, 16, 255), (8, 16, 255),
)  # fmt: skip
"""Channels, bits of an element, and thresholds of a channel; words are of one channel."""

MOST_PARALLEL = 63
"""Comparators beyond which packing takes minutes."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Case:
    """A stage, and what is particular to its thresholds."""

    name: str
    stage: Threshold


def cases(channels: int, bits: int, count: int) -> Iterator[Case]:
    """Random thresholds, and such as are equally far apart, in all channels by as much."""
    rng = np.random.default_rng(0)
    low, step = -(1 << bits - 1), (1 << bits) // (count + 2)
    rows = {
        "random": np.sort(rng.integers(low, -low, (channels, count)), axis=1),
        "even": low + rng.integers(1, step + 1, (channels, 1)) + np.arange(count) * step,
    }
    shape, levels = (1, 1, channels), Element(count.bit_length(), signed=False)
    for name, limits in rows.items():
        yield Case(
            name,
            Threshold(
                "count", "input", shape, shape, levels, Element(bits, signed=True), limits,
                np.zeros(channels, np.bool_),
            ),
        )  # fmt: skip


@app.command()
def run(
    family: Annotated[
        str | None, typer.Option(help=f"Only this one: {' or '.join(FAMILIES)}.")
    ] = None,
) -> None:
    """Pack all ways to count; print each as soon as it is known, as a row of Markdown."""
    out.print("| family | channels | bits | thresholds | unit | cells | block RAMs | price |")
    out.print("|---|---|---|---|---|---|---|---|")
    with steps() as step:
        for name, fabric in FAMILIES.items():
            if family not in (None, name):
                continue
            for channels, bits, count in CASES:
                for case in cases(channels, bits, count):
                    _rows(case, fabric.name, step)


def _rows(case: Case, name: str, step: Step) -> None:
    family, stage = FAMILIES[name], case.stage
    stages, count = {stage.name: stage}, stage.thresholds.shape[1]
    for unit in units_of(stage, 1, spacing=count):
        form = form_of(unit)
        # Only what thresholds that are far apart evenly change is packed for them.
        if (form == "multiplier") != (case.name == "even"):
            continue
        if form == "parallel" and count > MOST_PARALLEL:
            continue
        component = build_unit(unit, stages, 1, family)
        text = unit_verilog(component)
        what = f"{form} of {count} thresholds on {name}"
        found = packed(text, "unit", PARTS[family.calibrated_on], step, what)
        row = (
            name, len(stage.invert), stage.in_element.bits, count, form, found.logic_cells,
            found.ebr, round(price_of(unit, stages, family)),
        )  # fmt: skip
        out.print(f"| {' | '.join(map(str, row))} |")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
