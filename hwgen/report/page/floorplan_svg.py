"""A floorplan as SVG: each tile in the colour of the layer that has most of its cells."""

from collections.abc import Mapping, Sequence
from typing import Any

from hwgen.report.page.colours import NONE, colours_of, layer_of

__all__ = ["floorplan_svg"]

BLOCK = 0.16
"""Of a tile's side, around the mark of a memory or a multiplier."""


def floorplan_svg(floorplan: Mapping[str, Any], layers: Sequence[str]) -> str:
    """Draw ``floorplan.json``, one unit of length a tile, row 0 at the bottom.

    Memories and multipliers are squares with a dark edge.
    """
    colours = colours_of(layers)
    most: dict[tuple[int, int], tuple[int, str]] = {}
    blocks: list[tuple[int, int, str]] = []
    for unit, kind, flat in floorplan["cells"]:
        layer = layer_of(unit, layers)
        colour = NONE if layer is None else colours[layer]
        for x, y, count in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            if kind == "logic":
                most[x, y] = max(most.get((x, y), (0, "")), (count, colour))
            else:
                blocks.append((x, y, colour))
    rows = floorplan["rows"]
    paths: dict[str, list[str]] = {}
    for (x, y), (_, colour) in sorted(most.items()):
        paths.setdefault(colour, []).append(f"M{x} {rows - 1 - y}h1v1h-1z")
    parts = [f'<path fill="{colour}" d="{"".join(d)}"/>' for colour, d in paths.items()]
    side = 1 - 2 * BLOCK
    parts += [
        f'<rect x="{x + BLOCK:g}" y="{rows - 1 - y + BLOCK:g}" width="{side:g}" height="{side:g}" '
        f'fill="{colour}" stroke="currentColor" stroke-width=".18"/>'
        for x, y, colour in sorted(blocks)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="floorplan" role="img" '
        f'aria-label="floorplan" viewBox="-1 -1 {floorplan["columns"] + 2} {rows + 2}">'
        f"{''.join(parts)}</svg>"
    )
