"""Ways to spoil a graph: its bytes, or through its fields anything that a graph can have wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from hostile_values import Rng, pick, spoil_bytes

__all__ = ["mutate"]

INTEGERS = [-(2**63), -65537, -2, -1, 0, 1, 2, 3, 7, 255, 65535, 65536, 10**6, 2**31, 2**62]
FLOATS = [0.0, -0.0, 1.0, -1.0, 1e-45, 1e-38, 3e38, float("nan"), float("inf"), 255.0, 1 / 255]
NAMES = ["", "x", "a\nb", "\x1b[31m", "é" * 40, "n" * 300, "input", "0", "global_in", "t1"]
OPERATORS = [
    "Quant", "BipolarQuant", "IntQuant", "MultiThreshold", "Trunc", "Conv", "ConvTranspose", "Gemm",
    "MatMul", "Add", "Mul", "Div", "Sub", "Concat", "Relu", "Clip", "Sign", "MaxPool",
    "AveragePool", "GlobalAveragePool", "ReduceMean", "Reshape", "Flatten", "Squeeze", "Unsqueeze",
    "Transpose", "TopK", "Softmax", "BatchNormalization", "Pad", "Shape", "Gather", "Cast", "Neg",
    "Pow", "Sqrt", "Identity", "Tanh", "Loop", "Slice", "Split", "Constant", "ConstantOfShape",
    "Expand", "Range", "Tile", "Where", "Resize", "Nothing",
]  # fmt: skip
DOMAINS = ["", "ai.onnx", "onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general",
           "com.other", "a\nb"]  # fmt: skip
ATTRIBUTES = [
    "axis", "axes", "perm", "kernel_shape", "strides", "pads", "dilations", "group", "transA",
    "transB", "alpha", "beta", "epsilon", "signed", "narrow", "rounding_mode", "out_scale",
    "out_bias", "data_layout", "keepdims", "ceil_mode", "auto_pad", "training_mode", "allowzero",
    "value", "count_include_pad", "largest", "mode",
]  # fmt: skip

Model = onnx.ModelProto


def mutate(data: bytes, rng: Rng) -> bytes:
    """Spoil a file in one to three ways."""
    if rng.random() < 0.15:
        return spoil_bytes(data, rng)
    model = onnx.load_model_from_string(data)
    for _ in range(int(rng.integers(1, 4))):
        pick(rng, _WAYS)(model, rng)
    data = model.SerializeToString()
    return data + _nested(int(rng.integers(1, 3000))) if rng.random() < 0.03 else data


def _nested(depth: int) -> bytes:
    """A model that is a graph of a node of a graph of a node, and so on; merges with another."""
    graph = b""
    for _ in range(depth):
        # Of an attribute its graph, of a node its attribute, of a graph its node.
        for field in (6, 5, 1):
            graph = bytes([field << 3 | 2]) + _varint(len(graph)) + graph
    return b"\x3a" + _varint(len(graph)) + graph


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])


def _node(model: Model, rng: Rng) -> Any:
    return pick(rng, model.graph.node) if model.graph.node else onnx.NodeProto()


def _attribute(model: Model, rng: Rng) -> None:
    """Another value for an attribute that is there, or one more."""
    node = _node(model, rng)
    if node.attribute and rng.random() < 0.7:
        old = pick(rng, node.attribute)
        name = old.name
        node.attribute.remove(old)
        if rng.random() < 0.2:
            return
    else:
        name = pick(rng, ATTRIBUTES)
    value: Any = pick(rng, [
        int(pick(rng, INTEGERS)), float(pick(rng, FLOATS)), pick(rng, ["NOTSET", "ROUND", "", "X"]),
        [int(x) for x in rng.choice(INTEGERS, int(rng.integers(1, 5)))],
        [float(x) for x in rng.choice(FLOATS, 2)], _tensor("", rng),
    ])  # fmt: skip
    node.attribute.append(onnx.helper.make_attribute(name, value))


def _tensor(name: str, rng: Rng) -> onnx.TensorProto:
    shape = [int(x) for x in rng.integers(0, 5, int(rng.integers(0, 4)))]
    array = rng.choice(FLOATS, shape) if rng.random() < 0.5 else rng.choice(INTEGERS[:-1], shape)
    dtype = pick(rng, [np.float32, np.float64, np.float16, np.int64, np.int8, np.bool_, np.uint8])
    with np.errstate(all="ignore"):
        return onnx.numpy_helper.from_array(np.asarray(array).astype(dtype), name)


def _initializer(model: Model, rng: Rng) -> None:
    """Another array, another shape or type of one, odd numbers in one, or none."""
    arrays = model.graph.initializer
    if not arrays:
        return
    chosen = pick(rng, arrays)
    match int(rng.integers(7)):
        case 0:
            arrays.remove(chosen)
        case 1:
            chosen.CopyFrom(_tensor(chosen.name, rng))
        case 2:
            chosen.dims[:] = [int(x) for x in rng.choice(INTEGERS, len(chosen.dims))]
        case 3:
            chosen.dims[:] = list(chosen.dims)[::-1]
        case 4:
            chosen.data_type = int(rng.integers(0, 25))
        case 5:
            chosen.data_location = onnx.TensorProto.EXTERNAL
            chosen.external_data.add(key="location", value="../../../etc/passwd")
        case _:
            array = onnx.numpy_helper.to_array(chosen).copy()
            if array.size and array.dtype.kind in "fi":
                places = rng.integers(0, array.size, int(rng.integers(1, 4)))
                with np.errstate(all="ignore"):
                    array.reshape(-1)[places] = np.asarray(pick(rng, FLOATS)).astype(array.dtype)
                chosen.CopyFrom(onnx.numpy_helper.from_array(array, chosen.name))


def _inputs(model: Model, rng: Rng) -> None:
    """Inputs of a node swapped, joined to others, dropped, or one more."""
    node = _node(model, rng)
    every = [name for other in model.graph.node for name in (*other.input, *other.output)]
    names = list(node.input)
    match int(rng.integers(4)):
        case 0:
            names = names[::-1]
        case 1 if names:
            names[int(rng.integers(len(names)))] = pick(rng, [*every, *NAMES]) if every else ""
        case 2 if names:
            del names[int(rng.integers(len(names)))]
        case _:
            names.append(pick(rng, every) if every else "")
    node.input[:] = names


def _outputs(model: Model, rng: Rng) -> None:
    node, other = _node(model, rng), _node(model, rng)
    match int(rng.integers(4)):
        case 0:
            node.output[:] = list(other.output)
        case 1:
            node.output.append(pick(rng, NAMES))
        case 2:
            del node.output[:]
        case _:
            node.output[:] = list(node.input)[:1]


def _order(model: Model, rng: Rng) -> None:
    nodes = list(model.graph.node)
    match int(rng.integers(4)):
        case 0:
            nodes = nodes[::-1]
        case 1 if nodes:
            nodes.append(nodes.pop(int(rng.integers(len(nodes)))))
        case 2 if nodes:
            del nodes[int(rng.integers(len(nodes)))]
        case _ if nodes:
            nodes.insert(int(rng.integers(len(nodes))), pick(rng, nodes))
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)


def _kind(model: Model, rng: Rng) -> None:
    node = _node(model, rng)
    if rng.random() < 0.5:
        node.op_type = pick(rng, OPERATORS)
    else:
        node.domain = pick(rng, DOMAINS)


def _name(model: Model, rng: Rng) -> None:
    match int(rng.integers(3)):
        case 0:
            _node(model, rng).name = pick(rng, NAMES)
        case 1 if model.graph.initializer:
            pick(rng, model.graph.initializer).name = pick(rng, NAMES)
        case _:
            model.graph.output[0].name = pick(rng, NAMES) if model.graph.output else ""


def _shape(model: Model, rng: Rng) -> None:
    """Another shape of the input: sizes open, huge, none, more or fewer."""
    if not model.graph.input:
        return
    value = model.graph.input[0]
    dims = value.type.tensor_type.shape.dim
    match int(rng.integers(5)):
        case 0 if dims:
            pick(rng, dims).dim_param = "n"
        case 1 if dims:
            pick(rng, dims).dim_value = int(pick(rng, INTEGERS))
        case 2 if dims:
            del dims[int(rng.integers(len(dims)))]
        case 3:
            model.graph.input.append(value)
        case _:
            dims.add().dim_value = int(pick(rng, INTEGERS))


def _opset(model: Model, rng: Rng) -> None:
    match int(rng.integers(3)):
        case 0 if model.opset_import:
            pick(rng, model.opset_import).version = int(pick(rng, INTEGERS))
        case 1:
            del model.opset_import[:]
        case _:
            model.ir_version = int(pick(rng, INTEGERS))


def _insert(model: Model, rng: Rng) -> None:
    """One more node in the way of what a node reads."""
    node = _node(model, rng)
    if not node.input:
        return
    made = onnx.helper.make_node(
        pick(rng, OPERATORS), [node.input[0]], ["inserted"], name=pick(rng, NAMES)
    )
    if rng.random() < 0.6:
        made.input.append("more")
        model.graph.initializer.append(_tensor("more", rng))
    at = list(model.graph.node).index(node)
    node.input[0] = "inserted"
    model.graph.node.insert(at, made)


def _blow_up(model: Model, rng: Rng) -> None:
    """Constants that ask for more than there is: outer products, and what follows of them."""
    node, size = _node(model, rng), int(pick(rng, [1000, 4000, 40_000]))
    column = onnx.numpy_helper.from_array(np.ones((size, 1), np.float32), "tall")
    row = onnx.numpy_helper.from_array(np.ones((1, size), np.float32), "wide")
    made = [onnx.helper.make_node(pick(rng, ["Mul", "Add", "MatMul", "Pow"]), ["tall", "wide"],
                                  ["outer0"])]  # fmt: skip
    for k in range(int(rng.integers(1, 40))):
        made.append(onnx.helper.make_node("Mul", [f"outer{k}"] * 2, [f"outer{k + 1}"]))
    model.graph.initializer.extend([column, row])
    nodes = [*made, *model.graph.node]
    if node.input:
        node.input[-1] = made[-1].output[0]
        nodes = [*made, *model.graph.node]
    copies = [onnx.NodeProto.FromString(one.SerializeToString()) for one in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)


_WAYS: list[Callable[[Model, Rng], None]] = [
    _attribute, _attribute, _attribute, _initializer, _initializer, _initializer, _inputs, _inputs,
    _outputs, _order, _kind, _kind, _name, _shape, _shape, _opset, _insert, _insert, _blow_up,
]  # fmt: skip
