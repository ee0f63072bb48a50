"""Which of a graph's nodes matter, and which are its end."""

from hwgen.model.importers.qonnx.finish import TAILS
from hwgen.readers.onnx_file import Graph

__all__ = ["needed", "outputs"]


def outputs(graph: Graph) -> frozenset[str]:
    """Names of the output, and of what only tails make it of."""
    names = {graph.output_name}
    for node in reversed(graph.nodes):
        if node.op in TAILS and names.intersection(node.outputs):
            names.update(node.inputs[:1])
    return frozenset(names)


def needed(graph: Graph) -> frozenset[str]:
    """Names of what the output follows from; exporters leave other nodes behind."""
    names = {graph.output_name}
    for node in reversed(graph.nodes):
        if names.intersection(node.outputs):
            names.update(node.inputs)
    return frozenset(names)
