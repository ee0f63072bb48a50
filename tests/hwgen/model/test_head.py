"""The head of a description: read, written, built and refused."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from hwgen import cli
from hwgen.errors import ModelError
from hwgen.model import (
    Builder,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Quantise,
    Sign,
    YoloHead,
    dump_model,
    load_model,
    save_model,
    verify_model,
)

HEAD = YoloHead(1, 2, 1, 2, Fraction(1, 64), ("car", "pedestrian"))
ENTRY = {"kind": "yolo_v1", "grid": [1, 2], "boxes": 1, "classes": 2, "scale": "1/64"}
Document = dict[str, Any]
Write = Callable[[Any], Path]


def dense(units: int) -> Dense:
    return Dense("fc", ("input",), np.ones((units, 1), np.int8))


def model(*layers: Layer, head: Any = HEAD, size: tuple[int, int] = (1, 1)) -> Model:
    return Model("net", Input(*size, 1), layers or (dense(14),), source="x.json", head=head)


def refusal(wrong: Model) -> str:
    with pytest.raises(ModelError) as error:
        verify_model(wrong)
    return str(error.value)


@pytest.fixture
def grid(document: Document) -> Document:
    """The document with 14 scores and a head that reads them."""
    document["layers"][-1] |= {"units": 14, "weights": [[1, -1]] * 14}
    del document["classes"]
    return document | {"head": dict(ENTRY)}


def test_a_head_is_read(grid: Document, write: Write):
    assert load_model(write(grid)).head == replace(HEAD, names=None)
    grid["head"]["names"] = ["car", "pedestrian"]
    assert load_model(write(grid)).head == HEAD
    assert (HEAD.cell_values, HEAD.scores) == (7, 14)


@pytest.mark.parametrize(
    ("written", "scale"),
    [("1/64", Fraction(1, 64)), (0.001, Fraction(0.001)), (3, Fraction(3)), (None, Fraction(1))],
)
def test_a_scale_is_the_exact_rational_that_is_written(
    grid: Document, write: Write, written: Any, scale: Fraction
):
    grid["head"]["scale"] = written
    if written is None:
        del grid["head"]["scale"]
    head = load_model(write(grid)).head
    assert head is not None
    assert head.scale == scale


@pytest.mark.parametrize(
    "head", [None, HEAD, replace(HEAD, names=None), replace(HEAD, scale=Fraction(0.001))]
)
def test_what_is_saved_is_loaded(
    head: YoloHead | None, tmp_path: Path, assert_same_model: Callable[[Model, Model], None]
):
    saved = model(head=head)
    path = tmp_path / "net.json"
    save_model(saved, path)
    assert_same_model(load_model(path), saved)
    assert path.read_bytes() == dump_model(load_model(path))
    assert ("head" in json.loads(path.read_text())) == (head is not None)


def test_the_builder_makes_a_head():
    builder = Builder("net", height=1, width=1, channels=1).dense(np.ones((14, 1)), "fc")
    assert builder.build().head is None
    builder.yolo_head((1, 2), boxes=1, classes=2, scale="1/64", names=["car", "pedestrian"])
    assert builder.build().head == HEAD
    half: Any = 0.5
    with pytest.raises(ModelError, match=r"^<memory>: head: boxes must be an integer, not 0\.5$"):
        builder.yolo_head((1, 2), boxes=half, classes=2)


def test_the_scores_may_be_the_grid_itself():
    conv = Conv2d("conv", ("input",), np.ones((7, 1, 1, 1), np.int8))
    verify_model(model(conv, size=(1, 2)))


@pytest.mark.parametrize(
    ("units", "head", "message"),
    [
        (
            576, YoloHead(7, 7, 2, 2),
            "a grid of 7x7 cells with 2 boxes and 2 classes needs 588 scores, but 'fc' gives 576",
        ),
        (
            588, YoloHead(7, 8, 1, 1),
            "a grid of 7x8 cells with 1 box and 1 class needs 336 scores, but 'fc' gives 588",
        ),
    ],
)  # fmt: skip
def test_another_number_of_scores_is_refused(units: int, head: YoloHead, message: str):
    assert refusal(model(dense(units), head=head)) == f"x.json: head: {message}"


def test_as_many_scores_in_another_shape_are_refused():
    conv = Conv2d("conv", ("input",), np.ones((7, 1, 1, 1), np.int8))
    assert refusal(model(conv, size=(2, 1))) == (
        "x.json: head: a grid of 1x2 cells with 1 box and 2 classes needs 1 x 2 x 7 scores, "
        "but 'conv' gives 2 x 1 x 7"
    )


@pytest.mark.parametrize(
    ("behind", "message"),
    [
        ((Sign("act", ("fc",)),), "'act' gives thresholded values: 'act' is a sign"),
        (
            (Quantise("q", ("fc",), 8, True), Flatten("flat", ("q",))),
            "'flat' gives thresholded values: 'q' is a quantise",
        ),
        (
            (Sign("act", ("fc",)), MaxPool("pool", ("act",), (1, 1), (1, 1))),
            "'pool' gives thresholded values: 'act' is a sign",
        ),
    ],
)
def test_a_last_layer_with_thresholds_is_refused(behind: tuple[Layer, ...], message: str):
    assert refusal(model(dense(14), *behind)) == (
        f"x.json: head: a grid of 1x2 cells with 1 box and 2 classes needs scores, but {message}"
    )


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("yolo", "must be a YoloHead, not 'yolo'"),
        (replace(HEAD, rows=0), "rows must be at least 1, not 0"),
        (replace(HEAD, columns=-2), "columns must be at least 1, not -2"),
        (replace(HEAD, boxes=True), "boxes must be an integer, not True"),
        (replace(HEAD, classes=2**24 + 1), "classes must be at most 16777216, not 16777217"),
        (replace(HEAD, scale=0.5), "scale must be a Fraction, not 0.5"),
        (replace(HEAD, scale=Fraction(0)), "scale must be above 0"),
        (replace(HEAD, scale=Fraction(-1, 3)), "scale must be above 0"),
        (replace(HEAD, scale=Fraction(10**399)), "scale must be within the range of float64"),
        (replace(HEAD, scale=Fraction(1, 10**399)), "scale must be within the range of float64"),
        (replace(HEAD, names=["a", "b"]), "names must be a tuple of names, not ['a', 'b']"),
        (replace(HEAD, names=("a",)), "names must have one for each of the 2 classes, not 1"),
        (
            replace(HEAD, names=("a", "\x07")),
            "a name must be text of 1 to 200 printable characters, not '\\x07'",
        ),
    ],
)
def test_a_bad_head_is_refused(head: Any, message: str):
    assert refusal(model(head=head)) == f"x.json: head: {message}"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("kind", "yolo_v2", "unknown kind 'yolo_v2' in head.kind, known kinds are yolo_v1"),
        ("grid", [1], "head.grid must have at least 2 entries, not 1"),
        ("grid", 7, "head.grid must be a list, not 7"),
        ("grid", [1, 0], "head.grid[1] must be at least 1, not 0"),
        ("boxes", 0, "head.boxes must be at least 1, not 0"),
        ("boxes", 1.5, "head.boxes must be an integer, not 1.5"),
        ("classes", -1, "head.classes must be at least 1, not -1"),
        ("scale", 0, "head: scale must be above 0"),
        ("scale", "-1/64", "head: scale must be above 0"),
        (
            "scale", "1/0", 'head.scale must be a number (taken as the float64 it reads as) or a '
            "fraction such as \"1/128\", not '1/0'",
        ),
        ("names", ["car"], "head: names must have one for each of the 2 classes, not 1"),
        ("names", ["car", ""], "head.names[1] must have at least 1 character, not 0"),
        (
            "iou", 0.5,
            "unknown key 'iou' in head, known keys are kind, grid, boxes, classes, scale, names",
        ),
        (
            "classes", 3,
            "head: a grid of 1x2 cells with 1 box and 3 classes needs 16 scores, "
            "but 'fc' gives 14",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_exit_code_2(
    grid: Document, write: Write, key: str, value: Any, message: str
):
    grid["head"][key] = value
    path = write(grid)
    with pytest.raises(ModelError) as error:
        load_model(path)
    assert str(error.value) == f"{path}: {message}"
    done = CliRunner().invoke(cli.app, ["build", str(path)])
    assert isinstance(done.exception, ModelError)
    assert done.exception.exit_code == 2


def test_a_missing_key_is_named(grid: Document, write: Write):
    del grid["head"]["boxes"]
    with pytest.raises(ModelError, match=r"net\.json: key 'boxes' is missing in head$"):
        load_model(write(grid))


@pytest.mark.parametrize("odd", [None, True, -1, 1e300, 10**300, "", "x", [], {}, [[]], {"a": 1}],
                         ids=repr)  # fmt: skip
def test_no_value_in_any_place_is_a_traceback(grid: Document, write: Write, odd: Any):
    for key in ENTRY:
        changed = grid | {"head": ENTRY | {key: odd}}
        path = write(changed)
        if (key, odd) in [("scale", 1e300), ("scale", 10**300)]:
            load_model(path)
            continue
        with pytest.raises(ModelError, match=rf"^{re.escape(str(path))}: [^\n]+$"):
            load_model(path)
    with pytest.raises(ModelError):
        load_model(write(grid | {"head": odd}))
