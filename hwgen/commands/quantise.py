"""``hwgen quantise``: the precision of each layer that fits a device."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from hwgen.commands.tables import Kilobyte
from hwgen.console import out, steps
from hwgen.errors import FitError
from hwgen.model import load_model
from hwgen.plan.devices import DEVICES, find_device
from hwgen.plan.precision import plan_precision
from hwgen.report.mixes import mix_table, proposal_json, proposal_lines
from hwgen.report.tables_text import figure

__all__ = ["quantise"]


def quantise(
    model: Annotated[
        Path, typer.Argument(help="A description; its precisions do not matter.", metavar="MODEL")
    ],
    device: Annotated[
        str,
        typer.Option(help=f"Part: {', '.join(d for d in DEVICES if d != 'generic')}.", metavar="D"),
    ],
    bits: Annotated[
        int, typer.Option(help="Bits of a precise layer.", min=2, max=16, metavar="N")
    ] = 16,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    kilobyte: Annotated[Kilobyte, typer.Option(help="Bytes of a KB.")] = Kilobyte.BINARY,
) -> None:
    """Propose which layers are precise (C) and which have 1 bit (B), so that all fits the part.

    Lists the mixes from the most precise on: weights, the largest input, output and both of one
    layer, and the line buffers that a design here keeps instead of feature maps. It proposes the
    first whose weights and line buffers fit.

    Exits with 1 where none fits.
    """
    part = find_device(device)
    with steps() as step:
        step(f"reading {model}")
        description = load_model(model)
        found = plan_precision(description, part, bits)
    unit = int(kilobyte.value)
    if as_json:
        out.print_json(json.dumps(proposal_json(found, unit)))
    else:
        out.print(mix_table(found, unit))
        for line in proposal_lines(found, unit):
            out.print(line, markup=False)
    if found.proposed is None:
        least = min(found.mixes, key=lambda mix: mix.weight_bits + mix.line_bits)
        needed = least.weight_bits + least.line_bits
        raise FitError(
            f"{description.source}: no mix fits {part.name}: {least.letters} needs "
            f"{figure(Fraction(needed, 8 * unit))} KB for weights and line buffers, "
            f"{figure(Fraction(needed - found.memory_bits, 8 * unit))} KB more than there is"
        )
