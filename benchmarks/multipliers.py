"""Products in logic and in multiplier cells, in whole units: ``python -m benchmarks.multipliers``.

Prints cells after packing and the clock after placing and routing between shift registers, one
start. Units are those of a 3x3 layer to 16 channels, with thresholds, weights in memory.
"""

from itertools import product
from typing import Annotated

import numpy as np
import typer

from benchmarks.area import unit_verilog
from benchmarks.packing import packed, placed_clock
from benchmarks.popcounts import harness
from benchmarks.tools import Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.families.family import Family
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.sizes.multipliers import CELL_STAGES

WIDTHS = ((4, 4), (8, 8), (16, 16))
"""Bits of inputs and of weights."""
FOLDINGS = ((2, 1), (1, 9))
"""PE and SIMD."""
CHANNELS, TAPS = 16, 9
FASTEST_MHZ = 100

Pair = tuple[int, int]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def unit(family: Family, widths: Pair, folding: Pair, dsp: bool) -> MatrixUnit:
    """A matrix unit with random weights and thresholds."""
    rng = np.random.default_rng(sum(widths))
    (bits, weight_bits), (pe, simd) = widths, folding
    ends = 1 << weight_bits - 1
    weights = rng.integers(-ends, ends, (CHANNELS // pe, TAPS // simd, pe, simd))
    largest = TAPS * ends * ((1 << bits) - 1)
    longest = family.pipelines[-1][1].matrix
    parameters = MatrixParameters(
        weights=weights,
        group=1,
        taps=(3, 3) if simd == TAPS else (1, 1),
        bits=bits,
        bipolar=False,
        bipolar_weights=False,
        weight_bits=weight_bits,
        acc_min=-largest,
        acc_max=largest,
        thresholds=rng.integers(-largest // 4, largest // 4, (CHANNELS // pe, pe)),
        pipeline=CELL_STAGES if dsp else longest,
        multiplier=family.multiplier if dsp else None,
    )
    return MatrixUnit(parameters=parameters)


def row(family: Family, case: tuple[Pair, Pair, bool], step: Step) -> str:
    """Line of the table: one case, of widths, folding, and whether cells multiply."""
    part, (widths, (pe, simd), dsp) = PARTS[family.calibrated_on], case
    made = "cells" if dsp else "logic"
    what = f"{pe} x {simd} products of {widths} bits in {made}, {part.name}"
    cells = packed(unit_verilog(unit(family, *case)), "unit", part, step, what)
    aim = ("--freq", str(FASTEST_MHZ), "--seed", "1", "--timing-allow-fail")
    verilog = unit_verilog(*harness(unit(family, *case)))
    clock = placed_clock(verilog, "unit", part, step, what, aim)
    return (
        f"| {part.name} | {widths[0]} x {widths[1]} | {pe} x {simd} | {made} "
        f"| {cells.logic_cells:,} | {cells.dsp} | {clock:.0f} |"
    )


@app.command()
def run(
    family: Annotated[
        str | None, typer.Option(help=f"Only this one: {' or '.join(FAMILIES)}.")
    ] = None,
) -> None:
    """Compare products in logic with those in multiplier cells."""
    out.print("| Part | Bits | PE x SIMD | Products | Logic cells | DSPs | MHz |")
    out.print("|---|---|---|---|---|---|---|")
    with steps() as step:
        for name, known in FAMILIES.items():
            if family in (None, name):
                for case in product(WIDTHS, FOLDINGS, (False, True)):
                    out.print(row(known, case, step))


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
