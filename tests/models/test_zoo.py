"""The zoo: every network of the talk, its forms and mixes, written on demand."""

import json
import sys
from fractions import Fraction

import numpy as np
import pytest
from float_network import computed

import models.zoo
from hwgen.errors import ModelError
from hwgen.model import (
    Add,
    Conv2d,
    Dense,
    MaxPool,
    Quantise,
    Relu,
    Sign,
    YoloHead,
    infer_shapes,
    load_model,
)
from hwgen.topologies.talk import FAMILY, MIXES, WIDTHS, topology_names
from models.zoo import make_network

DEEP = ["gender", "vgg8", "uyolo", "B-30-m2-k2-r-fl", "F-6-m1-k1-r"]
SMALL = [name for name in topology_names() if name.startswith(("face", "human", "width-4"))]


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["zoo", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            models.zoo.main()
        text = capsys.readouterr()
        return end.value.code or 0, text.out, text.err

    return run


def layers(name: str, kind: type) -> list:
    return [layer for layer in make_network(name).layers if isinstance(layer, kind)]


def widths(name: str) -> list[int]:
    return [layer.weight_bits for layer in layers(name, Conv2d) + layers(name, Dense)]


def test_the_names_are_those_of_the_talk():
    names = topology_names()
    assert len(set(names)) == len(names)
    assert set(FAMILY) <= set(names)
    assert len(FAMILY) == 14
    assert {f"human-{mix}" for mix in MIXES} <= set(names)
    assert {f"width-{k}" for k in range(1, 9)} <= set(names)
    for base in ("face", "gender", "vgg8", "uyolo", "human"):
        assert {base, f"{base}-cnn8", f"{base}-cnn16", f"{base}-ban"} <= set(names)


@pytest.mark.parametrize("name", topology_names())
def test_each_network_is_built_and_says_that_it_is_untrained(name):
    model = make_network(name)
    assert model.provenance["trained"] is False
    assert model.provenance["seed"] == 1
    assert "Untrained" in str(model.provenance["about"])
    assert model.provenance["made_by"] == f"python -m models.zoo {name} --seed 1"
    assert infer_shapes(model)


def test_a_layer_reads_the_activation_that_its_precision_asks_for():
    for name in ("face", "face-ban", "human-CCBBBCC", "face-cnn8"):
        model = make_network(name)
        by_name = {layer.name: layer for layer in model.layers}
        for layer in model.layers:
            if not isinstance(layer, Conv2d) or layer.inputs == ("input",):
                continue
            source = by_name[layer.inputs[0]]
            while isinstance(source, MaxPool):
                source = by_name[source.inputs[0]]
            if layer.weight_bits == 1 or name.endswith("ban"):
                assert isinstance(source, Sign)
                assert layer.padding.value == -1
            else:
                assert isinstance(source, Quantise)
                assert (source.bits, source.signed) == (layer.weight_bits, False)
                assert layer.padding.value == 0


def test_weights_have_the_bits_that_the_name_says():
    assert widths("face") == [1, 1, 1, 1]
    assert widths("face-cnn8") == [8, 8, 8, 8]
    assert widths("face-cnn16") == widths("face-ban") == [16, 16, 16, 16]
    assert widths("human-CBBBBBC") == [16, 1, 1, 1, 1, 1, 16]
    assert widths("human-BCBCBCB") == [1, 16, 1, 16, 1, 16, 1]
    assert widths("F-6-m1-k1") == [16] * 7
    assert widths("B-12-m2-k2-r") == [1] * 13
    assert widths("B-12-m2-k2-r-fl") == [1] * 11 + [16, 16]


@pytest.mark.parametrize("column", range(1, 9))
def test_the_width_study_has_the_channels_of_its_columns(column):
    convs = layers(f"width-{column}", Conv2d)
    assert tuple(len(conv.weights) for conv in convs) == WIDTHS[column - 1]
    assert len(layers(f"width-{column}", MaxPool)) == len(convs) // 2
    (last,) = layers(f"width-{column}", Dense)
    assert (len(last.weights), last.weight_bits) == (10, 16 if column == 8 else 1)


def test_names_of_the_family_say_depth_widths_and_residual_paths():
    model = make_network("B-18-m2-k3-r-fl")
    convs = [layer for layer in model.layers if isinstance(layer, Conv2d)]
    assert [len(conv.weights) for conv in convs] == [128] + [192] * 16 + [384]
    # Every second layer but the first pair, whose ends have 128 and 192 channels.
    assert len(layers("B-18-m2-k3-r-fl", Add)) == 7
    assert len(layers("B-18-m3-k3-r", Add)) == 8
    assert layers("B-18-m3-k3", Add) == []
    assert infer_shapes(model)[model.layers[-1].name] == (1, 1, 100)


@pytest.mark.parametrize(("name", "scale"), [("uyolo", Fraction(1, 64)), ("uyolo-cnn8", 1)])
def test_the_scores_of_uyolo_are_a_grid_of_boxes(name, scale):
    head = make_network(name).head
    assert head == YoloHead(7, 7, 2, 2, Fraction(scale), ("car", "pedestrian"))


def test_other_networks_have_no_head():
    assert all(make_network(name).head is None for name in ("face", "human", "width-4"))


@pytest.mark.parametrize("name", SMALL + DEEP)
def test_no_channel_is_dead_or_constant(name):
    model = make_network(name)
    height, width, channels = model.input.height, model.input.width, model.input.channels
    rng = np.random.default_rng(7)
    # Two pictures: noise, and soft patches as photographs have.
    coarse = rng.integers(0, 256, (-(-height // 8), -(-width // 8), channels))
    soft = np.kron(coarse, np.ones((8, 8, 1)))[:height, :width]
    runs = [computed(model, p) for p in (rng.integers(0, 256, (height, width, channels)), soft)]
    for layer in model.layers:
        if isinstance(layer, Sign | Relu | Quantise):
            seen = np.concatenate([run[layer.name].reshape(-1, run[layer.name].shape[2])
                                   for run in runs])  # fmt: skip
            constant = (seen == seen[0]).all(axis=0)
            # Maps of a pixel or a few say little about a channel.
            if len(seen) >= 128:
                assert not constant.any(), layer.name
            if isinstance(layer, Quantise) and len(seen) >= 128:
                high = ((1 << layer.bits - layer.signed) - 1) * float(layer.scales[0])
                assert (seen >= high).mean() < 0.01, layer.name


def test_the_same_seed_gives_the_same_file_and_another_seed_another(call, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert call("face", "-o", tmp_path / f"{name}.json", "--seed", seed)[0] == 0
    first, second, third = ((tmp_path / f"{n}.json").read_bytes() for n in "abc")
    assert first == second != third


def test_the_command_writes_a_description(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, text, _ = call("human-CBBBBBC")
    assert (code, text) == (0, "wrote build/zoo/human-CBBBBBC.json: 24 layers, untrained\n")
    model = load_model(tmp_path / "build" / "zoo" / "human-CBBBBBC.json")
    assert model.name == "human_CBBBBBC"
    assert json.loads((tmp_path / "build/zoo/human-CBBBBBC.json").read_text())["provenance"]


def test_a_folder_that_cannot_be_made_is_one_sentence(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").write_text("")
    code, text, errors = call("face")
    assert (code, text) == (2, "")
    assert errors == "error: build/zoo: cannot be made: Not a directory\n"


def test_the_list_names_every_network(call):
    code, text, _ = call("--list")
    assert code == 0
    assert text.split() == list(topology_names())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fase", "no network of the zoo is named 'fase'; --list has those there are"),
        ("face-", "no network of the zoo is named 'face-'; --list has those there are"),
        ("human-CBC", "no network of the zoo is named 'human-CBC'; --list has those there are"),
        ("width-9", "no network of the zoo is named 'width-9'; --list has those there are"),
        ("B-2-m1-k1", "B-2-m1-k1: layers must be 3 to 60, not 2"),
        ("B-6-m0-k1", "B-6-m0-k1: m and k must be 1 to 16"),
    ],
)
def test_a_name_that_is_none_is_one_sentence(call, name, message):
    with pytest.raises(ModelError, match=f"^{message.replace('(', '[(]')}$"):
        make_network(name)
    code, text, errors = call(name)
    assert (code, text) == (2, "")
    assert errors == f"error: {message}\n"


def test_no_name_at_all_is_one_sentence(call):
    code, _, errors = call()
    assert (code, errors) == (2, "error: a network has to be named; --list has those there are\n")
