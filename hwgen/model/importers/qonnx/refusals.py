"""What keeps a graph out, and what is unknown because of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.problems import Problem, RefusedError
from hwgen.model.importers.qonnx.remedies import WEIGHTED, float_network, whole
from hwgen.model.layers import Model
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["Refusals"]


class Refusals:
    """Problems of a graph so far.

    What a refused node was to make is unknown, and so is all that follows from it.
    """

    def __init__(self, graph: Graph):
        self._graph = graph
        self._problems: list[Problem] = []
        self._unknown: set[str] = set()
        self._behind = 0
        self._floats: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._problems)

    def of_input(self, error: ModelError) -> None:
        """The graph's input is none that is imported."""
        self._problems.append(Problem("", "", error.found, error.reason, error.remedy))
        self._unknown.add(self._graph.input_name)

    def of_node(self, node: Node, error: ModelError, found: str) -> None:
        """A node is refused; ``found`` is what is known of what it reads."""
        # The network under construction has no file yet, and says so.
        reason = error.reason.removeprefix(f"{Model.source}: ")
        found = error.found or found
        self._problems.append(Problem(node.title, node.op, found, reason, error.remedy))
        self._unknown.update(filter(None, node.outputs))

    def reach(self, node: Node) -> bool:
        """Whether a node reads what is unknown; what it makes then is unknown too."""
        if not self._unknown.intersection(node.inputs):
            return False
        self._unknown.update(filter(None, node.outputs))
        self._behind += 1
        return True

    def __contains__(self, name: str) -> bool:
        return name in self._unknown

    def weigh(self, node: Node, constants: Mapping[str, NDArray[Any]]) -> None:
        """Count the layers whose weights are plain floats."""
        if node.op in WEIGHTED and len(node.inputs) > 1:
            array = constants.get(node.inputs[1])
            if array is not None and not whole(array):
                self._floats.append(str(array.dtype))

    def error(self, notes: Sequence[str]) -> RefusedError:
        """All problems; first of all that nothing is quantised, where nothing is."""
        first = float_network(self._graph, self._floats)
        if self._behind:
            nodes = "1 node reads" if self._behind == 1 else f"{self._behind:,} nodes read"
            notes = [*notes, f"{nodes} what these were to make, and more may be wrong there"]
        return RefusedError([*filter(None, [first]), *self._problems], notes)
