"""The schema, and the sentences made from its errors."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hwgen.errors import ModelError
from hwgen.model import FORMAT, schema_path
from hwgen.model.schema import check_document

SCHEMA = json.loads(schema_path().read_text(encoding="utf-8"))
BUILT = ["conv2d", "depthwise_conv2d", "dense", "batch_norm", "sign", "max_pool", "flatten"]
LATER = ["add", "concat", "average_pool", "quantise", "relu", "multi_threshold"]
DELETE = object()


def at(document: Any, path: str) -> tuple[Any, Any]:
    """Find the container and the key of a dotted path."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        document = document[part]
    return document, last


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def objects(schema: Any) -> Any:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_each_object_refuses_unknown_keys():
    # "if", "then" and the dispatch on kind add rules to objects that are closed elsewhere.
    for schema in objects(SCHEMA):
        if not {"pad_value", "kind", "padding", "fraction_bits"} >= set(schema["properties"]):
            assert schema["additionalProperties"] is False


def test_each_key_is_described():
    for schema in objects(SCHEMA):
        for key, rule in schema["properties"].items():
            referred = SCHEMA["$defs"].get(rule.get("$ref", "").removeprefix("#/$defs/"), {})
            assert key == "kind" or "const" in rule or "description" in rule | referred, key


def test_each_kind_has_its_place():
    kinds = SCHEMA["$defs"]["layer"]["properties"]["kind"]["enum"]
    assert kinds == BUILT + LATER
    for kind in kinds:
        assert SCHEMA["$defs"][kind]["additionalProperties"] is False


def test_a_good_document_passes(document: dict[str, Any]):
    check_document(document)


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "add", "inputs": ["a", "b"]},
        {"kind": "concat", "inputs": ["a", "b", "c"]},
        {"kind": "average_pool", "window": [2, 2]},
        {"kind": "quantise", "bits": 8, "signed": True, "fraction_bits": 4},
        {"kind": "quantise", "bits": 8, "signed": True, "scale": "3/7", "narrow": True},
        {"kind": "quantise", "bits": 8, "signed": True, "scale": [0.1, "1/3"]},
        {"kind": "relu", "name": "r"},
        {"kind": "dense", "units": 1, "weight_bits": 8, "weights": [[-128, 127]]},
        {"kind": "dense", "units": 1, "weights": {"external": "flash"}},
        {"kind": "dense", "units": 1.0, "weights": [[1.0, -1]]},
        {
            "kind": "conv2d",
            "filters": 1,
            "kernel": [1, 11],
            "padding": {"top": 0, "bottom": 1, "left": 2, "right": 3},
            "pad_value": {"pixel": 128},
            "weights": {"npz": "a.npz", "key": "k"},
        },
    ],
)
def test_other_layers_have_their_place(document: dict[str, Any], layer: dict[str, Any]):
    document["layers"].append(layer)
    check_document(document)


NPZ = {"npz": "a"}
KINDS = ", ".join(BUILT + LATER)
CONV = (
    "kind, name, inputs, filters, kernel, stride, dilation, padding, pad_value, weights, "
    "weight_bits, weight_fraction_bits, bias"
)
STORED = (
    'a nested list, {"base64": ...}, {"npz": ..., "key": ...} or {"external": ...}'  # of the schema
)
NUMBER_TYPE = "uint1 to uint16, or int2 to int16"
RATIONAL = 'a number (taken as the float64 it reads as) or a fraction such as "1/128"'
NAME = "a letter, then letters, digits or underscores, 64 characters at most"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("format", DELETE, "format must be 'hwgen-bnn/1', but is missing"),
        ("format", "hwgen-bnn/2", "format must be 'hwgen-bnn/1', but is 'hwgen-bnn/2'"),
        ("format", 1, "format must be 'hwgen-bnn/1', but is 1"),
        ("name", DELETE, "key 'name' is missing"),
        ("name", 3, "name must be text, not 3"),
        ("name", "a b", f"name must be {NAME}, not 'a b'"),
        ("layers", [], "layers must have at least 1 entry, not 0"),
        ("layers", {"a": 1}, "layers must be a list, not {'a': 1}"),
        ("extra", 1, "unknown key 'extra', known keys are format, name, input, layers, classes, "
         "head, provenance"),
        ("classes", [1], "classes[0] must be text, not 1"),
        ("classes", [""], "classes[0] must have at least 1 character, not 0"),
        ("provenance", [], "provenance must be an object, not []"),
        ("input.width", DELETE, "key 'width' is missing in input"),
        ("input.width", 0, "input.width must be at least 1, not 0"),
        ("input.width", True, "input.width must be an integer, not True"),
        ("input.width", 2.5, "input.width must be an integer, not 2.5"),
        ("input.width", "4", "input.width must be an integer, not '4'"),
        ("input.width", 1e300, "input.width must be at most 16777216, not 1e+300"),
        ("input.type", "int1", f"input.type must be {NUMBER_TYPE}, not 'int1'"),
        ("input.type", "uint17", f"input.type must be {NUMBER_TYPE}, not 'uint17'"),
        ("input.type", 8, "input.type must be text, not 8"),
        ("input.colour", 1, "unknown key 'colour' in input, known keys are height, width, "
         "channels, type, transform"),
        ("input.transform", {"kind": "log"}, "unknown kind 'log' in input.transform.kind, known "
         "kinds are affine, table"),
        ("input.transform", {"scale": 1}, "key 'kind' is missing in input.transform"),
        ("input.transform", {"kind": "affine", "scale": "1/0"},
         f"input.transform.scale must be {RATIONAL}, not '1/0'"),
        ("input.transform", {"kind": "affine", "scale": "0.5"},
         f"input.transform.scale must be {RATIONAL}, not '0.5'"),
        ("input.transform", {"kind": "affine", "offset": None},
         "input.transform.offset must be a number or text, not None"),
        ("input.transform", {"kind": "table"}, "key 'values' is missing in input.transform"),
        ("input.transform", {"kind": "table", "values": [1]},
         "input.transform.values must have at least 2 entries, not 1"),
        ("input.transform", {"kind": "table", "values": [[0] * 256, [0] * 257]},
         "input.transform.values[1] must have at most 256 entries, not 257"),
        ("input.transform", {"kind": "table", "values": [0.5] * 256},
         "input.transform.values[0] must be an integer, not 0.5"),
        ("input.transform", {"kind": "table", "values": [2**31] * 256},
         "input.transform.values[0] must be at most 2147483647, not 2147483648"),
        ("layers.1", 3, "layers[1]: a layer must be an object, not 3"),
        ("layers.1", {"name": "x"}, "layer 'x': key 'kind' is missing"),
        ("layers.1.kind", "conv", f"layer 'norm': unknown kind 'conv' in kind, known kinds are "
         f"{KINDS}"),
        ("layers.1.kind", ["sign"], f"layer 'norm': unknown kind ['sign'] in kind, known kinds "
         f"are {KINDS}"),
        ("layers.1.name", 7, "layers[1]: name must be text, not 7"),
        ("layers.1.inputs", [], "layer 'norm': inputs must have at least 1 entry, not 0"),
        ("layers.1.inputs", "conv", "layer 'norm': inputs must be a list, not 'conv'"),
        ("layers.1.gamma", DELETE, "layer 'norm': key 'gamma' is missing"),
        ("layers.1.gamma", [1, "x"], "layer 'norm': gamma[1] must be a number (taken as "
         "the float64 it reads as) or a fraction such as \"1/128\", not 'x'"),
        ("layers.1.gamma", [1, True], "layer 'norm': gamma[1] must be a number or text, not True"),
        ("layers.1.gamma", "1", "layer 'norm': gamma must be one number or fraction for "
         "each channel, or a single one for all of them, not '1'"),
        ("layers.1.epsilon", -1, "layer 'norm': epsilon must be at least 0, not -1"),
        ("layers.2.scale", 1, "layer 'act': unknown key 'scale', known keys are kind, name, "
         "inputs"),
        ("layers.3.mode", "round", "layer 'pool': mode must be 'floor' or 'ceil', not 'round'"),
        ("layers.3.window", [2], "layer 'pool': window must have at least 2 entries, not 1"),
        ("layers.3.window", [2, 0], "layer 'pool': window[1] must be at least 1, not 0"),
        ("layers.0.kernel", 12, "layer 'conv': kernel must be at most 11, not 12"),
        ("layers.0.kernel", [3, 12], "layer 'conv': kernel[1] must be at most 11, not 12"),
        ("layers.0.strid", 1, f"layer 'conv': unknown key 'strid', known keys are {CONV}"),
        ("layers.0.padding", "full", "layer 'conv': key 'pad_value' is missing"),
        ("layers.0.padding", "same", "layer 'conv': key 'pad_value' is missing"),
        ("layers.0.pad_value", 0, 'layer \'conv\': pad_value is for a padding other than "valid"'),
        ("layers.0.weights", 5, "layer 'conv': weights must be a list or an object, not 5"),
        ("layers.0.weights", [[[[1, "a"]]]], "layer 'conv': weights[0][0][0][1] must be an "
         "integer, not 'a'"),
        ("layers.0.weights", [[[1]]], "layer 'conv': weights[0][0][0] must be a list, not 1"),
        ("layers.0.weights", NPZ, f"layer 'conv': weights must be {STORED}, not {NPZ}"),
        ("layers.0.weights", {"base64": 5},
         "layer 'conv': weights.base64 must be text, not 5"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence(document: dict[str, Any], path: str, value: Any, message: str):
    container, key = at(document, path)
    if value is DELETE:
        del container[key]
    else:
        container[key] = value
    with pytest.raises(ModelError) as error:
        check_document(document)
    assert str(error.value) == message
    # The plain schema, as other programs use it, comes to the same verdict.
    assert not Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("value", [2, {"pixel": 65536}, {"pixel": 1, "x": 2}, {}, "0"])
def test_pad_values_are_checked(document: dict[str, Any], value: Any):
    document["layers"][0] |= {"padding": "same", "pad_value": value}
    with pytest.raises(ModelError, match=r"^layer 'conv': .*pad_value.*$"):
        check_document(document)


def test_padding_has_two_names(document: dict[str, Any]):
    document["layers"][0] |= {"padding": "full", "pad_value": 0}
    with pytest.raises(
        ModelError, match=r"^layer 'conv': padding must be 'valid' or 'same', not 'full'$"
    ):
        check_document(document)


@pytest.mark.parametrize("missing", ["top", "bottom", "left", "right"])
def test_explicit_padding_needs_all_sides(document: dict[str, Any], missing: str):
    sides = {side: 1 for side in ("top", "bottom", "left", "right") if side != missing}
    document["layers"][0] |= {"padding": sides, "pad_value": 1}
    with pytest.raises(ModelError, match=rf"^layer 'conv': key '{missing}' is missing in padding$"):
        check_document(document)


def test_an_unforeseen_depth_is_no_traceback(document: dict[str, Any]):
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    document["classes"] = deep
    with pytest.raises(ModelError, match=r"^is nested too deeply$"):
        check_document(document)
