"""Topology files: what a few lines of JSON say, and what is refused."""

import json
from pathlib import Path

import pytest

from hwgen.errors import ModelError
from hwgen.model import infer_shapes
from hwgen.topologies import Conv, Precision, build_model, fitted, read_topology

DIGITS = {
    "format": "hwgen-topology/1",
    "name": "digits",
    "convs": [{"channels": 8, "pool": "max"}, {"channels": 12, "padding": "valid"}],
    "dense": [{"units": 16}],
}


def write(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({k: v for k, v in (DIGITS | changes).items() if v is not None}))
    return path


def test_a_file_says_layers_and_the_data_pictures_and_classes(tmp_path):
    topology = fitted(read_topology(write(tmp_path)), (28, 28, 1), 10)
    assert topology.convs == (Conv(8, pool="max"), Conv(12, valid=True))
    assert topology.dense == (16, 10)
    assert topology.precisions == (Precision(1, 1),) * 4
    model = build_model(topology)
    shapes = infer_shapes(model)
    assert (shapes["pool1"], shapes["conv2"], shapes["fc4"]) == (
        (14, 14, 8),
        (12, 12, 12),
        (1, 1, 10),
    )
    assert [layer.kind for layer in model.layers] == [
        "conv2d", "batch_norm", "sign", "max_pool", "conv2d", "batch_norm", "sign", "flatten",
        "dense", "batch_norm", "sign", "dense",
    ]  # fmt: skip


def test_a_person_sized_network_is_one_too(tmp_path):
    model = build_model(fitted(read_topology(write(tmp_path)), (64, 32, 1), 2))
    assert (model.input.height, model.input.width) == (64, 32)
    assert infer_shapes(model)["pool1"] == (32, 16, 8)


def test_bits_are_those_of_the_layer_else_of_the_file_else_one(tmp_path):
    path = write(
        tmp_path, weight_bits=8, input_bits=4, scores={"weight_bits": 16},
        dense=[{"units": 5, "weight_bits": 1, "input_bits": 1}],
    )  # fmt: skip
    assert read_topology(path).precisions == (
        Precision(8, 4), Precision(8, 4), Precision(1, 1), Precision(16, 4),
    )  # fmt: skip


def test_a_depthwise_convolution_has_as_many_channels_as_it_reads(tmp_path):
    convs = [{"channels": 6}, {"depthwise": True}, {"channels": 9, "kernel": 1, "pool": "global"}]
    model = build_model(fitted(read_topology(write(tmp_path, convs=convs)), (8, 8, 1), 3))
    assert infer_shapes(model)["conv2"] == (8, 8, 6)
    assert infer_shapes(model)["pool3"] == (1, 1, 9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "hwgen-topology/2"},
         "format must be 'hwgen-topology/1', but is 'hwgen-topology/2'"),
        ({"format": None}, "format must be 'hwgen-topology/1', but is 'missing'"),
        ({"format": "hwgen-bnn/1"}, "is a description; --from starts from the weights of one"),
        ({"name": None}, "key 'name' is missing"),
        ({"name": "1x"}, "name must .*"),
        ({"layers": []}, "unknown key 'layers', known keys are format, name, .*"),
        ({"convs": [{"channels": 0}]}, r"convs\[0\].channels must be at least 1, not 0"),
        ({"convs": [{}]}, r"key 'channels' is missing in convs\[0\]"),
        ({"convs": [{"channels": 4, "pool": "min"}]},
         r"convs\[0\].pool must be 'max' or 'ceil' or 'global', not 'min'"),
        ({"convs": [{"channels": 4, "shortcut": True}]},
         r"convs\[0\] has no layer two before it for a shortcut"),
        ({"dense": [{"units": "x"}]}, r"dense\[0\].units must be an integer, not 'x'"),
        ({"weight_bits": 17}, "weight_bits must be at most 16, not 17"),
    ],
)  # fmt: skip
def test_what_is_no_topology_is_one_sentence(tmp_path, changes, message):
    path = write(tmp_path, **changes)
    with pytest.raises(ModelError, match=f"^{path}: {message}$"):
        read_topology(path)
