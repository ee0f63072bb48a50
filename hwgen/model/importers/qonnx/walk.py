"""From node to node of a graph: what each becomes."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.problems import Problem, RefusedError
from hwgen.model.importers.qonnx.alone import check_alone
from hwgen.model.importers.qonnx.constants import Constants, check_domain, folds
from hwgen.model.importers.qonnx.finish import PASSED, TAILS, check_tail, finish
from hwgen.model.importers.qonnx.found import found_at
from hwgen.model.importers.qonnx.frames import frame_of
from hwgen.model.importers.qonnx.kinds import KINDS, Known, joined, parts
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["Walk"]

_JOINS = ("Add", "Concat", "Sub")

_UNFIT = "has attributes or inputs that do not fit its kind"
_UNKNOWN_KIND = "is of a kind that is not imported"


class Walk:
    """Tensors by name, constants by name, and the layers so far.

    A node that is refused is a problem, and what it makes is unknown: nodes behind it are looked
    at alone, without what they read. ``dropped`` are the kinds of the nodes at the end that keep
    the scores' order.
    """

    def __init__(self, graph: Graph, name: str, meaning: str | None):
        self.graph = graph
        frame = frame_of(graph.input_shape)
        self.layers = Layers(name, frame, meaning)
        self.constants = Constants(graph.constants)
        self.tensors: dict[str, Tensor] = {graph.input_name: frame.tensor}
        self.dropped: list[str] = []
        self.problems: list[Problem] = []
        self._unknown: set[str] = set()
        self._behind = 0
        batch = graph.input_shape[0] if graph.input_shape else None
        last = _outputs(graph)
        self._known = Known(self.layers, self.constants, self.tensors, batch or 1, last)
        self._behind_tails: set[str] = set()
        self._last = last
        self._needed = _needed(graph)
        self._left_out: set[str] = set()

    def run(self) -> Builder:
        """Take all nodes.

        Raises
        ------
        RefusedError
            With every node that is not imported.
        """
        for node in self.graph.nodes:
            # Whether numbers are finite is tested where they are used.
            try:
                with refusing(_UNFIT), np.errstate(all="ignore"):
                    if self._unknown.intersection(node.inputs):
                        self._behind_unknown(node)
                    else:
                        self._node(node)
            except ModelError as error:
                self._refuse(node, error)
        if not self.problems:
            self._finish()
        if self.problems:
            raise RefusedError(self.problems, self._notes())
        return self.layers.builder

    def _finish(self) -> None:
        name = self.graph.output_name
        try:
            found = self.tensors.get(name)
            if found is None:
                raise ModelError("its output does not follow from its input by layers known here")
            finish(self.layers, found)
        except ModelError as error:
            makers = [node for node in self.graph.nodes if name in node.outputs]
            if not makers:
                raise
            self._refuse(makers[-1], error)

    def _refuse(self, node: Node, error: ModelError) -> None:
        found = error.found or found_at(node, self.tensors, self.constants)
        self.problems.append(Problem(node.title, node.op, found, error.reason, error.remedy))
        self._unknown.update(name for name in node.outputs if name)

    def _behind_unknown(self, node: Node) -> None:
        """A node that reads what a refused one was to make."""
        self._unknown.update(name for name in node.outputs if name)
        if self._needed.intersection(node.outputs):
            self._behind += 1
            if node.op not in (*KINDS, *_JOINS, *TAILS, "Split") and not folds(node):
                raise ModelError(_UNKNOWN_KIND)
            check_alone(node, self.constants)

    def _notes(self) -> list[str]:
        if not self._behind:
            return []
        nodes = "1 node reads" if self._behind == 1 else f"{self._behind:,} nodes read"
        return [f"{nodes} what these were to make, and more may be wrong there"]

    def _node(self, node: Node) -> None:
        if node.op in TAILS and node.outputs and any(name in self._last for name in node.outputs):
            tensor = self._known.flowing(node)
            check_domain(node)
            check_tail(node, tensor)
            self.dropped.append(node.op)
            self.tensors |= dict.fromkeys(node.outputs, tensor)
            self._behind_tails.update(node.outputs)
            return
        if node.op in PASSED and node.inputs[0] in self._behind_tails:
            self.tensors[node.outputs[0]] = self.tensors[node.inputs[0]]
            self._behind_tails.add(node.outputs[0])
            return
        if not node.outputs or not node.outputs[0]:
            raise ModelError("must have one output")
        output = node.outputs[0]
        needed = len(self._needed.intersection(node.outputs[1:])) + 1
        flowing = [name for name in node.inputs if name in self.tensors]
        beside = flowing or self._left_out.intersection(node.inputs)
        if beside and not self._needed.intersection(node.outputs):
            self._left_out.add(output)
        elif node.op == "Shape" and flowing:
            # Frames come one by one.
            sizes = self.tensors[node.inputs[0]].sizes
            self.constants[output] = np.array(sizes, np.int64)
        elif any(name and name not in self._known for name in node.inputs):
            raise ModelError("reads what no node before it makes")
        elif not flowing:
            self.constants.fold(node)
        else:
            check_domain(node)
            made = self._tensors(node, len(flowing), needed)
            self.tensors.update(zip(node.outputs, made, strict=False))

    def _tensors(self, node: Node, flowing: int, outputs: int) -> list[Tensor]:
        if node.op not in (*KINDS, *_JOINS, "Split"):
            raise ModelError(_UNKNOWN_KIND)
        if flowing > 1:
            return [joined(self._known, node)]
        if outputs > 1 or node.op == "Split":
            return parts(self._known, node)
        return [KINDS[node.op](self._known, node)]


def _outputs(graph: Graph) -> frozenset[str]:
    """Names of the output, and of what only tails make it of."""
    makers = {name: node for node in graph.nodes for name in node.outputs}
    names, seen = {graph.output_name}, [graph.output_name]
    while (node := makers.pop(seen[-1], None)) and node.op in (*PASSED, *TAILS) and node.inputs:
        seen.append(node.inputs[0])
        if node.op in TAILS:
            names.update(seen)
    return frozenset(names)


def _needed(graph: Graph) -> frozenset[str]:
    """Names of what the output follows from; exporters leave other nodes behind."""
    names = {graph.output_name}
    for node in reversed(graph.nodes):
        if names.intersection(node.outputs):
            names.update(node.inputs)
    return frozenset(names)
