"""The graph of a network as SVG: a box for each layer, from the input down to the scores."""

from xml.sax.saxutils import escape

from hwgen.accounts.summary import LayerSummary, NetworkSummary, input_meaning
from hwgen.model import INPUT_NAME
from hwgen.report.graph_layout import lay_out

__all__ = ["graph_svg"]

_MARGIN = 20
_LINE = 16
"""Height of a line of text."""
_ROW_GAP = 30
_COLUMN_GAP = 24
_LETTER = 7.3
"""Width of a letter, of a font of fixed pitch and 12 pixels."""

_COLOURS = {
    "input": "#e8e8e8",
    "conv2d": "#cfe2f3", "depthwise_conv2d": "#cfe2f3", "dense": "#cfe2f3",
    "sign": "#d9ead3", "quantise": "#d9ead3", "multi_threshold": "#d9ead3", "relu": "#d9ead3",
    "add": "#fce5cd", "concat": "#fce5cd",
    "max_pool": "#ead1dc", "average_pool": "#ead1dc",
}  # fmt: skip


def graph_svg(found: NetworkSummary) -> str:
    """Draw the graph; the text of an SVG file.

    Branches lie side by side. Each box has the layer's name, kind and bits, and what it puts out.
    """
    boxes = {INPUT_NAME: _input(found)} | {layer.name: _layer(layer) for layer in found.layers}
    kinds = {INPUT_NAME: "input"} | {layer.name: layer.kind for layer in found.layers}
    layout = lay_out({INPUT_NAME: ()} | {layer.name: layer.inputs for layer in found.layers})
    wide = round(max(len(line) for lines in boxes.values() for line in lines) * _LETTER) + 16
    rows = 1 + max(row for row, _ in layout.places.values())
    tall = [0] * rows
    for name, (row, _) in layout.places.items():
        tall[row] = max(tall[row], len(boxes[name]) * _LINE + 10)
    tops = [_MARGIN + sum(tall[:row]) + row * _ROW_GAP for row in range(rows)]

    def x_of(column: float) -> float:
        return round(_MARGIN + wide / 2 + column * (wide + _COLUMN_GAP), 1)

    parts = []
    for points in layout.lines.values():
        parts.append(_line([(x_of(c), tops[r], tops[r] + tall[r]) for r, c in points]))
    for name, (row, column) in layout.places.items():
        left, top, height = x_of(column) - wide / 2, tops[row], len(boxes[name]) * _LINE + 10
        parts.append(
            f'<rect x="{left:g}" y="{top}" width="{wide}" height="{height}" rx="4" '
            f'fill="{_COLOURS.get(kinds[name], "#ffffff")}" stroke="#444444"/>'
        )
        for k, line in enumerate(boxes[name]):
            weight = ' font-weight="bold"' if k == 0 else ""
            parts.append(
                f'<text x="{x_of(column):g}" y="{top + 17 + k * _LINE}"{weight}>'
                f"{escape(line)}</text>"
            )
    columns = [c for points in layout.lines.values() for _, c in points]
    width = round(x_of(max(columns, default=0.0)) + wide / 2 + _MARGIN)
    height = tops[-1] + tall[-1] + _MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f"<title>{escape(found.model.name)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<g font-family="monospace" font-size="12" text-anchor="middle" fill="#000000">',
        *parts,
        "</g>",
        "</svg>",
        "",
    ])  # fmt: skip


def _input(found: NetworkSummary) -> list[str]:
    picture = found.model.input
    size = f"{picture.height} x {picture.width} x {picture.channels}, uint8"
    return [INPUT_NAME, size, *_folded(input_meaning(picture))]


def _layer(layer: LayerSummary) -> list[str]:
    weights = f", {layer.weight_bits}-bit weights" if layer.weight_bits else ""
    size = " x ".join(map(str, layer.shape))
    return [layer.name, f"{layer.kind}{weights}", f"{size}, {layer.activation_bits}-bit"]


def _folded(text: str, width: int = 32) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _line(points: list[tuple[float, float, float]]) -> str:
    """From the lower edge of the first row that it passes to the upper edge of the last."""
    x, _, y = points[0]
    way = [f"M{x:g} {y:g}"]
    for k, (to_x, top, bottom) in enumerate(points[1:], 2):
        middle = (y + top) / 2
        way.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {top:g}")
        if k < len(points):
            way.append(f"L{to_x:g} {bottom:g}")
        x, y = to_x, bottom
    tip = points[-1][1]
    return (
        f'<path d="{" ".join(way)}" fill="none" stroke="#444444"/>'
        f'<path d="M{x - 4:g} {tip - 7:g} L{x:g} {tip:g} L{x + 4:g} {tip - 7:g}Z" fill="#444444" '
        'stroke="none"/>'
    )
