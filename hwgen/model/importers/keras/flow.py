"""What flows from layer to layer: a tensor, and a margin that a ``ZeroPadding`` put around it."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.keras.levels import levels_of
from hwgen.model.importers.keras.quantisers import Quantiser
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import Levels
from hwgen.model.importers.qonnx.tensor import Tensor

__all__ = ["NO_MARGIN", "Flow", "rounded"]

NO_MARGIN = (0, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Flow:
    """A tensor, channels ahead of rows and columns, in a margin.

    ``margin`` is (top, bottom, left, right), of places that all have the integer ``filled``.
    """

    tensor: Tensor
    margin: tuple[int, int, int, int] = NO_MARGIN
    filled: int = 0

    @property
    def plain(self) -> Tensor:
        """The tensor; refuses a margin, which only a convolution can take in."""
        if any(self.margin):
            raise ModelError("reads what was padded with zeros; only convolutions do so here")
        return self.tensor


def rounded(layers: Layers, flow: Flow, quantiser: Quantiser | None, *, last: bool) -> Flow:
    """What a quantiser makes of it; the same where there is none."""
    if quantiser is None or quantiser.kind == "none":
        return flow
    levels = levels_of(quantiser)
    filled = _filled(flow, levels) if any(flow.margin) else 0
    tensor = quantise(layers, flow.tensor, levels, last=last)
    return replace(flow, tensor=tensor, filled=filled)


def _filled(flow: Flow, levels: Levels) -> int:
    """The integer that the quantiser makes of a margin."""
    value = Fraction(0)
    if flow.filled:
        value = flow.filled * flow.tensor.linear().slope[0]
    cuts = levels.cuts[0]
    reached = np.where(levels.strict, cuts < value, cuts <= value).sum()
    found = levels.low + levels.step * int(reached)
    if found and not levels.bipolar:
        raise ModelError("makes more than a zero of the zeros padded before; pad behind it instead")
    return found
