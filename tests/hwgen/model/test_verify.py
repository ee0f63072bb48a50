"""Every rule that a model in memory has to keep."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError, describe
from hwgen.model import (
    Affine,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Padding,
    Sign,
    Table,
    verify_model,
)
from hwgen.model.kinds.base import BaseLayer
from hwgen.model.weights import check_weight_count

SOURCE = ("input",)
CONV = Conv2d("conv", SOURCE, np.ones((3, 3, 3, 2), np.int8))
NORM = BatchNorm("norm", SOURCE, np.ones(2), np.zeros(2), np.zeros(2), np.ones(2))
MODEL = Model(
    "m",
    Input(4, 4, 2),
    (CONV, Flatten("flat", ("conv",)), Dense("fc", ("flat",), np.ones((2, 12), np.int8))),
    ("a", "b"),
    {"seed": 1},
    "net.json",
)


class Unknown(BaseLayer):
    kind = "fold"


FOLD = Unknown("l", SOURCE)


def figures(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def levels(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.int64)


def test_a_good_model_passes():
    verify_model(MODEL)


@pytest.mark.parametrize(
    "transform",
    [
        Affine(),
        Affine(Fraction(-2, 255), Fraction(10**399)),
        Table(levels(1, 256)),
        Table(levels(2, 256), Fraction(1, 3)),
    ],
)
def test_good_transforms_pass(transform: Any):
    verify_model(replace(MODEL, input=Input(4, 4, 2, transform)))


BAD_MODELS: list[tuple[dict[str, Any], str]] = [
    ({"name": "wire"}, "name must not be 'wire', which is a keyword of Verilog"),
    ({"input": Input(0, 4, 2)}, "input: height must be at least 1, not 0"),
    ({"input": Input(4, True, 2)}, "input: width must be an integer, not True"),
    ({"input": Input(4, 4, 2, bits=0)}, "input: bits must be at least 1, not 0"),
    ({"input": Input(4, 4, 2, bits=17)}, "input: bits must be at most 16, not 17"),
    ({"input": Input(4, 4, 2, signed=1)}, "input: signed must be True or False, not 1"),  # type: ignore[arg-type]
    (
        {"input": Input(4, 4, 2, bits=1, signed=True)},
        "input: a signed pixel has 2 bits or more",
    ),
    (
        {"input": Input(4, 4, 2, Table(levels(1, 512)), bits=9)},
        "input transform: a table is for pixels of up to 8 bits, not 9",
    ),
    (
        {"input": Input(4, 4, 2, Table(levels(1, 256)), bits=4)},
        "input transform: values must be 1 x 16 or 2 x 16 (channels, levels), not 1 x 256",
    ),
    ({"input": Input(4, 4, 2.0)}, "input: channels must be an integer, not 2.0"),  # type: ignore[arg-type]
    (
        {"input": Input(4096, 4096, 2)},
        "input of 4096 x 4096 x 2 has 33554432 elements, but at most 16777216 (2**24) are allowed",
    ),
    ({"layers": ("conv",)}, "layers must be of the layer kinds, not 'conv'"),
    ({"layers": (Sign("s", "input"),)}, "layer 's': inputs must be a tuple of names, not 'input'"),  # type: ignore[arg-type]
    ({"layers": (Sign("s", ([],)),)}, "layer 's': inputs must be a tuple of names, not ([],)"),  # type: ignore[arg-type]
    ({"layers": ()}, "a network has at least one layer"),
    (
        {"layers": (replace(CONV, name="a b"),)},
        "layer 'a b': name must be a letter, then letters, digits or underscores, not 'a b'",
    ),
    (
        {"layers": (CONV, Sign("Conv", ("conv",)))},
        "layer 'Conv': name collides with that of layer 'conv'",
    ),
    (
        {"layers": (Sign("s", ("conv",)), CONV)},
        "layers must be in topological order",
    ),
    (
        {"layers": (CONV, Sign("s", ("none",)))},
        "layer 's': reads 'none', which is not a layer of this network",
    ),
    ({"layers": (Sign("s", ("s",)),)}, "layers form a cycle: 's' reads 's'"),
    (
        {"layers": (CONV, Sign("s", ()))},
        "layer 's': kind 'sign' reads exactly one layer, not 0",
    ),
    ({"layers": (FOLD,)}, f"layers must be of the layer kinds, not {describe(FOLD)}"),
    (
        {"layers": (replace(CONV, weights=np.ones((3, 3, 3, 1), np.int8)),)},
        "layer 'conv': weights take 1 channels, but the input has 2",
    ),
    (
        {"classes": ("a",)},
        "classes must have a name for each of the 2 output channels, not 1 names",
    ),
    (
        {"classes": ("a", "")},
        "classes: a name must be text of 1 to 200 printable characters, not ''",
    ),
    ({"classes": "ab"}, "classes must be a tuple of names, not 'ab'"),
    ({"provenance": [1]}, "provenance must be a dict, not [1]"),
    ({"provenance": {"a": {1}}}, "provenance: must hold what JSON can, not {1}"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_MODELS)
def test_a_bad_model_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ModelError) as error:
        verify_model(replace(MODEL, **changes))
    assert str(error.value) == f"net.json: {message}"


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (Affine(Fraction(0)), "scale must not be 0"),
        (Affine(0.5), "scale must be a Fraction, not 0.5"),  # type: ignore[arg-type]
        (Affine(offset=float("nan")), "offset must be a Fraction, not nan"),  # type: ignore[arg-type]
        (Affine(Fraction(1, 10**400)), "scale must be a fraction of at most 400 digits"),
        (Table(levels(1, 256), Fraction(0)), "scale must not be 0"),
        (
            Table(levels(3, 256)),
            "values must be 1 x 256 or 2 x 256 (channels, levels), not 3 x 256",
        ),
        (
            Table(levels(1, 255)),
            "values must be 1 x 256 or 2 x 256 (channels, levels), not 1 x 255",
        ),
        (Table(np.zeros((1, 256))), "values must be an int64 array, not an array of float64"),  # type: ignore[arg-type]
        (Table(levels(1, 256) + 2**31), "values must fit 32 bits, two's complement"),
        ("identity", "must be an Affine or a Table, not 'identity'"),
    ],
)
def test_a_bad_transform_is_refused(transform: Any, message: str):
    with pytest.raises(ModelError) as error:
        verify_model(replace(MODEL, input=Input(4, 4, 2, transform)))
    assert str(error.value) == f"net.json: input transform: {message}"


BAD_LAYERS: list[tuple[Layer, str]] = [
    (
        replace(CONV, weights=np.ones((3, 3, 3, 2))),
        "weights must be an int8 array, not an array of float64",
    ),
    (
        replace(CONV, weights=np.ones((3, 18), np.int8)),
        "weights must have the shape (filters, rows, columns, channels), not (3, 18)",
    ),
    (
        Dense("fc", SOURCE, np.ones((0, 3), np.int8)),
        "weights must have the shape (units, inputs), not (0, 3)",
    ),
    (
        Dense("fc", SOURCE, np.array([[1, -1], [0, 1]], np.int8)),
        "weights must be -1 or +1, not 0 at [1, 0]",
    ),
    (
        Dense("fc", SOURCE, np.array([[1, -128]], np.int8)),
        "weights must be -1 or +1, not -128 at [0, 1]",
    ),
    (
        replace(CONV, weights=np.ones((1, 12, 3, 1), np.int8)),
        "kernel must be at most 11 x 11, not 12 x 3",
    ),
    (replace(CONV, stride=2), "stride must be (rows, columns), not 2"),
    (replace(CONV, stride=(1, 0)), "stride must be at least 1, not 0"),
    (replace(CONV, stride=(1, 65536)), "stride must be at most 65535, not 65536"),
    (replace(CONV, padding="same"), "padding must be a Padding with a known mode, not 'same'"),
    (
        replace(CONV, padding=Padding("explicit", top=-1)),
        "padding top must be at least 0, not -1",
    ),
    (replace(CONV, padding=Padding("same", value=2)), "pad_value must be at most 1, not 2"),
    (
        replace(CONV, padding=Padding("same", pixel=65536)),
        "pad_value pixel must be at most 65535, not 65536",
    ),
    (
        replace(CONV, inputs=("other",), padding=Padding("same", pixel=5)),
        "pad_value can be a pixel only where the picture is read, not 'other'",
    ),
    (replace(NORM, gamma=figures(1, np.nan)), "gamma must be finite, but is nan at channel 1"),
    (replace(NORM, beta=figures(np.inf, 1)), "beta must be finite, but is inf at channel 0"),
    (replace(NORM, mean=figures(1, -np.inf)), "mean must be finite, but is -inf at channel 1"),
    (
        replace(NORM, variance=figures(1, -0.5)),
        "variance must not be negative, but is -0.5 at channel 1",
    ),
    (
        replace(NORM, variance=figures(1, 0), epsilon=0.0),
        "variance + epsilon must be above 0, but is 0.0 at channel 1",
    ),
    (replace(NORM, beta=figures(1)), "beta must have one figure for each channel, not (1,)"),
    (
        replace(NORM, mean=np.ones(2, np.float32)),
        "mean must be a float64 array, not an array of float32",
    ),
    (replace(NORM, epsilon=-1.0), "epsilon must be a finite float and not negative, but is -1.0"),
    (replace(NORM, epsilon=1), "epsilon must be a finite float and not negative, but is 1"),
    (
        replace(NORM, epsilon=float("nan")),
        "epsilon must be a finite float and not negative, but is nan",
    ),
    (MaxPool("p", SOURCE, (2, 0), (2, 2)), "window must be at least 1, not 0"),
    (MaxPool("p", SOURCE, (2, 2), (2, 2, 2)), "stride must be (rows, columns), not (2, 2, 2)"),  # type: ignore[arg-type]
    (MaxPool("p", SOURCE, (2, 2), (2, 2), 1), "ceil must be True or False, not 1"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("layer", "message"), BAD_LAYERS)
def test_a_bad_layer_is_refused(layer: Layer, message: str):
    with pytest.raises(ModelError) as error:
        (layer).check()
    assert str(error.value) == message


def test_epsilon_alone_and_variance_alone_are_enough():
    (replace(NORM, variance=figures(0, 0), epsilon=5e-324)).check()
    (replace(NORM, variance=figures(5e-324, 1), epsilon=0.0)).check()


def test_the_network_as_a_whole_has_a_limit_on_weights():
    check_weight_count((3 * 2**9, 2**14), 0)
    with pytest.raises(
        ModelError,
        match=r"^weights of 2 x 1 bring the network to 25165825 weights, "
        r"but at most 25165824 are allowed$",
    ):
        check_weight_count((2, 1), 25165823)


@pytest.mark.parametrize(
    ("bits", "signed", "pixel", "why"),
    [
        (8, False, 256, "at most 255, not 256"),
        (8, False, -1, "at least 0, not -1"),
        (4, True, 8, "at most 7, not 8"),
        (16, True, -32769, "at least -32768, not -32769"),
    ],
)
def test_padding_takes_a_pixel_that_the_picture_can_have(bits, signed, pixel, why):
    picture = Input(4, 4, 2, bits=bits, signed=signed)
    layers = (replace(CONV, padding=Padding("same", pixel=pixel)),)
    with pytest.raises(ModelError) as error:
        verify_model(Model("net", picture, layers, source="net.json"))
    assert str(error.value) == f"net.json: layer {CONV.name!r}: pad_value pixel must be {why}"
