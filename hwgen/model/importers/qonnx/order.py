"""The order of a graph's nodes: who makes what, who reads it last, and what the output needs."""

from collections.abc import Callable

from hwgen.errors import ModelError, describe
from hwgen.model.importers.qonnx.finish import PASSED, TAILS
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["Order", "needed", "outputs"]


class Order:
    """Who makes each name first, and who reads it last."""

    def __init__(self, graph: Graph):
        self._makers: dict[str, Node] = {}
        self._readers: dict[str, Node] = {}
        for node in graph.nodes:
            for name in filter(None, node.outputs):
                self._makers.setdefault(name, node)
            self._readers.update(dict.fromkeys(node.inputs, node))
        self._readers.pop(graph.output_name, None)
        self._given = {graph.input_name, *graph.constants}

    def check(self, node: Node, known: Callable[[str], bool]) -> None:
        """Refuse a node that reads what is not there yet, or makes what is there already."""
        for name in filter(None, node.inputs):
            if known(name):
                continue
            if name in self._makers:
                raise ModelError(
                    f"reads {describe(name)}, which a node makes that comes after it",
                    remedy="sort the nodes (qonnx-cleanup does); if that cannot be, it is a cycle",
                )
            raise ModelError(
                f"reads {describe(name)}, which no node makes and no array of the file is",
                remedy="export it again, with its weights in it",
            )
        for name in filter(None, node.outputs):
            if self._makers[name] is not node or name in self._given:
                raise ModelError(
                    f"makes {describe(name)}, which is made already",
                    remedy="give each tensor a name of its own (qonnx-cleanup does)",
                )

    def done(self, node: Node) -> list[str]:
        """Names that no node reads after this one."""
        return [name for name in node.inputs if self._readers.get(name) is node]


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
