"""ONNX files made node by node."""

from dataclasses import dataclass

import numpy as np
import onnx

__all__ = ["Net", "Typed"]


@dataclass(frozen=True)
class Typed:
    """A constant that keeps its type."""

    array: np.ndarray


class Net:
    """An ONNX file under construction; ``then`` hangs one node behind the last."""

    def __init__(self, *shape, domain="onnx.brevitas"):
        self.nodes, self.constants, self.domain = [], {}, domain
        self.shape, self.last = shape, "x"
        self.rng = np.random.default_rng(7)

    def add(self, op, *inputs, domain="", **attributes):
        names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
        name = f"t{len(self.nodes)}"
        node = onnx.helper.make_node(op, names, [name], name=f"n{len(self.nodes)}", domain=domain)
        node.attribute.extend(onnx.helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(node)
        return name

    def then(self, op, *inputs, **more):
        self.last = self.add(op, self.last, *inputs, **more)
        return self

    def constant(self, value):
        name = f"c{len(self.constants)}"
        if isinstance(value, Typed):
            self.constants[name] = value.array
            return name
        dtype = np.int64 if np.asarray(value).dtype.kind in "iu" else np.float32
        self.constants[name] = np.asarray(value, dtype)
        return name

    def quantise(self, scale=1.0):
        return self.then("BipolarQuant", scale, domain=self.domain)

    def dense(self, weights, scale=1.0):
        real = weights * self.rng.uniform(0.1, 2, weights.shape)
        bits = self.add("BipolarQuant", real.astype(np.float64), scale, domain=self.domain)
        return self.then("MatMul", self.add("Transpose", bits, perm=[1, 0]))

    def norm(self, gamma, beta, mean, variance, **more):
        return self.then("BatchNormalization", gamma, beta, mean, variance, **more)

    def begin(self):
        return self.then("Mul", 2.0).then("Sub", 1.0).quantise().then("Flatten")

    def save(self, folder, opset=17):
        kinds = {name: onnx.numpy_helper.from_array(v, name) for name, v in self.constants.items()}
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            self.nodes,
            "net",
            [value("x", onnx.TensorProto.FLOAT, self.shape)],
            [value(self.last, onnx.TensorProto.FLOAT, None)],
            list(kinds.values()),
        )
        path = folder / "net.onnx"
        domains = {node.domain for node in self.nodes if node.domain}
        opsets = [onnx.helper.make_opsetid("", opset)]
        opsets += [onnx.helper.make_opsetid(domain, 1) for domain in sorted(domains)]
        made = onnx.helper.make_model(graph, ir_version=8, opset_imports=opsets)
        path.write_bytes(made.SerializeToString())
        return path
