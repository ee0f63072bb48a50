"""Branches that meet: ``Add`` and ``Concat``."""

from dataclasses import replace

import numpy as np

from hwgen.model.exporters.qonnx.forms import as_map, exact, scaled
from hwgen.model.exporters.qonnx.tensor import Tensor, common_unit, line
from hwgen.model.exporters.qonnx.writer import Writer
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.layers import Add, Concat

__all__ = ["add", "concat"]


def add(writer: Writer, layer: Add, tensors: list[Tensor]) -> Tensor:
    """A chain of ``Add``, of integers on one scale."""
    parts = _alike(writer, tensors, layer.name)
    lines = [part.linear() for part in parts]
    slope = lines[0].slope
    if any((line_.slope != slope).any() for line_ in lines):
        unit = common_unit([number for line_ in lines for number in line_.slope])
        parts = [
            scaled(writer, part, line_.slope / unit, f"{layer.name}/scaled{k}")
            for k, (part, line_) in enumerate(zip(parts, lines, strict=True))
        ]
        slope = line(parts[0].channels, unit).slope
    unit = common_unit([part.unit for part in parts])
    source = parts[0].name
    for k, part in enumerate(parts[1:], 2):
        name = layer.name if k == len(parts) else f"{layer.name}/sum{k}"
        source = writer.node("Add", [source, part.name], name, dims=part.dims)
    low = sum(int(part.low * (part.unit / unit)) for part in parts)
    high = sum(int(part.high * (part.unit / unit)) for part in parts)
    writer.check_reach(sum(int(part.reach * (part.unit / unit)) for part in parts))
    steps = then((), Linear(slope, sum((x.offset for x in lines[1:]), lines[0].offset)))
    return replace(parts[0], name=layer.name, unit=unit, low=low, high=high, steps=steps)


def concat(writer: Writer, layer: Concat, tensors: list[Tensor]) -> Tensor:
    """``Concat`` of channels; each keeps its own scale."""
    parts = _alike(writer, tensors, layer.name)
    unit = common_unit([part.unit for part in parts])
    lines = [part.linear() for part in parts]
    steps = then((), Linear(np.concatenate([line_.slope for line_ in lines]),
                            np.concatenate([line_.offset for line_ in lines])))  # fmt: skip
    low = min(int(part.low * (part.unit / unit)) for part in parts)
    high = max(int(part.high * (part.unit / unit)) for part in parts)
    shape = (*parts[0].shape[:2], sum(part.channels for part in parts))
    made = replace(parts[0], name=layer.name, shape=shape, unit=unit, low=low, high=high,
                   steps=steps)  # fmt: skip
    writer.node("Concat", [part.name for part in parts], made.name, axis=1, dims=made.dims)
    writer.check_reach(made.reach)
    return made


def _alike(writer: Writer, tensors: list[Tensor], layer: str) -> list[Tensor]:
    """Exact values, all of them rows, or all (1, channels, height, width)."""
    parts = [exact(writer, tensor, f"{layer}/{k}") for k, tensor in enumerate(tensors)]
    if all(part.row for part in parts):
        return parts
    return [as_map(writer, part, f"{layer}/{k}") for k, part in enumerate(parts)]
