"""Other weights into builds that were left without channels that change nothing."""

from dataclasses import replace

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import load_design
from hwgen.errors import ModelError
from hwgen.jobs.build import build
from hwgen.jobs.reload import reload
from hwgen.model import infer_shapes, save_model
from sim import golden
from sim.images import random_images

# With all eight channels of conv1 it is no folding.
FOLDING = {
    "conv1": {"pe": 6, "simd": 27, "taps": [3, 3]},
    "conv2": {"pe": 2, "simd": 2},
    "fc": {"pe": 4, "simd": 8, "storage": "external"},
}


def network(constant, *, scores=3):
    """Network of which some channels are -1 always, with other weights of the scores."""
    layers = []
    for layer in small_face().layers:
        if layer.name == "norm1":
            gamma, beta = layer.gamma.copy(), layer.beta.copy()
            gamma[constant], beta[constant] = 0, -1
            layer = replace(layer, gamma=gamma, beta=beta)
        elif layer.name == "fc":
            layer = replace(layer, weights=small_face(scores).named["fc"].weights)
        layers.append(layer)
    return replace(small_face(), layers=tuple(layers))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("reload") / "b"
    build(network([1, 6]), path, folding=FOLDING)
    return path


def test_weights_that_can_do_without_as_many_channels_are_loaded(folder, tmp_path):
    other = network([1, 6], scores=8)
    save_model(other, tmp_path / "other.json")
    assert reload(tmp_path / "other.json", folder) == ("mini_weights.bin",)
    design, manifest = load_design(folder)
    assert infer_shapes(design.model)["conv1"][2] == 6
    assert manifest["removed"]["layers"][0]["left"] == 6
    images = random_images(other, 10, 1)
    assert (golden.run(other, images).scores == golden.run(design.model, images).scores).all()
    # The description of the build itself is one without them already.
    design_model = (folder / "model.json").read_bytes()
    (tmp_path / "again.json").write_bytes(design_model)
    reload(tmp_path / "again.json", folder)
    assert (folder / "model.json").read_bytes() == design_model
    assert load_design(folder)[1] == manifest


def test_weights_that_need_a_channel_that_is_gone_are_refused_with_their_layer(folder, tmp_path):
    other = tmp_path / "other.json"
    save_model(network([1]), other)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ModelError) as refused:
        reload(other, folder)
    assert str(refused.value) == (
        f"{other}: layer 'conv1': the build in {folder} has 6 of 8 channels, but with these "
        "weights 7 are needed; build with --keep-channels what other weights are loaded into"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_build_of_all_channels_takes_any_weights(tmp_path):
    folding = {**FOLDING, "conv1": {"pe": 8, "simd": 27, "taps": [3, 3]}}
    build(network([1, 6]), tmp_path / "b", folding=folding, keep_channels=True)
    save_model(network([1, 6], scores=8), tmp_path / "other.json")
    assert reload(tmp_path / "other.json", tmp_path / "b") == ("mini_weights.bin",)
    assert "removed" not in load_design(tmp_path / "b")[1]
    assert np.array_equal(
        load_design(tmp_path / "b")[0].model.named["fc"].weights,
        small_face(8).named["fc"].weights,
    )
