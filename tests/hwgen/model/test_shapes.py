"""Shapes of feature maps, against loops that count windows one by one."""

from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import (
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
    infer_shapes,
    resolve_padding,
)
from hwgen.model.shapes import output_shape

SOURCE = ("input",)


def norm(channels: int) -> BatchNorm:
    ones = np.ones(channels)
    return BatchNorm("b", SOURCE, ones, ones, ones, ones)


def conv(kernel: tuple[int, int] = (3, 3), channels: int = 2, **fields: Any) -> Conv2d:
    return Conv2d("c", SOURCE, np.ones((4, *kernel, channels), np.int8), **fields)


@pytest.mark.parametrize("kernel", range(1, 12))
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 13])
def test_same_gives_the_input_over_the_stride_rounded_up(kernel: int, stride: int):
    for size in range(1, 20):
        layer = conv((kernel, 1), stride=(stride, 1), padding=Padding("same", value=-1))
        top, bottom, left, right = resolve_padding(layer, (size, 7, 2))
        assert (left, right) == (0, 0)
        assert bottom - top in (0, 1)
        rows = len(range(0, size + top + bottom - kernel + 1, stride))
        assert rows == -(-size // stride)
        # One row less would not do.
        if bottom:
            assert len(range(0, size + top + bottom - 1 - kernel + 1, stride)) < rows
        assert output_shape(layer, (size, 7, 2)) == (rows, 7, 4)


def test_valid_adds_nothing():
    # Counts are ignored unless the mode is explicit.
    layer = conv(padding=Padding("valid", 9, 9, 9, 9))
    assert resolve_padding(layer, (5, 6, 2)) == (0, 0, 0, 0)
    assert output_shape(layer, (5, 6, 2)) == (3, 4, 4)


def test_explicit_padding_is_taken_as_it_is():
    layer = conv(stride=(2, 1), padding=Padding("explicit", 1, 2, 3, 4))
    assert resolve_padding(layer, (5, 6, 2)) == (1, 2, 3, 4)
    assert output_shape(layer, (5, 6, 2)) == (3, 11, 4)


@pytest.mark.parametrize("window", range(1, 6))
@pytest.mark.parametrize("stride", range(1, 6))
@pytest.mark.parametrize("ceil", [False, True])
def test_pooling_counts_its_windows(window: int, stride: int, ceil: bool):
    for size in range(window, 16):
        starts = range(0, size, stride)
        inside = [start for start in starts if start + window <= size]
        last = inside[-1] + window
        overhanging = [start for start in starts if start > inside[-1]] if last < size else []
        # Of the windows that overhang, only the first is kept.
        expected = len(inside) + (len(overhanging[:1]) if ceil else 0)
        layer = MaxPool("p", SOURCE, (window, 1), (stride, 1), ceil)
        assert output_shape(layer, (size, 3, 2)) == (expected, 3, 2)


def test_ceil_keeps_a_single_overhanging_window():
    assert output_shape(MaxPool("p", SOURCE, (2, 2), (2, 2), True), (1, 7, 3)) == (1, 4, 3)


def test_other_kinds():
    assert output_shape(norm(2), (3, 4, 2)) == (3, 4, 2)
    assert output_shape(Sign("s", SOURCE), (3, 4, 2)) == (3, 4, 2)
    assert output_shape(Flatten("f", SOURCE), (3, 4, 2)) == (1, 1, 24)
    assert output_shape(Dense("d", SOURCE, np.ones((5, 24), np.int8)), (1, 1, 24)) == (1, 1, 5)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (conv(), (5, 5, 3), "weights take 2 channels, but the input has 3"),
        (conv((5, 3)), (4, 4, 2), "kernel 5 x 3 is larger than its input 4 x 4"),
        (
            conv((5, 3), padding=Padding("explicit")),
            (4, 4, 2),
            "kernel 5 x 3 is larger than its input 4 x 4",
        ),
        (
            MaxPool("p", SOURCE, (3, 1), (1, 1)),
            (2, 2, 2),
            "window 3 x 1 is larger than its input 2 x 2",
        ),
        (
            MaxPool("p", SOURCE, (3, 3), (1, 1), True),
            (1, 1, 2),
            "window 3 x 3 is larger than its input 1 x 1",
        ),
        (
            Dense("d", SOURCE, np.ones((5, 8), np.int8)),
            (2, 2, 2),
            "dense reads 1 x 1 pixels, but its input is 2 x 2 x 2: put a flatten layer before it",
        ),
        (
            Dense("d", SOURCE, np.ones((5, 8), np.int8)),
            (1, 1, 9),
            "weights take 8 inputs, but the input has 9",
        ),
        (
            norm(3),
            (2, 2, 2),
            "figures are for 3 channels, but the input has 2",
        ),
        (
            conv(padding=Padding("explicit", 65535, 65535, 1, 1)),
            (1000, 1000, 2),
            "padded input of 132070 x 1002 x 2 has 264668280 elements, "
            "but at most 16777216 (2**24) are allowed",
        ),
        (
            Dense("d", SOURCE, np.ones((2**24 + 1, 1), np.int8)),
            (1, 1, 1),
            "output of 1 x 1 x 16777217 has 16777217 elements, "
            "but at most 16777216 (2**24) are allowed",
        ),
    ],
)
def test_shapes_that_do_not_chain_are_refused(layer: Layer, shape: Any, message: str):
    with pytest.raises(ModelError) as error:
        output_shape(layer, shape)
    assert str(error.value) == message


def test_shapes_are_inferred_by_name():
    model = Model("m", Input(6, 5, 2), (conv(), Flatten("f", ("c",))))
    assert infer_shapes(model) == {"input": (6, 5, 2), "c": (4, 3, 4), "f": (1, 1, 48)}


def test_the_file_and_the_layer_are_named():
    model = Model("m", Input(2, 2, 2), (conv(),), source="a.json")
    with pytest.raises(ModelError, match=r"^a\.json: layer 'c': kernel 3 x 3 is larger than "):
        infer_shapes(model)
