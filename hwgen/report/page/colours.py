"""Colours of layers, the same in all pictures of a page."""

from collections.abc import Sequence

__all__ = ["NONE", "colours_of", "layer_of"]

COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8172b3", "#b8a100",
    "#937860", "#5f9ea0", "#c44e52", "#64b5cd",
)  # fmt: skip
"""The first ones of Okabe and Ito: told apart with any kind of colour vision."""

NONE = "#8c959f"
"""Of what belongs to no layer."""


def colours_of(layers: Sequence[str]) -> dict[str, str]:
    """A colour for each layer; they begin again where there are more layers."""
    return {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(layers)}


def layer_of(unit: str, layers: Sequence[str]) -> str | None:
    """Layer that a unit belongs to: the one that has the longest name ahead of the unit's."""
    mine = [name for name in layers if unit == name or unit.startswith(name + "_")]
    return max(mine, key=len, default=None)
