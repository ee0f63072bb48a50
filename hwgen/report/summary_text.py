"""What a network is, as text for a terminal and as plain data."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from hwgen.accounts.summary import LayerSummary, NetworkSummary, input_meaning
from hwgen.errors import one_line, times
from hwgen.model import INPUT_NAME
from hwgen.report.amounts import traffic_lines
from hwgen.report.resources import resource_lines

__all__ = ["summary_json", "summary_lines"]

WIDTH = 80
_HEADER = ("layer", "kind", "output", "bits", "weight bits", "parameters", "MAC")
_LEFT = 2
"""Columns that begin at the left, besides the name."""
_GAP = "  "
_MOST_NOTES = 40
"""Lines of provenance; ``--json`` has it all."""


def summary_lines(found: NetworkSummary) -> list[str]:
    """The table, and below it totals, what the input means, classes, and provenance.

    Names are whole: one too long for its column has a line of its own.
    """
    model, picture = found.model, found.model.input
    rows = [(INPUT_NAME, "uint8", _size((picture.height, picture.width, picture.channels)), "8",
             "", "", "")]  # fmt: skip
    rows += [_cells(layer) for layer in found.layers]
    total = ("total", "", "", "", "", f"{found.parameters:,}", f"{found.macs:,}")
    lines = _table([_HEADER, *rows, total], ["", "", *_reads(found.layers), ""])
    notes = [
        f"input: a pixel stands for {input_meaning(picture)}",
        f"weights: {found.weight_bits:,} bits",
        f"MAC a frame: {found.macs:,}, {found.binary_macs:,} of them 1-bit",
    ]
    if found.traffic is not None:
        notes += traffic_lines(found.traffic)
    if found.device is not None and found.resources is not None:
        notes += resource_lines(found.device, found.resources)
    if model.classes is not None:
        notes.append(f"classes: {', '.join(model.classes)}")
    if model.head is not None:
        notes.append(f"head: {times((model.head.rows, model.head.columns))} cells of boxes")
    notes += [f"{key}: {_text(value)}" for key, value in model.provenance.items()]
    wrapped = [line for note in notes for line in _wrapped(note, "")]
    more = len(wrapped) - _MOST_NOTES
    if more > 0:
        wrapped[_MOST_NOTES:] = [f"and {more:,} lines more, which --json has"]
    return [*lines, "", *wrapped]


def summary_json(found: NetworkSummary) -> dict[str, Any]:
    """The same as plain data; ``docs/contracts.md`` has the keys."""
    model, picture = found.model, found.model.input
    return {
        "name": model.name,
        "input": {
            "height": picture.height,
            "width": picture.width,
            "channels": picture.channels,
            "type": "uint8",
            "meaning": input_meaning(picture),
        },
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "inputs": list(layer.inputs),
                "shape": list(layer.shape),
                "activation_bits": layer.activation_bits,
                "weight_bits": layer.weight_bits,
                "parameters": layer.parameters,
                "macs": layer.macs,
            }
            for layer in found.layers
        ],
        "parameters": found.parameters,
        "weight_bits": found.weight_bits,
        "macs": found.macs,
        "binary_macs": found.binary_macs,
        "bytes_per_frame": found.traffic and asdict(found.traffic),
        "resources": found.resources,
        "classes": None if model.classes is None else list(model.classes),
        "provenance": model.provenance,
    }


def _cells(layer: LayerSummary) -> tuple[str, ...]:
    return (
        layer.name,
        layer.kind.removesuffix("_conv2d"),
        _size(layer.shape),
        str(layer.activation_bits),
        str(layer.weight_bits or ""),
        f"{layer.parameters:,}" if layer.parameters else "",
        f"{layer.macs:,}" if layer.macs else "",
    )


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _reads(layers: Sequence[LayerSummary]) -> list[str]:
    """What each layer reads, where that is not the one before it."""
    before, found = INPUT_NAME, []
    for layer in layers:
        found.append("" if layer.inputs == (before,) else f"reads {', '.join(layer.inputs)}")
        before = layer.name
    return found


def _table(rows: Sequence[tuple[str, ...]], below: Sequence[str]) -> list[str]:
    """Rows, each with a line below it where there is one, as wide as a terminal at most."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    rest = sum(widths[1:]) + len(_GAP) * (len(widths) - 1)
    room = min(widths[0], max(WIDTH - rest, len("layer")))
    lines = []
    for row, more in zip(rows, below, strict=True):
        name = row[0]
        if len(name) > room:
            lines.append(name)
            name = ""
        cells = [name.ljust(room)]
        for k, (cell, width) in enumerate(zip(row[1:], widths[1:], strict=True)):
            cells.append(cell.ljust(width) if k < _LEFT else cell.rjust(width))
        lines.append(_GAP.join(cells).rstrip())
        lines += _wrapped(more, _GAP)
    return lines


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _wrapped(text: str, indent: str) -> list[str]:
    """Lines of a terminal's width, broken between words alone."""
    return wrap(
        one_line(text), WIDTH, initial_indent=indent, subsequent_indent=indent or _GAP,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
