"""The builder: what it takes, what it makes, and where it stops."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import (
    Affine,
    BatchNorm,
    Builder,
    Conv2d,
    MaxPool,
    Model,
    Padding,
    Table,
    load_model,
)


def start(**fields: Any) -> Builder:
    size: dict[str, Any] = {"height": 6, "width": 6, "channels": 2}
    return Builder("net", **(size | fields))


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


def test_a_network_is_built_and_saved(
    tmp_path: Path, assert_same_model: Callable[[Model, Model], None]
):
    builder = start(transform=Affine("1/128", -1))  # type: ignore[arg-type]
    builder.conv2d(ones(4, 3, 3, 2), padding="same", pad_value=0)
    builder.batch_norm([1, 2, 3, 4], 0, 0.5, 2).sign("act").max_pool(2)
    builder.conv2d(ones(3, 1, 1, 4)).flatten()
    builder.dense(ones(2, 27)).classes(["no", "yes"]).provenance({"seed": 1})
    model = builder.save(tmp_path / "net.json")
    assert [layer.name for layer in model.layers] == [
        "conv2d_1", "batch_norm_1", "act", "max_pool_1", "conv2d_2", "flatten_1", "dense_1",
    ]  # fmt: skip
    assert [layer.inputs[0] for layer in model.layers] == [
        "input", *(layer.name for layer in model.layers[:-1])
    ]  # fmt: skip
    assert model.input.transform == Affine(Fraction(1, 128), Fraction(-1))
    norm = model.layers[1]
    assert isinstance(norm, BatchNorm)
    assert norm.mean.tolist() == [0.5] * 4
    assert_same_model(load_model(tmp_path / "net.json"), model)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float32, np.float64, list])
def test_weights_of_any_number_type_are_copied(kind: Any):
    weights = [[[[1, -1]]]]
    given = weights if kind is list else np.array(weights, kind)
    layer = start().conv2d(given).build().layers[0]
    assert isinstance(layer, Conv2d)
    assert layer.weights.dtype == np.int8
    assert layer.weights.tolist() == weights
    assert not layer.weights.flags.writeable
    assert not np.shares_memory(layer.weights, given)


@pytest.mark.parametrize(
    ("fields", "padding"),
    [
        ({}, Padding()),
        ({"padding": "same", "pad_value": np.int64(-1)}, Padding("same", value=-1)),
        ({"padding": "same", "pad_pixel": 9}, Padding("same", pixel=9)),
        ({"padding": (0, 1, 2, 3), "pad_value": 1}, Padding("explicit", 0, 1, 2, 3, 1)),
    ],
)
def test_paddings(fields: dict[str, Any], padding: Padding):
    layer = start().conv2d(ones(1, 3, 3, 2), **fields).build().layers[0]
    assert isinstance(layer, Conv2d)
    assert layer.padding == padding


def test_pooling_strides_by_its_window():
    for fields, expected in (
        ({}, ((2, 3), (2, 3), False)),
        ({"stride": 1, "mode": "ceil"}, ((2, 3), (1, 1), True)),
    ):
        layer = start().max_pool((2, 3), **fields).build().layers[0]
        assert isinstance(layer, MaxPool)
        assert (layer.window, layer.stride, layer.ceil) == expected


def test_a_shared_table_may_be_one_row():
    transform = start(transform=Table(np.arange(256))).sign().build().input.transform
    assert isinstance(transform, Table)
    assert transform.values.shape == (1, 256)


def test_sources_can_be_named():
    model = start().sign("a").flatten(inputs="a").dense(ones(1, 72), inputs=["flatten_1"]).build()
    assert [layer.inputs for layer in model.layers] == [("input",), ("a",), ("flatten_1",)]


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: Builder("wire", height=1, width=1, channels=1), "name must not be 'wire', which is a "
     "keyword of Verilog"),
    (lambda: start(height=0), "input: height must be at least 1, not 0"),
    (lambda: start(height=2.0), "height must be an integer, not 2.0"),
    (lambda: start(height=True), "height must be an integer, not True"),
    (lambda: start(transform=Affine(float("nan"))), "scale must be a finite number, not nan"),  # type: ignore[arg-type]
    (lambda: start(transform=Affine(1, "x")), "offset must be a finite number, not 'x'"),  # type: ignore[arg-type]
    (lambda: start(transform=Affine(0)), "input transform: scale must not be 0"),  # type: ignore[arg-type]
    (lambda: start(transform=Table(ones(1, 256))), "values of a table must be integers, not "  # type: ignore[arg-type]
     "float64"),
    (lambda: start(transform=3), "transform must be an Affine or a Table, not 3"),
    (lambda: start().sign("a").sign("A"), "layer 'A': name collides with that of layer 'a'"),
    (lambda: start().sign(inputs="b"), "layer 'sign_1': reads 'b', which is not a layer added so "
     "far"),
    (lambda: start().sign(inputs=[[]]), "layer 'sign_1': reads [], which is not a layer added so "  # type: ignore[list-item]
     "far"),
    (lambda: start().sign("a").sign(inputs=["a", "input"]), "layer 'sign_2': kind 'sign' reads "
     "exactly one layer, not 2"),
    (lambda: start().conv2d(ones(1, 3, 3, 3)), "layer 'conv2d_1': weights take 3 channels, but "
     "the input has 2"),
    (lambda: start().conv2d(ones(1, 2) * 0.5, "c"), "layer 'c': weights must be -1 or +1, not 0.5 "
     "at [0, 0]"),
    (lambda: start().conv2d([[1], [1, -1]], "c"), "layer 'c': weights must be an array, not nested "
     "lists of uneven length"),
    (lambda: start().conv2d(ones(1, 1, 1, 2) > 0, "c"), "layer 'c': weights must be an array of "
     "numbers, not of bool"),
    (lambda: start().conv2d(ones(3, 3), "c"), "layer 'c': weights must have the shape (filters, "
     "rows, columns, channels), not (3, 3)"),
    (lambda: start().conv2d(ones(1, 3, 3, 2), "c", padding="same"), "layer 'c': padding needs "
     "either pad_value or pad_pixel"),
    (lambda: start().conv2d(ones(1, 3, 3, 2), "c", pad_value=0), "layer 'c': pad_value and "
     "pad_pixel are for a padding other than 'valid'"),
    (lambda: start().conv2d(ones(1, 3, 3, 2), "c", padding=2, pad_value=0), "layer 'c': padding "  # type: ignore[arg-type]
     "must be 'valid', 'same' or (top, bottom, left, right), not 2"),
    (lambda: start().conv2d(ones(1, 3, 3, 2), "c", stride=(1, 2, 3)), "layer 'c': stride must be "  # type: ignore[arg-type]
     "a number or (rows, columns), not (1, 2, 3)"),
    (lambda: start().conv2d(ones(1, 3, 3, 2), "c", stride=1.5), "layer 'c': stride must be an "  # type: ignore[arg-type]
     "integer, not 1.5"),
    (lambda: start().dense(ones(2, 72), "d"), "layer 'd': dense reads 1 x 1 pixels, but its input "
     "is 6 x 6 x 2: put a flatten layer before it"),
    (lambda: start().batch_norm(1, 0, [1, 2, 3], 1, name="n"), "layer 'n': mean must have 2 "
     "figures, not the shape (3,)"),
    (lambda: start().batch_norm(1, 0, 0, -1, name="n"), "layer 'n': variance must not be "
     "negative, but is -1.0 at channel 0"),
    (lambda: start().batch_norm(1, 0, 0, 1, float("inf"), "n"), "layer 'n': epsilon must be a "
     "finite float and not negative, but is inf"),
    (lambda: start().max_pool(2, "p", mode="round"), "layer 'p': mode must be 'floor' or 'ceil', "  # type: ignore[arg-type]
     "not 'round'"),
    (lambda: start().max_pool(7, "p"), "layer 'p': window 7 x 7 is larger than its input 6 x 6"),
    (lambda: start().build(), "a network has at least one layer"),
    (lambda: start().sign("a").sign("b").sign("c", inputs="a").build(), "layer 'b': no layer "
     "reads its output, but a network has one output and here 'c' is it"),
    (lambda: start().sign().classes(["a"]).build(), "classes must have a name for each of the 2 "
     "output channels, not 1 names"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "message"), BAD)
def test_bad_parameters_are_refused_where_they_are_given(build: Callable[[], Any], message: str):
    with pytest.raises(ModelError) as error:
        build()
    assert str(error.value) == f"<memory>: {message}"
