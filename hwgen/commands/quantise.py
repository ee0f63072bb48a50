"""``hwgen quantise``: the precision of each layer that fits a device."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from hwgen.accounts.precision import Mix, Proposal, plan_precision
from hwgen.commands.board_options import complete_parts
from hwgen.commands.tables import Kilobyte
from hwgen.console import out, steps
from hwgen.design import make_design
from hwgen.errors import FitError, HwgenError
from hwgen.estimates.estimate import estimate_plan
from hwgen.families.devices import DEVICES, find_device
from hwgen.kept_results import kept
from hwgen.model import Model, load_model
from hwgen.passes.set_precision import set_precision
from hwgen.report.mixes import MixTable, proposal_json, proposal_lines
from hwgen.report.tables_text import figure

__all__ = ["planned", "quantise"]

_FIGURES = ([int, int], [int, type(None)], [type(None), type(None)])
"""Kinds of cycles and logic cells that are known together."""


def quantise(
    model: Annotated[
        Path,
        typer.Argument(help="A description; its precisions do not matter.", metavar="MODEL.json"),
    ],
    device: Annotated[
        str,
        typer.Option(
            help=f"Part: {', '.join(d for d in DEVICES if d != 'generic')}.",
            metavar="D",
            autocompletion=complete_parts,
        ),
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
        unit = int(kilobyte.value)
        table = MixTable(found, unit, plans=plan)
        if not as_json:
            step.show(table.header)
        mixes = []
        for mix in found.mixes:
            if plan and mix.fits["built"]:
                step(f"planning {mix.letters}")
                mix = planned(description, found, mix, step)
            mixes.append(mix)
            if not as_json:
                step.show(table.row(mix))
        found = replace(found, mixes=tuple(mixes))
    if as_json:
        out.print_json(json.dumps(proposal_json(found, unit)))
    else:
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


def planned(
    model: Model,
    found: Proposal,
    mix: Mix,
    progress: Callable[[str], object] = lambda step: None,
) -> Mix:
    """Mix with the cycles a frame and the logic cells of its fastest design for the device.

    Both stay None where this version cannot build it, or no folding fits.
    """
    letters = zip(found.layers, mix.letters, strict=True)
    bits = {name: 1 if letter == "B" else found.wide_bits for name, letter in letters}

    def find() -> object:
        try:
            design = make_design(
                set_precision(model, bits), device=found.device.name, progress=progress
            )
        except HwgenError:
            return [None, None]
        cells = estimate_plan(design.network, design.plan).logic_cells
        return [design.plan.bottleneck_cycles, cells]

    def good(value: object) -> bool:
        return isinstance(value, list) and [type(x) for x in value] in _FIGURES

    about = (model.input, model.layers, found.device.name, bits)
    value = kept("mix", about, find, good)
    assert isinstance(value, list)
    return replace(mix, cycles=value[0], logic_cells=value[1])
