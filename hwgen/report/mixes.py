"""What `hwgen quantise` found, as text and as JSON."""

from fractions import Fraction
from typing import Any

from rich.table import Table

from hwgen.accounts.precision import Mix, Proposal
from hwgen.report.tables_text import figure

__all__ = ["mix_table", "proposal_json", "proposal_lines"]

NOT_KNOWN = "-"


def mix_table(found: Proposal, kilobyte: int) -> Table:
    """A line a mix; memory in KB."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, column in enumerate(
        ("mix", "weights", "input", "output", "pair", "lines", "fits", "cycles", "cells")
    ):
        table.add_column(column, justify="right" if index else "left", no_wrap=index > 0)
    for mix in found.mixes:
        memory = (mix.weight_bits, mix.input_bits, mix.output_bits, mix.pair_bits, mix.line_bits)
        table.add_row(
            mix.letters,
            *(figure(_kb(bits, kilobyte)) for bits in memory),
            _fits(mix),
            NOT_KNOWN if mix.cycles is None else f"{mix.cycles:,}",
            NOT_KNOWN if mix.logic_cells is None else f"{mix.logic_cells:,}",
        )
    return table


def proposal_lines(found: Proposal, kilobyte: int) -> list[str]:
    """What is proposed, in words."""
    memory = figure(_kb(found.memory_bits, kilobyte))
    lines = [f"C: {found.wide_bits} bits, B: 1 bit; {found.device.name} has {memory} KB"]
    mix = found.proposed
    if mix is None:
        return lines
    spare = figure(_kb(found.spare_bits, kilobyte))
    lines.append(f"proposed: {mix.letters}, which leaves {spare} KB beside weights and lines")
    if found.like is not None:
        lines.append(
            f"for accuracy first more layers ({found.more_layers:,} like {found.like!r} fit), "
            "then more bits, then wider ones"
        )
    return lines


def proposal_json(found: Proposal, kilobyte: int) -> dict[str, Any]:
    """The same in JSON; memory in KB."""
    return {
        "device": found.device.name,
        "kilobyte": kilobyte,
        "memory_kb": float(_kb(found.memory_bits, kilobyte)),
        "layers": list(found.layers),
        "bits": {"C": found.wide_bits, "B": 1},
        "mixes": [
            {
                "mix": mix.letters,
                "weight_kb": float(_kb(mix.weight_bits, kilobyte)),
                "largest_input_kb": float(_kb(mix.input_bits, kilobyte)),
                "largest_output_kb": float(_kb(mix.output_bits, kilobyte)),
                "largest_pair_kb": float(_kb(mix.pair_bits, kilobyte)),
                "line_buffer_kb": float(_kb(mix.line_bits, kilobyte)),
                "fits": mix.fits,
                "cycles": mix.cycles,
                "logic_cells": mix.logic_cells,
            }
            for mix in found.mixes
        ],
        "proposed": found.proposed.letters if found.proposed else None,
        "spare_kb": float(_kb(found.spare_bits, kilobyte)) if found.proposed else None,
        "more_layers": {"like": found.like, "count": found.more_layers} if found.like else None,
    }


def _kb(bits: int, kilobyte: int) -> Fraction:
    return Fraction(bits, 8 * kilobyte)


def _fits(mix: Mix) -> str:
    """How far the mix fits, in the talk's order; "built" is what counts here."""
    if mix.fits["built"]:
        return "all" if mix.fits["weights"] else "built"
    reached = [name for name in ("input", "output") if mix.fits[name]]
    return reached[-1] if reached else "none"
