"""A description made smaller, pass after pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.compress.exact import remove_channels
from hwgen.compress.report import Report, weight_bits
from hwgen.errors import MismatchError
from hwgen.files import check_writable, write_whole
from hwgen.model import Model, dump_model, load_model
from sim import golden
from sim.images import random_images

__all__ = ["Compression", "Pass", "compress"]

PICTURES = 4
"""At random, on which what the exact pass made is compared with what it was made of."""

Pass = Callable[[Model], tuple[Model, Report]]
"""A pass, and what it did."""


@dataclass(frozen=True, eq=False)
class Compression:
    """What came of a description.

    Parameters
    ----------
    model : Model
    reports : tuple of Report
        Of each pass, in order.
    weight_bits, weight_bits_left : int
        Bits of all weights, before and after.
    """

    model: Model
    reports: tuple[Report, ...]
    weight_bits: int
    weight_bits_left: int

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "file": self.model.source,
            "passes": [report.to_json() for report in self.reports],
            "weight_bits": self.weight_bits,
            "weight_bits_left": self.weight_bits_left,
        }


def compress(
    model: Model | Path | str,
    output: Path | str | None = None,
    *,
    passes: Sequence[Pass] = (),
    progress: Callable[[str], object] = lambda step: None,
) -> Compression:
    """Leave out what changes nothing, and do what else is asked for, as ``hwgen compress`` does.

    Parameters
    ----------
    model : Model or path
        A description, or its file.
    output : path, optional
        File to write; without one nothing is.
    passes : sequence of callable
        What is done ahead of the exact pass, which is always the last.
    progress : callable
        Told what begins.

    Raises
    ------
    HwgenError
        For what cannot be read, compressed or written; names the file and the layer. Nothing is
        written then.
    """
    if output is not None:
        check_writable(Path(output))
    if not isinstance(model, Model):
        progress(f"reading {model}")
        model = load_model(model)
    before, reports = model, []
    for each in passes:
        model, report = each(model)
        reports.append(report)
    progress("looking for channels that change nothing")
    small, removed = remove_channels(model)
    if removed.changed:
        progress("comparing scores")
        _compare(model, small)
    found = Compression(small, (*reports, removed), weight_bits(before), weight_bits(small))
    if output is not None:
        progress(f"writing {output}")
        write_whole(Path(output), dump_model(small))
    return found


def _compare(model: Model, small: Model) -> None:
    """Refuse a model that computes anything else than the one it was made of."""
    images = random_images(model, PICTURES, 0)
    was, now = (golden.run(each, images, keep=False) for each in (model, small))
    scales = [(x.score_scale, x.score_offset) for x in (was, now)]
    if scales[0] != scales[1] or not np.array_equal(was.scores, now.scores):
        raise MismatchError(
            f"{model.source}: without channels that change nothing scores differ, which is a fault "
            "of this program"
        )
