"""``hwgen quantise``: the precision of each layer that fits a device."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from hwgen.accounts.precision import Mix, Proposal, plan_precision
from hwgen.commands.tables import Kilobyte
from hwgen.console import out, steps
from hwgen.design import make_design
from hwgen.errors import FitError, HwgenError
from hwgen.estimates.estimate import estimate_plan
from hwgen.model import Model, load_model
from hwgen.passes.set_precision import set_precision
from hwgen.plan.devices import DEVICES, find_device
from hwgen.report.mixes import mix_table, proposal_json, proposal_lines
from hwgen.report.tables_text import figure

__all__ = ["planned", "quantise"]


def quantise(
    model: Annotated[
        Path,
        typer.Argument(help="A description; its precisions do not matter.", metavar="MODEL.json"),
    ],
    device: Annotated[
        str,
        typer.Option(help=f"Part: {', '.join(d for d in DEVICES if d != 'generic')}.", metavar="D"),
    ],
    bits: Annotated[
        int, typer.Option(help="Bits of a precise layer.", min=2, max=16, metavar="N")
    ] = 16,
    plan: Annotated[
        bool, typer.Option("--plan", help="Plan mixes that fit, for their cycles and cells.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    kilobyte: Annotated[Kilobyte, typer.Option(help="Bytes of a KB.")] = Kilobyte.BINARY,
) -> None:
    """Propose which layers are precise (C) and which have 1 bit (B), so that all fits the part.

    Lists the mixes from the most precise on: weights, the largest input, output and both of one
    layer, and the line buffers that a design here keeps instead of feature maps. It proposes the
    first whose weights and line buffers fit. With --plan it looks for the fastest design of each
    mix that fits, where this version can build it.

    Exits with 1 where none fits.
    """
    part = find_device(device)
    with steps() as step:
        step(f"reading {model}")
        description = load_model(model)
        found = plan_precision(description, part, bits)
        if plan:
            found = _with_plans(description, found, step)
    unit = int(kilobyte.value)
    if as_json:
        out.print_json(json.dumps(proposal_json(found, unit)))
    else:
        out.print(mix_table(found, unit))
        for line in proposal_lines(found, unit):
            out.print(line)
    if found.proposed is None:
        least = min(found.mixes, key=lambda mix: mix.weight_bits + mix.line_bits)
        needed = least.weight_bits + least.line_bits
        raise FitError(
            f"{description.source}: no mix fits {part.name}: {least.letters} needs "
            f"{figure(Fraction(needed, 8 * unit))} KB for weights and line buffers, "
            f"{figure(Fraction(needed - found.memory_bits, 8 * unit))} KB more than there is"
        )


def planned(model: Model, found: Proposal, mix: Mix) -> Mix:
    """Mix with the cycles a frame and the logic cells of its fastest design for the device.

    Both stay None where this version cannot build it, or no folding fits.
    """
    letters = zip(found.layers, mix.letters, strict=True)
    bits = {name: 1 if letter == "B" else found.wide_bits for name, letter in letters}
    try:
        design = make_design(set_precision(model, bits), device=found.device.name)
    except HwgenError:
        return mix
    cells = estimate_plan(design.network, design.plan).logic_cells
    return replace(mix, cycles=design.plan.bottleneck_cycles, logic_cells=cells)


def _with_plans(model: Model, found: Proposal, step: Callable[[str], None]) -> Proposal:
    mixes = []
    for mix in found.mixes:
        step(f"planning {mix.letters}")
        mixes.append(planned(model, found, mix) if mix.fits["built"] else mix)
    return replace(found, mixes=tuple(mixes))
