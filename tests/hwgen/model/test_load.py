"""Reading descriptions: defaults, order, and every kind of bad input as one sentence."""

import json
import random
import re
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import (
    Affine,
    BatchNorm,
    Conv2d,
    Dense,
    MaxPool,
    Padding,
    Table,
    infer_shapes,
    load_model,
)
from hwgen.model.weights import pack_weights

Document = dict[str, Any]
Write = Callable[[Any], Path]


def test_a_description_is_read(document: Document, write: Write):
    path = write(document)
    model = load_model(path)
    assert (model.name, model.source) == ("toy", str(path))
    assert model.classes == ("a", "b", "c")
    assert model.provenance == {"by": "hand"}
    assert model.input.transform == Affine()
    assert [layer.inputs for layer in model.layers] == [
        ("input",), ("conv",), ("norm",), ("act",), ("pool",),
    ]  # fmt: skip
    conv, norm, _, pool, dense = model.layers
    assert isinstance(conv, Conv2d)
    assert isinstance(norm, BatchNorm)
    assert isinstance(pool, MaxPool)
    assert isinstance(dense, Dense)
    assert conv.weights.shape == (2, 3, 3, 2)
    assert (conv.stride, conv.padding) == ((1, 1), Padding("valid"))
    assert norm.beta.tolist() == [0.25, 0.25]
    assert (pool.window, pool.stride, pool.ceil) == ((2, 2), (2, 2), False)
    assert dense.weights.tolist() == [[1, -1]] * 3
    assert infer_shapes(model)["fc"] == (1, 1, 3)


def test_arrays_are_read_only(document: Document, write: Write):
    document["input"]["transform"] = {"kind": "table", "values": list(range(256))}
    model = load_model(write(document))
    assert isinstance(model.input.transform, Table)
    arrays = [model.input.transform.values]
    for layer in model.layers:
        arrays += [value for value in vars(layer).values() if isinstance(value, np.ndarray)]
    assert len(arrays) == 7
    assert not any(array.flags.writeable for array in arrays)


def test_names_default_to_kind_and_count(document: Document, write: Write):
    layers = document["layers"]
    layers[2:4] = [{"kind": "sign"}, {"kind": "sign", "name": "mine"}, {"kind": "sign"}, layers[3]]
    names = [layer.name for layer in load_model(write(document)).layers]
    assert names == ["conv", "norm", "sign_1", "mine", "sign_3", "pool", "fc"]


def test_a_default_name_can_collide(document: Document, write: Write):
    document["layers"][1]["name"] = "sign_1"
    del document["layers"][2]["name"]
    with pytest.raises(
        ModelError, match=r": layer 'sign_1': name collides with that of layer 'sign_1'$"
    ):
        load_model(write(document))


@pytest.mark.parametrize("seed", range(3))
def test_layers_may_come_in_any_order(document: Document, write: Write, seed: int):
    layers = document["layers"]
    for layer, source in zip(layers, ["input", *(layer["name"] for layer in layers)], strict=False):
        layer["inputs"] = [source]
    random.Random(seed).shuffle(layers)
    names = [layer.name for layer in load_model(write(document)).layers]
    assert names == ["conv", "norm", "act", "pool", "fc"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/128", Fraction(1, 128)),
        ("-3/0009", Fraction(-1, 3)),
        (0.1, Fraction(3602879701896397, 36028797018963968)),
        (-2, Fraction(-2)),
        (5e-324, Fraction(5e-324)),
        ("1/" + "9" * 400, Fraction(1, int("9" * 400))),
    ],
)
def test_scales_are_exact(document: Document, write: Write, text: Any, value: Fraction):
    document["input"]["transform"] = {"kind": "affine", "scale": text, "offset": text}
    assert load_model(write(document)).input.transform == Affine(value, value)


def test_tables_are_shared_or_one_a_channel(document: Document, write: Write):
    shared = list(range(-128, 128))
    for values, shape in ((shared, (1, 256)), ([shared, shared[::-1]], (2, 256))):
        document["input"]["transform"] = {"kind": "table", "values": values, "scale": "1/3"}
        table = load_model(write(document)).input.transform
        assert isinstance(table, Table)
        assert table.scale == Fraction(1, 3)
        assert table.values.shape == shape
        assert table.values.dtype == np.int64
        assert np.array_equal(table.values, np.array(values).reshape(shape))


@pytest.mark.parametrize(
    ("fields", "padding"),
    [
        ({}, Padding("valid")),
        ({"padding": "valid"}, Padding("valid")),
        ({"padding": "same", "pad_value": -1}, Padding("same", value=-1)),
        ({"padding": "same", "pad_value": 1.0}, Padding("same", value=1)),
        ({"padding": "same", "pad_value": {"pixel": 7}}, Padding("same", pixel=7)),
        (
            {"padding": {"top": 0, "bottom": 1, "left": 2, "right": 3}, "pad_value": 0},
            Padding("explicit", 0, 1, 2, 3),
        ),
    ],
)
def test_paddings(document: Document, write: Write, fields: Document, padding: Padding):
    document["layers"][0] |= fields
    del document["layers"][4], document["classes"]
    conv = load_model(write(document)).layers[0]
    assert isinstance(conv, Conv2d)
    assert conv.padding == padding
    assert type(conv.padding.value) is int


BAD: list[tuple[str, Any, str]] = [
    ("format", "hwgen-bnn/2", "format must be 'hwgen-bnn/1', but is 'hwgen-bnn/2'"),
    ("name", "module", "name must not be 'module', which is a keyword of Verilog"),
    ("layers.2.name", "wire", "layer 'wire': name must not be 'wire', which is a keyword of "
     "Verilog"),
    ("layers.2.name", "input", "layer 'input': name must not be 'input', which stands for the "
     "picture"),
    ("layers.2.name", "CONV", "layer 'CONV': name collides with that of layer 'conv'"),
    ("layers.2.kind", "add", "layer 'act': key 'inputs' is missing"),
    ("layers.2", {"kind": "add", "inputs": ["conv", "input"]}, "layer 'norm': no layer reads its "
     "output, but a network has one output and here 'fc' is it"),
    ("layers.2", {"kind": "add", "inputs": ["norm", "gone"]}, "layer 'add_1': reads 'gone', which "
     "is not a layer of this network"),
    ("layers.2", {"kind": "add", "inputs": ["norm", "pool"]}, "layers form a cycle: 'add_1' reads "
     "'pool' reads 'add_1'"),
    ("layers.2", {"kind": "quantise", "bits": 1, "signed": True, "fraction_bits": 0}, "layer "
     "'quantise_1': bits must be at least 2 for signed numbers: use sign for -1/+1"),
    ("layers.2.inputs", ["gone"], "layer 'act': reads 'gone', which is not a layer of this "
     "network"),
    ("layers.1.inputs", ["pool"], "layers form a cycle: 'norm' reads 'pool' reads 'act' reads "
     "'norm'"),
    ("layers.2.inputs", ["conv"], "layer 'norm': no layer reads its output, but a network has one "
     "output and here 'fc' is it"),
    ("layers.2.inputs", ["norm", "conv"], "layer 'act': kind 'sign' reads exactly one layer, "
     "not 2"),
    ("layers.0.weights", {"base64": "AAAA"}, "layer 'conv': weights must have 36 bits "
     "(2 x 3 x 3 x 2) in 5 bytes, not 3 bytes"),
    ("layers.0.weights", {"base64": "////////"}, "layer 'conv': weights must have 36 bits "
     "(2 x 3 x 3 x 2) in 5 bytes, not 6 bytes"),
    ("layers.0.weights", {"base64": "//////8="}, "layer 'conv': weights must have zeros behind "
     "their 36 bits in the last byte"),
    ("layers.0.weights", {"base64": "/-_/"}, "layer 'conv': weights must be base64, not '/-_/'"),
    ("layers.0.weights", {"npz": "w.npz", "key": "k"}, "layer 'conv': sidecar 'w.npz': cannot be "
     "read: No such file or directory"),
    ("layers.0.weights", {"npz": "../w.npz", "key": "k"}, "layer 'conv': sidecar must lie in the "
     "folder of the description, not '../w.npz'"),
    ("layers.0.weights", {"external": "flash"}, "layer 'conv': external weights are not built by "
     "this version"),
    ("layers.0", {"kind": "conv2d", "name": "conv", "filters": 1, "kernel": 1, "weight_bits": 2,
     "weights": [[[[1, 2]]]]}, "layer 'conv': weights must be -2 to 1 (2 bits), not 2 at "
     "[0, 0, 0, 1]"),
    ("layers.0.kernel", [5, 3], "layer 'conv': weights must be nested as 2 x 5 x 3 x 2, but hold "
     "3 entries instead of 5 at [0]"),
    ("layers.0.filters", 2**24, "layer 'conv': weights of 16777216 x 3 x 3 x 2 bring the network "
     "to 301989888 weights, but at most 25165824 are allowed"),
    ("layers.1.gamma", [1, 2, 3], "layer 'norm': gamma must have 2 figures, not 3"),
    ("layers.1.variance", [1, -1e-9], "layer 'norm': variance must not be negative, but is -1e-09 "
     "at channel 1"),
    ("layers.3.window", 3, "layer 'pool': window 3 x 3 is larger than its input 2 x 2"),
    ("layers.3.window", 1, "layer 'fc': dense reads 1 x 1 pixels, but its input is 2 x 2 x 2: "
     "put a flatten layer before it"),
    ("layers.4.units", 2, "layer 'fc': weights must be nested as 2 x 2, but hold 3 entries instead "
     "of 2"),
    ("input.channels", 3, "layer 'conv': weights must be nested as 2 x 3 x 3 x 3, but hold 2 "
     "entries instead of 3 at [0, 0, 0]"),
    ("input.width", 2, "layer 'conv': kernel 3 x 3 is larger than its input 4 x 2"),
    ("input.height", 2**23, "input of 8388608 x 4 x 2 has 67108864 elements, but at most 16777216 "
     "(2**24) are allowed"),
    ("input.transform", {"kind": "affine", "scale": 0}, "input transform: scale must not be 0"),
    ("input.transform", {"kind": "affine", "scale": "-0/5"},
     "input transform: scale must not be 0"),
    ("input.transform", {"kind": "table", "values": [[0] * 256] * 3}, "input transform: values "
     "must be 1 x 256 or 2 x 256 (channels, levels), not 3 x 256"),
    ("classes", ["a", "b"], "classes must have a name for each of the 3 output channels, not 2 "
     "names"),
    ("classes", ["a", "b", "\x07"], "classes: a name must be text of 1 to 200 printable "
     "characters, not '\\x07'"),
    ("provenance", {"a": "\ud800"}, "provenance: text must be valid Unicode, not '\\ud800'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), BAD)
def test_bad_input_is_one_sentence(
    document: Document, write: Write, path: str, value: Any, message: str
):
    container: Any = document
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        container = container[part]
    container[last] = value
    file = write(document)
    with pytest.raises(ModelError) as error:
        load_model(file)
    assert str(error.value) == f"{file}: {message}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"gamma": [0.5,', '"gamma": [NaN,', "NaN is not a number that JSON allows: figures must "
         "be finite"),
        ('"gamma": [0.5,', '"gamma": [-Infinity,', "-Infinity is not a number that JSON allows: "
         "figures must be finite"),
        ('"gamma": [0.5,', '"gamma": [1e400,', "number 1e400 is beyond the range of float64"),
        ('"name": "act"', '"name": "act", "name": "b"', "key 'name' appears twice in one object"),
        ('"window": 2', f'"window": {"2" * 300}', "layer 'pool': window must be at most 65535, "
         f"not {'2' * 28}...{'2' * 29}"),
        ('"by": "hand"', '"by": ' + "[" * 40 + "]" * 40, "provenance: must not nest more than 32 "
         "levels"),
    ],
)  # fmt: skip
def test_bad_text_is_one_sentence(
    document: Document, write: Write, old: str, new: str, message: str
):
    path = write(document)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ModelError) as error:
        load_model(path)
    assert str(error.value) == f"{path}: {message}"


def test_large_integers_are_figures_like_others(document: Document, write: Write):
    document["layers"][1] |= {"gamma": [10**300, -(10**25)], "mean": 10**300}
    norm = load_model(write(document)).layers[1]
    assert isinstance(norm, BatchNorm)
    assert norm.gamma.tolist() == [1e300, -1e25]
    assert norm.mean.tolist() == [1e300, 1e300]


def test_a_missing_file_is_named(tmp_path: Path):
    path = tmp_path / "none.json"
    with pytest.raises(
        ModelError, match=rf"^{re.escape(str(path))}: cannot be read: No such file or directory$"
    ):
        load_model(str(path))


def test_sidecars_are_found_from_any_working_directory(
    document: Document, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    np.savez(tmp_path / "w.npz", conv=np.ones((2, 3, 3, 2), np.int8))
    document["layers"][0]["weights"] = {"npz": "w.npz", "key": "conv"}
    path = write(document)
    load_model(path)
    monkeypatch.chdir(tmp_path)
    load_model("net.json")
    monkeypatch.chdir("/")
    load_model(path)


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "conv2d", "filters": 2**24, "kernel": 11, "weights": {"base64": "AA=="}},
        {"kind": "conv2d", "filters": 2**24, "kernel": 1, "weights": {"base64": "AA=="}},
        {"kind": "conv2d", "filters": 2**20, "kernel": 11, "weights": {"npz": "w.npz", "key": "k"}},
    ],
)
def test_a_size_that_would_need_gigabytes_is_refused_unallocated(
    document: Document, write: Write, layer: Document
):
    document["layers"] = [layer]
    del document["classes"]
    document["input"]["channels"] = 64
    path = write(document)
    tracemalloc.start()
    try:
        with pytest.raises(
            ModelError,
            match=r"net\.json: layer 'conv2d_1': weights of .* bring the network to \d+ weights, "
            r"but at most 25165824 are allowed$",
        ):
            load_model(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 27  # half of it is the buffer that the file is read into


ODD: list[Any] = [
    None, True, -1, 0, 0.5, 1e300, 10**300, "", "x", "\ud800", [], [[]], {}, {"a": 1}, [None, {}],
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Visit each container in a document with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, dict | list):
            yield from places(item)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_value_in_any_place_is_a_traceback(document: Document, write: Write, odd: Any):
    document["layers"][0] |= {"padding": "same", "pad_value": {"pixel": 3}, "stride": [2, 2]}
    document["input"]["transform"] = {"kind": "affine", "scale": "1/3", "offset": -1}
    # Each place once, although the lists of weights share theirs.
    document = json.loads(json.dumps(document))
    document["layers"][0]["weights"] = {"base64": pack_weights(np.ones((2, 3, 3, 2), np.int8))}
    load_model(write(document))
    messages: list[str] = []
    for container, key in places(document):
        good = container[key]
        container[key] = odd
        path = write(document)
        container[key] = good
        try:
            load_model(path)
        except ModelError as error:
            messages.append(str(error))
    assert all(re.fullmatch(r".*/net\.json: .+", message) for message in messages)
    # Everywhere but in figures, scales, free text and names.
    assert len(messages) > 20
