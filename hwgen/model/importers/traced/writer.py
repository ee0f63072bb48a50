"""A graph under construction: nodes, constants, and the names of what flows."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.simplify import evaluate
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["CUSTOM", "INPUT", "Given", "Writer"]

INPUT = "x"

CUSTOM = "qonnx.custom_op.general"
"""Domain of quantisers."""

Given = dict[str, Any]
"""Arguments of an operation by name, with defaults."""


class Writer:
    """Nodes so far, and by value the name of the tensor that it is."""

    def __init__(self, first: Value):
        self.names: dict[Value, str] = {first: INPUT}
        self._shape = tuple(first.data.shape)
        self._nodes: list[Node] = []
        self._constants: dict[str, NDArray[Any]] = {}
        self._known: dict[Value, torch.Tensor] = {}

    def graph(self, output: Value) -> Graph:
        """The whole."""
        last = self.names[output]
        return Graph(tuple(self._nodes), self._constants, INPUT, self._shape, last, "PyTorch")

    def add(self, op: str, label: str, *inputs: Any, domain: str = "", **attributes: Any) -> str:
        """Add a node; inputs are names, or arrays and numbers. Gives the name of what it makes."""
        names = tuple(one if isinstance(one, str) else self._constant(one) for one in inputs)
        name = f"t{len(self._nodes)}"
        self._nodes.append(Node(op, domain, label, names, (name,), attributes))
        return name

    def name(self, value: Value) -> str:
        """Name of a value that flows."""
        return self.names[value]

    def array(self, value: Value) -> NDArray[Any]:
        """A value that does not follow from the input."""
        if value.flows:
            raise ModelError("computes with a tensor what takes constants here")
        return evaluate(value, self._known).detach().cpu().numpy()

    def _constant(self, array: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = np.asarray(array)
        return name
