"""What `hwgen quantise` found, as text and as JSON."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hwgen.accounts.precision import Mix, Proposal
from hwgen.report.tables_text import figure

__all__ = ["MixTable", "proposal_json", "proposal_lines"]

NOT_KNOWN = "-"
COLUMNS = ("mix", "weights", "input", "output", "pair", "lines", "fits", "cycles", "cells")
GAP, LINE, LEAST_LETTERS = "  ", 80, 8
PLANNED_WIDTHS = len("100,000,000"), len("80,000")
"""Of cycles and cells that are not known yet."""


class MixTable:
    """A line a mix, memory in KB: each can be printed when it is known, in columns of one width.

    Parameters
    ----------
    found : Proposal
        Its mixes may be planned later, if they are to be.
    plans : bool
        Whether there will be cycles and cells.
    """

    def __init__(self, found: Proposal, kilobyte: int, *, plans: bool):
        self._kilobyte = kilobyte
        rows = [COLUMNS, *(self._cells(mix) for mix in found.mixes)]
        self._widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        if plans:
            self._widths[-2:] = PLANNED_WIDTHS
        rest = sum(self._widths[1:]) + len(GAP) * (len(COLUMNS) - 1)
        self._widths[0] = min(self._widths[0], max(LEAST_LETTERS, LINE - rest))
        self.header = self._line(COLUMNS)
        """Names of the columns."""

    def row(self, mix: Mix) -> str:
        """A mix; letters that have no room go on below."""
        name, *figures = self._cells(mix)
        width = self._widths[0]
        more = [name[k : k + width] for k in range(width, len(name), width)]
        return "\n".join([self._line((name[:width], *figures)), *more])

    def _cells(self, mix: Mix) -> tuple[str, ...]:
        memory = (mix.weight_bits, mix.input_bits, mix.output_bits, mix.pair_bits, mix.line_bits)
        return (
            mix.letters,
            *(figure(_kb(bits, self._kilobyte)) for bits in memory),
            _fits(mix),
            NOT_KNOWN if mix.cycles is None else f"{mix.cycles:,}",
            NOT_KNOWN if mix.logic_cells is None else f"{mix.logic_cells:,}",
        )

    def _line(self, cells: Sequence[str]) -> str:
        first, *others = zip(cells, self._widths, strict=True)
        padded = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        return GAP.join(padded)


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
