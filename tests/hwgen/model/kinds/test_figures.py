"""Figures of layers: exact fractions in batch_norm, and a bias on layers with weights."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import BatchNorm, Builder, Conv2d, Dense, dump_model, load_model


def net() -> Builder:
    return Builder("net", height=2, width=2, channels=2)


def test_fractions_of_a_batch_norm_come_back_exactly(tmp_path: Path):
    third, tenth = Fraction(1, 3), Fraction(1, 10)
    model = net().batch_norm(["1/3", 0.5], 0.25, [tenth, -2], "3/4", name="norm").build()
    path = tmp_path / "net.json"
    path.write_bytes(dump_model(model))
    (entry,) = json.loads(path.read_text())["layers"]
    assert (entry["gamma"], entry["mean"]) == (["1/3", "1/2"], ["1/10", -2])
    assert entry["beta"] == [0.25, 0.25]
    for layer in (model.layers[0], load_model(path).layers[0]):
        assert isinstance(layer, BatchNorm)
        assert layer.gamma.tolist() == [third, Fraction(1, 2)]
        assert layer.mean.tolist() == [tenth, -2]
        # What float64 holds stays an array of it.
        assert layer.beta.dtype == layer.variance.dtype == np.float64
        assert not layer.gamma.flags.writeable


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        (["1/3", "x"], "gamma must be a finite number, not 'x'"),
        (["1/3"], r"gamma must have 2 figures, not the shape \(1,\)"),
    ],
)
def test_other_figures_are_refused(figures, message):
    with pytest.raises(ModelError, match=f"^<memory>: layer 'norm': {message}$"):
        net().batch_norm(figures, 0, 0, 1, name="norm")


def test_a_negative_variance_is_refused_as_a_fraction_too():
    with pytest.raises(
        ModelError, match=r"variance must not be negative, but is -1/3 at channel 1"
    ):
        net().batch_norm(1, 0, 0, [1, "-1/3"])


@pytest.mark.parametrize("bias", [0, 3, 0.1, "1/3", [1, "-2/7", 0.5]])
def test_a_bias_comes_back_exactly(tmp_path: Path, bias):
    ones = np.ones((3, 1, 1, 2))
    model = net().conv2d(ones, bias=bias).flatten().dense(np.ones((3, 12)), bias=bias).build()
    path = tmp_path / "net.json"
    path.write_bytes(dump_model(model))
    assert ('"bias"' in path.read_text()) == (bias != 0)
    wanted = tuple(map(Fraction, bias if isinstance(bias, list) else [bias]))
    for layer in (*model.layers, *load_model(path).layers):
        if isinstance(layer, Conv2d | Dense):
            assert layer.bias == wanted


def test_a_bias_for_other_outputs_is_refused():
    with pytest.raises(ModelError, match=r"layer 'conv': bias must have 3 figures, not 2$"):
        net().conv2d(np.ones((3, 1, 1, 2)), "conv", bias=[1, 2])
    with pytest.raises(ModelError, match=r"layer 'conv': bias must be a finite number, not inf$"):
        net().conv2d(np.ones((3, 1, 1, 2)), "conv", bias=float("inf"))
