"""Quantisers on what flows, and zeros around it, which what reads it next takes as its padding."""

import numpy as np

from hwgen.model.importers.keras.levels import levels_of
from hwgen.model.importers.keras.quantisers import Quantiser
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import pad
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["around", "rounded", "turned"]

Sides = tuple[int, int, int, int]


def rounded(layers: Layers, tensor: Tensor, quantiser: Quantiser | None, *, last: bool) -> Tensor:
    """What a quantiser makes of it; the same where there is none."""
    if quantiser is None or quantiser.kind == "none":
        return tensor
    return quantise(layers, tensor, levels_of(quantiser), last=last)


def around(tensor: Tensor, sides: Sides, value: float) -> Tensor:
    """The tensor, channels ahead of rows and columns, with (top, bottom, left, right) around it."""
    top, bottom, left, right = sides
    pads = [0, 0, top, left, 0, 0, bottom, right]
    if tensor.place.ndim == 3:
        pads = [0, 0, left, 0, 0, right]
    return pad(Node("Pad", "", "", (), (), {"pads": pads, "value": value}), tensor, [])


def turned(tensor: Tensor) -> Tensor:
    """The same with its channels last, as the file has them."""
    return tensor.placed(np.moveaxis(tensor.place, 1, -1))
