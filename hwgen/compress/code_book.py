"""Code books: weights of several bits that have few values."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hwgen.compress.clusters import clustered
from hwgen.compress.weighted import placed, wide_layer
from hwgen.errors import ModelError
from hwgen.model import Model

__all__ = ["MOST_VALUES", "CodeBook", "give_code_book"]

MOST_VALUES = 256
"""Of a code book: `hwgen build` makes tables of indices of at most 8 bits."""


@dataclass(frozen=True)
class CodeBook:
    """What a layer's code book is, and how far its weights moved.

    Parameters
    ----------
    layer : str
    values : int
        Different weights that it has now.
    values_before : int
        And had.
    weights, weight_bits : int
        How many weights, and the bits of each.
    relative_error : float
        Root of the squares of what weights moved, over that of the weights.
    """

    layer: str
    values: int
    values_before: int
    weights: int
    weight_bits: int
    relative_error: float

    @property
    def index_bits(self) -> int:
        """Bits of an index."""
        return max(1, (self.values - 1).bit_length())

    @property
    def line(self) -> str:
        """What it is, and what it moved."""
        return (
            f"{self.layer}: {self.values:,} values instead of {self.values_before:,}, indices of "
            f"{self.index_bits} bits for {self.weight_bits}\n"
            f"  weights moved by {self.relative_error:.2%}"
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "pass": "codebook",
            "layer": self.layer,
            "values": self.values,
            "values_before": self.values_before,
            "index_bits": self.index_bits,
            "weight_bits": self.weight_bits,
            "relative_error": self.relative_error,
        }


def give_code_book(model: Model, name: str, count: int) -> tuple[Model, CodeBook]:
    """Move the weights of a layer to at most ``count`` values, by k-means.

    The description stays what it is; that the weights have few values `hwgen build` finds.

    Raises
    ------
    ModelError
        If there is no such layer, its weights have one bit, or the count makes no sense.
    """
    layer = wide_layer(model, name, "a code book")
    most = min(MOST_VALUES, 1 << layer.weight_bits - 1)
    if not 2 <= count <= most:
        raise ModelError(
            f"{model.source}: layer {name!r}: a code book of weights of {layer.weight_bits} bits "
            f"has 2 to {most} values, not {count}"
        )
    weights = clustered(layer.weights, count)
    moved = weights.astype(np.float64) - layer.weights
    size = float(np.sqrt((layer.weights.astype(np.float64) ** 2).sum()))
    report = CodeBook(
        name,
        len(np.unique(weights)),
        len(np.unique(layer.weights)),
        weights.size,
        layer.weight_bits,
        float(np.sqrt((moved**2).sum())) / size if size else 0.0,
    )
    return placed(model, name, [replace(layer, weights=weights)]), report
