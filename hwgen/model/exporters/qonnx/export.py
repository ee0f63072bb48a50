"""From layer to layer of a description: what each becomes."""

import json
from typing import assert_never

from hwgen.errors import located
from hwgen.model.exporters.qonnx.activations import (
    batch_norm,
    multi_threshold,
    quantise,
    relu,
    sign,
)
from hwgen.model.exporters.qonnx.joins import add, concat
from hwgen.model.exporters.qonnx.picture import read_picture
from hwgen.model.exporters.qonnx.scores import write_scores
from hwgen.model.exporters.qonnx.tensor import Tensor
from hwgen.model.exporters.qonnx.weighted import conv2d, dense
from hwgen.model.exporters.qonnx.windows import average_pool, flatten, max_pool
from hwgen.model.exporters.qonnx.writer import NarrowError, Writer
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
)
from hwgen.model.shapes import infer_shapes

__all__ = ["export_qonnx"]


def export_qonnx(model: Model) -> bytes:
    """Make the bytes of a QONNX file that computes what a verified description says.

    Its input are pixels 0 to 255, (1, channels, height, width), its output the values of the last
    layer. All that comes before the scores' own scale is exact in any executor: in float32 where
    its 24 bits hold every sum, else in float64.

    Raises
    ------
    ModelError
        Names the layer that no such file can be written of.
    ToolError
        If the package ``onnx`` is not installed.
    """
    with located(model.source):
        try:
            return _write(model, Writer())
        except NarrowError:
            return _write(model, Writer(wide=True))


def _write(model: Model, writer: Writer) -> bytes:
    shapes = infer_shapes(model)
    with located("input"):
        tensors = {INPUT_NAME: read_picture(writer, model.input)}
    for layer in model.layers:
        with located(f"layer {layer.name!r}"):
            tensors[layer.name] = _layer(writer, model, layer, [tensors[x] for x in layer.inputs])
            if tensors[layer.name].shape != shapes[layer.name]:
                raise AssertionError(f"{layer.name} changed its shape")
    with located("scores"):
        scores = write_scores(writer, tensors[model.layers[-1].name])
    height, width, channels = shapes[INPUT_NAME]
    shape = (1, channels, height, width)
    return writer.finish(model.name, shape, model.input.number_type, scores, _texts(model))


def _layer(writer: Writer, model: Model, layer: Layer, read: list[Tensor]) -> Tensor:
    match layer:
        case Conv2d():
            return conv2d(writer, layer, read[0], model.input)
        case Dense():
            return dense(writer, layer, read[0])
        case BatchNorm():
            return batch_norm(writer, layer, read[0])
        case Sign():
            return sign(writer, layer, read[0])
        case Relu():
            return relu(writer, layer, read[0])
        case Quantise():
            return quantise(writer, layer, read[0])
        case MultiThreshold():
            return multi_threshold(writer, layer, read[0])
        case MaxPool():
            return max_pool(writer, layer, read[0])
        case AveragePool():
            return average_pool(writer, layer, read[0])
        case Flatten():
            return flatten(writer, layer, read[0], planes=_only_dense(model, layer.name))
        case Add():
            return add(writer, layer, read)
        case Concat():
            return concat(writer, layer, read)
        case _:
            assert_never(layer)


def _only_dense(model: Model, name: str) -> bool:
    """Whether the order of a row of numbers is nobody's concern but dense layers'."""
    readers = model.readers(name)
    elementwise = (BatchNorm, Sign, Relu, Quantise, MultiThreshold)
    return bool(readers) and all(
        isinstance(reader, Dense)
        or (isinstance(reader, elementwise) and _only_dense(model, reader.name))
        for reader in readers
    )


def _texts(model: Model) -> dict[str, str]:
    """What is for people: what the input is, names of classes, where the network is from."""
    form = model.input
    texts = {
        "input": f"pixels {form.low} to {form.high}, channels first",
        "provenance": json.dumps(model.provenance),
    }
    if model.classes is not None:
        texts["classes"] = json.dumps(model.classes)
    return texts
