"""Where a graph's input has its channels, told from what the graph does with it."""

from hwgen.model.importers.options import Layout
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["shown_layout"]

_ELEMENTWISE = frozenset(
    ("Add", "BipolarQuant", "Cast", "Clip", "Div", "Dropout", "Identity", "IntQuant", "Mul", "Neg",
     "Quant", "Relu", "Sign", "Sub")
)  # fmt: skip
_CHANNELS_FIRST = ("AveragePool", "BatchNormalization", "Conv", "GlobalAveragePool", "MaxPool")


def shown_layout(graph: Graph) -> Layout | None:
    """The layout that the first node which knows of one takes or makes; None where none does."""
    same = {graph.input_name}
    for node in graph.nodes:
        if not same.intersection(node.inputs):
            continue
        if node.op in _ELEMENTWISE:
            same.update(node.outputs)
        elif node.op == "MultiThreshold":
            return Layout.LAST if node.attributes.get("data_layout") == b"NHWC" else Layout.FIRST
        elif node.op in _CHANNELS_FIRST:
            return Layout.FIRST
        elif node.op == "Transpose":
            return _turned(node, len(graph.input_shape))
    return None


def _turned(node: Node, axes: int) -> Layout | None:
    order = node.attributes.get("perm")
    if order == [0, axes - 1, *range(1, axes - 1)]:
        return Layout.LAST
    if order == [0, *range(2, axes), 1]:
        return Layout.FIRST
    return None
