"""The file under construction; the one place that makes objects of the package ``onnx``."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError
from hwgen.model.exporters.qonnx.tensor import Tensor

__all__ = ["QONNX", "NarrowError", "Writer"]

QONNX = "qonnx.custom_op.general"
"""Domain of the quantisers."""

_OPSET = 17
_IR_VERSION = 8


class NarrowError(Exception):
    """A number that float32 does not hold, so that the file has to be of float64."""


class Writer:
    """Nodes and arrays in the order in which they are added.

    Parameters
    ----------
    wide : bool
        Whether all numbers are float64; float32 otherwise.
    """

    def __init__(self, *, wide: bool = False):
        try:
            import onnx
        except ImportError as error:
            raise ToolError(
                "QONNX is written with the package onnx: pip install 'hwgen[import]'"
            ) from error
        self._onnx = onnx
        self.dtype = np.dtype(np.float64 if wide else np.float32)
        self._nodes: list[Any] = []
        self._arrays: dict[str, Any] = {}
        self._shapes: dict[str, Any] = {}

    def node(
        self,
        op: str,
        inputs: list[str],
        output: str,
        *,
        domain: str = "",
        dims: tuple[int, ...] | None = None,
        dtype: np.dtype[Any] | None = None,
        **attributes: Any,
    ) -> str:
        """Add a node of one output, which it is named after; returns that name.

        ``dims`` and ``dtype`` are those of the output; the file's own type by default.
        """
        helper = self._onnx.helper
        node = helper.make_node(op, inputs, [output], name=output, domain=domain)
        node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self._nodes.append(node)
        if dims is not None:
            self._shapes[output] = self._value(output, dims, dtype or self.dtype)
        return output

    def array(self, name: str, values: Any, *, exact: bool = True) -> str:
        """Add an array of rationals or of integers, as the file's type; returns its name.

        Raises
        ------
        NarrowError
            If float32 does not hold them, and they have to be ``exact``.
        ModelError
            If float64 does not.
        """
        given = np.asarray(values)
        if given.dtype == object:
            flat = given.reshape(-1)
            made = np.array([float(value) for value in flat], np.float64).reshape(given.shape)
        else:
            made = given
        stored = made.astype(self.dtype)
        if exact:
            same = np.array_equal(stored.astype(made.dtype), made)
            if given.dtype == object:
                same = same and all(
                    Fraction(float(x)) == y
                    for x, y in zip(stored.reshape(-1), given.reshape(-1), strict=True)
                )
            if not same:
                self._refuse("figures")
        return self.raw(name, stored)

    def raw(self, name: str, array: NDArray[Any]) -> str:
        """Add an array as it is; one that is there already is not added again."""
        if name not in self._arrays:
            self._arrays[name] = self._onnx.numpy_helper.from_array(np.asarray(array), name)
        return name

    def holds(self, *values: Fraction) -> bool:
        """Whether the file's type holds these exactly."""
        try:
            return all(Fraction(float(self.dtype.type(float(v)))) == v for v in values)
        except OverflowError:
            return False

    def check_reach(self, reach: int) -> None:
        """Refuse integers that, with half of them, the file's type does not hold."""
        if reach >= 1 << np.finfo(self.dtype).nmant - 1:
            self._refuse("sums")

    def _refuse(self, what: str) -> None:
        if self.dtype == np.float32:
            raise NarrowError
        raise ModelError(f"has {what} that no float64 holds; QONNX is not written of it")

    def finish(
        self,
        name: str,
        shape: tuple[int, ...],
        number_type: str,
        scores: Tensor,
        more: Mapping[str, str],
    ) -> bytes:
        """The file.

        Parameters
        ----------
        shape : tuple of int
            Of the input.
        number_type : str
            Of the integers that it has, noted where QONNX and FINN look for it.
        scores : Tensor
            The output.
        more : mapping
            Key and text of what is for people.
        """
        helper = self._onnx.helper
        output = self._shapes.pop(scores.name)
        graph = helper.make_graph(
            self._nodes, name, [self._value("input", shape, self.dtype)], [output],
            list(self._arrays.values()), value_info=list(self._shapes.values()),
        )  # fmt: skip
        note = graph.quantization_annotation.add(tensor_name="input")
        named = "BINARY" if number_type == "uint1" else number_type.upper()
        note.quant_parameter_tensor_names.add(key="finn_datatype", value=named)
        model = helper.make_model(
            graph,
            ir_version=_IR_VERSION,
            producer_name="hwgen",
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(QONNX, 1)],
        )
        helper.set_model_props(model, dict(more))
        return model.SerializeToString(deterministic=True)

    def _value(self, name: str, dims: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        kind = self._onnx.helper.np_dtype_to_tensor_dtype(dtype)
        return self._onnx.helper.make_tensor_value_info(name, kind, dims)
