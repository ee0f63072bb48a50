"""From node to node of a graph: what each becomes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.notes import notes_of
from hwgen.model.importers.options import Options, Pixels
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.alone import check_alone
from hwgen.model.importers.qonnx.arithmetic import ARITHMETIC, arithmetic, clip, normalise
from hwgen.model.importers.qonnx.constants import Constants, check_domain, folds
from hwgen.model.importers.qonnx.finish import TAILS, check_tail, finish
from hwgen.model.importers.qonnx.found import found_at
from hwgen.model.importers.qonnx.frames import MEANINGS, NO_FRAME, frame_of
from hwgen.model.importers.qonnx.joins import add, concatenate
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.layout import shown_layout
from hwgen.model.importers.qonnx.linear import convolve, gemm, multiply
from hwgen.model.importers.qonnx.order import Order, needed, outputs
from hwgen.model.importers.qonnx.places import MOVES, move
from hwgen.model.importers.qonnx.pools import average, average_all, maximum
from hwgen.model.importers.qonnx.quantiser import Levels, quant_format, quant_levels
from hwgen.model.importers.qonnx.refusals import Refusals
from hwgen.model.importers.qonnx.remedies import QUANTISING, unknown_kind
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.model.importers.qonnx.thresholds import counted_levels, sign_levels, truncated_levels
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["Walk"]

Array = NDArray[Any]

_JOINS = ("Add", "Concat")

_UNFIT = "has attributes or inputs that do not fit its kind"

_RATIONAL = 32
"""Numbers of an array that one rational counts as."""


class Walk:
    """Tensors by name, constants by name, and the layers so far.

    A node that is refused is a problem, and what it makes is unknown: nodes behind it are looked
    at alone, without what they read. ``dropped`` are the kinds of the nodes at the end that keep
    the scores' order.
    """

    def __init__(self, graph: Graph, name: str, options: Options):
        self.graph = graph
        self.constants = Constants(graph.constants)
        self.tensors: dict[str, Tensor] = {}
        self.dropped: list[str] = []
        self._refusals = Refusals(graph)
        self._last = outputs(graph)
        self._needed = needed(graph)
        self._order = Order(graph)
        frame = None
        try:
            frame = frame_of(graph.input_shape, options.layout, shown_layout(graph))
            self.tensors[graph.input_name] = frame.tensor
        except ModelError as error:
            self._refusals.of_input(error)
        pixels = options.pixels
        self.layers = Layers(name, frame or NO_FRAME, None if pixels is None else Pixels(pixels))

    def run(self) -> Builder:
        """Take all nodes.

        Raises
        ------
        RefusedError
            With every node that is not imported.
        """
        for node in self.graph.nodes:
            if self._needed.isdisjoint(node.outputs):
                continue
            self._refusals.weigh(node, self.constants)
            with self._refused_at(node):
                self._order.check(node, self._known)
                if not self._refusals.reach(node):
                    self._node(node)
                else:
                    self._alone(node)
            self._forget(node)
        if not self._refusals:
            self._finish()
        if self._refusals:
            raise self._refusals.error(notes_of(self.facts()))
        return self.layers.builder

    def _alone(self, node: Node) -> None:
        """Look at a node that reads what is not known."""
        if node.op not in (*_KINDS, *_JOINS, *TAILS) and not folds(node):
            raise unknown_kind(node)
        check_alone(node, self.constants)

    def _forget(self, node: Node) -> None:
        """Drop what no node reads after this one, which may be large."""
        for name in self._order.done(node):
            self.tensors.pop(name, None)
            self.constants.pop(name, None)
            self.constants.quantised.pop(name, None)

    @contextmanager
    def _refused_at(self, node: Node) -> Iterator[None]:
        try:
            # Whether numbers are finite is tested where they are used.
            with refusing(_UNFIT), np.errstate(all="ignore"):
                yield
        except ModelError as error:
            self._refusals.of_node(node, error, found_at(node, self.tensors, self.constants))

    def _finish(self) -> None:
        name = self.graph.output_name
        maker = next((n for n in reversed(self.graph.nodes) if name in n.outputs), None)
        if maker is None:
            raise ModelError("no node makes its output")
        with self._refused_at(maker):
            if name not in self.tensors:
                raise ModelError("its output does not follow from its input by layers known here")
            finish(self.layers, self.tensors[name])

    def facts(self) -> dict[str, str]:
        """What the file does not say and was taken, and what it says and was left out."""
        meaning, frame = self.layers.meaning, self.layers.frame
        facts = {"layout": frame.layout} if frame is not NO_FRAME else {}
        if meaning is not None:
            how = "as asked for" if self.layers.asked else "as the graph shows"
            facts["pixels"] = f"{MEANINGS[meaning][2]}; {how}"
        if frame.batch not in (None, 1):
            facts["batch"] = f"the graph takes {frame.batch:,} frames at a time; one is taken"
        if self.dropped:
            facts["dropped"] = ", ".join(self.dropped)
        return facts

    def _node(self, node: Node) -> None:
        if node.op in TAILS and node.outputs and any(name in self._last for name in node.outputs):
            tensor = self._flowing(node)
            check_domain(node)
            check_tail(node, tensor)
            self.dropped.append(node.op)
            self.tensors |= dict.fromkeys(node.outputs, tensor)
            return
        if len(node.outputs) != 1 or not node.outputs[0]:
            raise ModelError(
                f"must have one output, not {len(node.outputs)}", remedy="leave out the others"
            )
        output = node.outputs[0]
        flowing = [name for name in node.inputs if name in self.tensors]
        if node.op == "Shape" and flowing:
            # Frames come one by one.
            sizes = self.tensors[node.inputs[0]].place.shape
            self.constants[output] = np.array(sizes, np.int64)
        elif not flowing:
            self.constants.fold(node)
        else:
            check_domain(node)
            self.tensors[output] = self._tensor(node, len(flowing))

    def _tensor(self, node: Node, flowing: int) -> Tensor:
        if flowing > 1:
            tensors = [self._named(name) for name in node.inputs]
            match node.op:
                case "Add":
                    return add(self.layers, tensors)
                case "Concat":
                    return concatenate(self.layers, tensors, node.attributes.get("axis", 1))
            raise ModelError("reads more than one tensor; only Add and Concat join branches here")
        if node.op not in _KINDS:
            raise unknown_kind(node)
        return _KINDS[node.op](self, node)

    def _known(self, name: str) -> bool:
        return name in self.tensors or name in self.constants or name in self._refusals

    def _flowing(self, node: Node) -> Tensor:
        if not node.inputs or node.inputs[0] not in self.tensors:
            raise ModelError("must read the tensor before it first")
        return self._named(node.inputs[0])

    def _named(self, name: str) -> Tensor:
        if name not in self.tensors:
            raise ModelError("joins a tensor with a constant; that is not imported")
        return self.tensors[name]

    def _parameters(self, node: Node) -> list[Array]:
        names = list(node.inputs[1:])
        while names and not names[-1]:
            names.pop()
        if not all(name in self.constants for name in names):
            raise ModelError("must have constants behind its first input")
        return [self.constants[name] for name in names]

    def _rounded(self, node: Node) -> Tensor:
        tensor = self._flowing(node)
        levels = self._levels(node, tensor)
        self.constants.spend(_RATIONAL * levels.cuts.shape[1] * tensor.channels)
        return quantise(self.layers, tensor, levels, last=node.outputs[0] in self._last)

    def _levels(self, node: Node, tensor: Tensor) -> Levels:
        if node.op == "Sign":
            return sign_levels()
        parameters = self._parameters(node)
        if node.op == "MultiThreshold":
            return counted_levels(node, parameters, tensor)
        if node.op == "Trunc":
            return truncated_levels(node, parameters, tensor)
        return quant_levels(quant_format(node, parameters), tensor)

    def _arithmetic(self, node: Node) -> Tensor:
        if len(node.inputs) != 2 or not all(map(self._known, node.inputs)):
            raise ModelError("must have 2 inputs")
        first = node.inputs[0] in self.tensors
        tensor = self.tensors[node.inputs[0 if first else 1]]
        constant = self.constants[node.inputs[1 if first else 0]]
        spend = self.constants.spend
        return arithmetic(self.layers, node, tensor, constant, first=first, spend=spend)

    def _weighted(self, node: Node) -> Tensor:
        tensor = self._flowing(node)
        parameters = self._parameters(node)
        if not 1 <= len(parameters) <= (1 if node.op == "MatMul" else 2):
            raise ModelError(
                "must have 2 inputs" if node.op == "MatMul" else "must have 2 or 3 inputs"
            )
        self.constants.spend(2 * parameters[0].size)
        known = self.constants.quantised.get(node.inputs[1])
        if node.op == "MatMul":
            return multiply(self.layers, tensor, parameters[0], known)
        if node.op == "Gemm":
            return gemm(self.layers, node, tensor, parameters, known)
        return convolve(self.layers, node, tensor, parameters, known)

    def _normalised(self, node: Node) -> Tensor:
        tensor, parameters = self._flowing(node), self._parameters(node)
        return normalise(self.layers, node, tensor, parameters, spend=self.constants.spend)

    def _clipped(self, node: Node) -> Tensor:
        ends = [self.constants[name] if name else None for name in node.inputs[1:]]
        return clip(node, self._flowing(node), ends)

    def _moved(self, node: Node) -> Tensor:
        batch = self.graph.input_shape[0] or 1
        return move(node, self._flowing(node), self._parameters(node), batch)

    def _negated(self, node: Node) -> Tensor:
        return self._flowing(node).scaled(-1, 0)

    def _pool(self, node: Node) -> Tensor:
        tensor = self._flowing(node)
        match node.op:
            case "MaxPool":
                return maximum(self.layers, node, tensor)
            case "AveragePool":
                return average(self.layers, node, tensor)
            case "GlobalAveragePool":
                return average_all(self.layers, node, tensor, None)
        parameters = self._parameters(node)
        axes = parameters[0].tolist() if parameters else list(node.attributes.get("axes", ()))
        return average_all(self.layers, node, tensor, axes)


_KINDS: dict[str, Callable[[Walk, Node], Tensor]] = {
    **dict.fromkeys(ARITHMETIC, Walk._arithmetic),
    **dict.fromkeys(QUANTISING, Walk._rounded),
    **dict.fromkeys(("Conv", "Gemm", "MatMul"), Walk._weighted),
    **dict.fromkeys(("MaxPool", "AveragePool", "GlobalAveragePool", "ReduceMean"), Walk._pool),
    **dict.fromkeys(("Clip", "Relu"), Walk._clipped),
    **dict.fromkeys(MOVES, Walk._moved),
    **dict.fromkeys(("Dropout", "Identity"), Walk._flowing),
    "BatchNormalization": Walk._normalised,
    "Neg": Walk._negated,
}
"""What takes each operator that reads one tensor."""
