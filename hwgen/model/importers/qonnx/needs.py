"""Which of a graph's nodes matter, and which are its end."""

from hwgen.model.importers.qonnx.finish import PASSED, TAILS
from hwgen.readers.onnx_file import Graph

__all__ = ["needed", "outputs"]


def outputs(graph: Graph) -> frozenset[str]:
    """Names of the output, and of what only tails make it of."""
    makers = {name: node for node in graph.nodes for name in node.outputs}
    names, seen = {graph.output_name}, [graph.output_name]
    while (node := makers.pop(seen[-1], None)) and node.op in (*PASSED, *TAILS) and node.inputs:
        seen.append(node.inputs[0])
        if node.op in TAILS:
            names.update(seen)
    return frozenset(names)


def needed(graph: Graph) -> frozenset[str]:
    """Names of what the output follows from; exporters leave other nodes behind."""
    names = {graph.output_name}
    for node in reversed(graph.nodes):
        if names.intersection(node.outputs):
            names.update(node.inputs)
    return frozenset(names)
