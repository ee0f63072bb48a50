"""From node to node of a graph: what each becomes."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.notes import notes_of
from hwgen.model.importers.options import Options, Pixels
from hwgen.model.importers.qonnx.alone import check_alone
from hwgen.model.importers.qonnx.constants import Constants, check_domain, folds
from hwgen.model.importers.qonnx.finish import PASSED, TAILS, check_tail, finish
from hwgen.model.importers.qonnx.found import found_at
from hwgen.model.importers.qonnx.frames import NO_FRAME, frame_of, said_of
from hwgen.model.importers.qonnx.integers import stated_integers
from hwgen.model.importers.qonnx.kinds import KINDS, Known, joined, parts
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.layout import shown_layout
from hwgen.model.importers.qonnx.order import Order, needed, outputs
from hwgen.model.importers.qonnx.refusals import Refusals
from hwgen.model.importers.qonnx.remedies import unknown_kind
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["Walk"]

_ALL = (*KINDS, "Concat", "Split")
"""Operators that a tensor can flow into."""

_UNFIT = "has attributes or inputs that do not fit its kind"


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
        except ModelError as error:
            self._refusals.of_input(error)
        pixels = options.pixels
        meaning = None if pixels is None else Pixels(pixels)
        spend, integers = self.constants.spend, stated_integers(graph)
        self.layers = Layers(name, frame or NO_FRAME, meaning, spend, integers)
        if frame is not None:
            self.tensors[graph.input_name] = self.layers.started(self.layers.first)
        batch = graph.input_shape[0] if graph.input_shape else None
        self._known = Known(self.layers, self.constants, self.tensors, batch or 1, self._last)
        self._behind_tails: set[str] = set()

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
                self._order.check(node, self._there)
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

    def _there(self, name: str) -> bool:
        return name in self._known or name in self._refusals

    def _alone(self, node: Node) -> None:
        """Look at a node that reads what is not known."""
        if node.op not in (*_ALL, *TAILS) and not folds(node):
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
        asked, integers = self.layers.asked, self.layers.integers
        if integers is not None:
            facts["pixels"] = integers.said + ("; as asked for" if asked else "")
        elif meaning is not None and meaning != Pixels.QUANTISED:
            how = "as asked for" if asked else "as the graph shows"
            facts["pixels"] = f"{said_of(meaning)}; {how}"
        if frame.batch not in (None, 1):
            facts["batch"] = f"the graph takes {frame.batch:,} frames at a time; one is taken"
        if self.dropped:
            facts["dropped"] = ", ".join(self.dropped)
        return facts

    def _node(self, node: Node) -> None:
        if node.op in TAILS and node.outputs and any(name in self._last for name in node.outputs):
            tensor = self._known.flowing(node)
            check_domain(node)
            check_tail(node, tensor)
            self.dropped.append(node.op)
            self.tensors |= dict.fromkeys(node.outputs, tensor)
            self._behind_tails.update(node.outputs)
            return
        if node.op in PASSED and node.inputs and node.inputs[0] in self._behind_tails:
            self.tensors[node.outputs[0]] = self.tensors[node.inputs[0]]
            self._behind_tails.add(node.outputs[0])
            return
        if not node.outputs or not node.outputs[0]:
            raise ModelError("must have one output")
        output = node.outputs[0]
        flowing = [name for name in node.inputs if name in self.tensors]
        if node.op == "Shape" and flowing:
            # Frames come one by one.
            sizes = self.tensors[node.inputs[0]].sizes
            self.constants[output] = np.array(sizes, np.int64)
        elif not flowing:
            self.constants.fold(node)
        else:
            check_domain(node)
            wanted = 1 + len(self._needed.intersection(node.outputs[1:]))
            made = self._tensors(node, len(flowing), wanted)
            self.tensors.update(zip(node.outputs, made, strict=False))

    def _tensors(self, node: Node, flowing: int, wanted: int) -> list[Tensor]:
        if node.op not in _ALL:
            raise unknown_kind(node)
        if flowing > 1:
            return [joined(self._known, node)]
        if wanted > 1 or node.op not in KINDS:
            return parts(self._known, node)
        return [KINDS[node.op](self._known, node)]
