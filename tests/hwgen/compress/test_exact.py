"""Networks without channels that change nothing give the same integers for every picture."""

import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from planted_channels import plant
from small_networks import norm, small_face, weights
from strategies import UNSHRUNK, networks

from hwgen.compress import exact
from hwgen.compress.choose import fine
from hwgen.compress.exact import remove_as_many, remove_channels
from hwgen.errors import ModelError
from hwgen.model import Affine, BatchNorm, Builder, infer_shapes
from sim import golden
from sim.images import random_images

NETWORKS = int(os.environ.get("HWGEN_PLANTED_NETWORKS", "20"))
"""Random networks with planted channels; `make soak` asks for more."""


def same(model, made, images):
    """Integers that leave, and what they stand for."""
    was, now = (golden.run(x, images, keep=False) for x in (model, made))
    return (
        np.array_equal(was.scores, now.scores)
        and (was.score_scale, was.score_offset) == (now.score_scale, now.score_offset)
    )  # fmt: skip


def test_random_networks_with_planted_channels_give_the_same_integers():
    gone = {"unread": 0, "constant": 0}

    @seed(11)
    @settings(UNSHRUNK, max_examples=NETWORKS)
    @given(networks(max_channels=10), st.integers(0, 2**32 - 1))
    def run(case, number):
        model, images = case
        model = plant(model, np.random.default_rng(number))
        try:
            golden.run(model, images, keep=False)
        except ModelError:
            return
        made, report = remove_channels(model, fine)
        assert same(model, made, images)
        for layer in report.layers:
            assert infer_shapes(made)[layer.name][2] == layer.left
            for reason in gone:
                gone[reason] += getattr(layer, reason)
        assert not report.changed or not remove_channels(made, fine)[1].changed

    run()
    assert min(gone.values()) > 0, gone


@pytest.mark.parametrize("bits", [1, 4])
def test_random_networks_with_planted_copies_give_the_same_integers(bits):
    gone = 0
    for number in range(NETWORKS):
        rng = np.random.default_rng(number)
        model = plant(copied(rng, bits), rng, ("equal", "turned", "opposite"))
        made, report = remove_channels(model, fine)
        assert same(model, made, random_images(model, 8, number)), number
        gone += sum(layer.duplicate for layer in report.layers)
    assert gone > NETWORKS // 4


def copied(rng, bits):
    """Convolutions whose readers are few, of so many bits, padded or not."""
    net = Builder("n", height=4, width=4, channels=3, transform=Affine(Fraction(1, 128), -1))
    net.conv2d(weights(rng, 6, 2, 2, 3), "conv1").batch_norm(**norm(rng, 6, 3)).sign()
    if rng.integers(2):
        net.max_pool(2, stride=1)
    count = 1 if bits == 1 else 6
    read = weights(rng, count, 1, 1, 6) if bits == 1 else rng.integers(-3, 4, (count, 1, 1, 6))
    padded = {"padding": (1, 1, 1, 1), "pad_value": int(rng.integers(-1, 2))}
    net.conv2d(read, "conv2", weight_bits=bits, **(padded if rng.integers(2) else {}))
    net.batch_norm(**norm(rng, count, 5)).sign()
    last = rng.integers(-3, 4, (2, 1, 1, count))
    return net.conv2d(last, "conv3", weight_bits=4).build()


def test_a_wrong_weight_of_a_copy_is_seen(monkeypatch):
    deal = exact.deal
    monkeypatch.setattr(exact, "deal", lambda *a, **b: [-part for part in deal(*a, **b)])
    model = duplicates()
    made, report = remove_channels(model, fine)
    assert report.changed
    assert not same(model, made, random_images(model, 20, 1))


def test_a_bias_that_is_left_out_is_seen(monkeypatch):
    monkeypatch.setattr(exact._Round, "_leave", lambda self, bundle, leaving: (
        leaving.reasons.update({bundle: "constant"})))  # fmt: skip
    model = constants(small_face(), "norm1", [0, 1, 2, 3])
    made, _ = remove_channels(model, fine)
    assert not same(model, made, random_images(model, 20, 1))


def constants(model, name, channels, beta=-1.0):
    layers = []
    for layer in model.layers:
        if layer.name == name:
            assert isinstance(layer, BatchNorm)
            gamma, shift = layer.gamma.copy(), layer.beta.copy()
            gamma[channels], shift[channels] = 0, beta
            layer = replace(layer, gamma=gamma, beta=shift)
        layers.append(layer)
    return replace(model, layers=tuple(layers))


def test_constants_that_padding_equals_go():
    model = constants(small_face(), "norm1", [2, 5])
    made, report = remove_channels(model)
    assert infer_shapes(made)["conv1"] == (8, 8, 6)
    assert same(model, made, random_images(model, 20, 1))
    (layer,) = report.layers
    assert (layer.name, layer.constant, layer.staying) == ("conv1", 2, 0)
    assert report.weight_bits - report.weight_bits_left == 2 * 27 + 2 * 9 * 8


@pytest.mark.parametrize(
    ("name", "channels", "beta"),
    [
        ("norm1", [2, 5], 1.0),  # padding is -1
        ("norm2", [2], -1.0),  # scores have no bias
    ],
)
def test_constants_that_no_bias_can_stand_for_stay(name, channels, beta):
    model = constants(small_face(), name, channels, beta)
    made, report = remove_channels(model, fine)
    assert made is model
    assert [layer.staying for layer in report.layers] == [len(channels)]


def test_many_constants_amid_other_padding_become_fewer():
    rng = np.random.default_rng(4)
    net = Builder("n", height=6, width=6, channels=1)
    net.conv2d(weights(rng, 24, 3, 3, 1), "conv1").batch_norm(**norm(rng, 24, 400), name="norm1")
    net.sign().conv2d(weights(rng, 2, 1, 1, 24), "conv2", padding=(1, 1, 1, 1), pad_value=0)
    net.batch_norm(**norm(rng, 2, 8)).sign().flatten().dense(weights(rng, 2, 72), "fc")
    model = constants(net.build(), "norm1", list(range(4, 24)), 1.0)
    made, report = remove_channels(model, fine)
    (layer,) = report.layers
    assert layer.constant > 4
    assert layer.constant % 2 == 0
    assert same(model, made, random_images(model, 20, 1))


def duplicates(bits=4, reader=None):
    """Channels 1 and 2 are copies of 0, and 3 is its negative, as a dense layer reads them."""
    rng = np.random.default_rng(5)
    rows = weights(rng, 4, 12)
    rows[1] = rows[2] = rows[0]
    rows[3] = -rows[0]
    net = Builder("n", height=1, width=1, channels=12)
    net.dense(rows, "hidden").batch_norm([1, 2, -1, 1], 0, [0.5, 1, 0.5, -0.5], [1, 4, 1, 1], 0.0)
    read = np.array([[1, 2, -3, 1], [-1, 1, 1, 3]], np.int8) if reader is None else reader
    return net.sign().dense(read, "fc", weight_bits=bits).build()


def test_equals_and_negatives_are_one_channel_where_weights_can_say_it():
    model = duplicates()
    made, report = remove_channels(model, fine)
    # Channel 2 rises where its copies fall.
    assert infer_shapes(made)["hidden"][2] < 4
    assert same(model, made, random_images(model, 50, 1))
    assert report.layers[0].duplicate == 4 - infer_shapes(made)["hidden"][2]


def test_copies_that_cancel_go_in_pairs_and_those_that_agree_stay():
    for signs, left in (([1, 1], 4), ([1, -1], 2)):
        read = np.ones((2, 4), np.int8)
        read[:, 1] = [signs[1], signs[1]]
        rng = np.random.default_rng(6)
        rows = weights(rng, 4, 12)
        rows[1] = rows[0]
        net = Builder("n", height=1, width=1, channels=12)
        model = net.dense(rows, "hidden").sign().dense(read, "fc").build()
        made, _ = remove_channels(model, fine)
        assert infer_shapes(made)["hidden"][2] == left
        assert same(model, made, random_images(model, 50, 1))


def test_what_nothing_reads_goes_and_then_what_only_that_read():
    rng = np.random.default_rng(7)
    net = Builder("n", height=1, width=1, channels=20)
    net.dense(weights(rng, 4, 20), "first").sign()
    second = rng.integers(1, 4, (4, 4)).astype(np.int8)
    second[:3, 3] = 0
    net.dense(second, "second", weight_bits=3).sign()
    third = np.array([[1, 2, 3, 0], [3, 1, 1, 0]], np.int8)
    model = net.dense(third, "third", weight_bits=3).build()
    made, _ = remove_channels(model, fine)
    shapes = infer_shapes(made)
    assert (shapes["first"][2], shapes["second"][2]) == (3, 3)
    assert same(model, made, random_images(model, 20, 1))


def test_numbers_of_channels_keep_their_divisors():
    rng = np.random.default_rng(8)
    net = Builder("n", height=4, width=4, channels=3, transform=Affine(Fraction(1, 128), -1))
    net.conv2d(weights(rng, 64, 3, 3, 3), "conv")
    net.batch_norm(1, 0, rng.normal(size=64), 1, name="norm")
    model = net.sign().conv2d(weights(rng, 2, 1, 1, 64), "read").sign().build()
    for planted, left in ((7, 64), (9, 56)):
        made, report = remove_channels(constants(model, "norm", list(range(planted))))
        assert infer_shapes(made)["conv"][2] == left
        assert report.layers[0].staying == left - 64 + planted


def test_as_many_go_as_asked_for_or_the_layer_is_named():
    model = constants(small_face(), "norm1", [0, 1, 2])
    made, _ = remove_as_many(model, {"conv1": 6}, "the build in b")
    assert infer_shapes(made)["conv1"][2] == 6
    assert same(model, made, random_images(model, 20, 1))
    with pytest.raises(
        ModelError,
        match=r"^<memory>: layer 'conv1': the build in b has 4 of 8 channels, but with these "
        r"weights 5 are needed; build with --keep-channels what other weights are loaded into$",
    ):
        remove_as_many(model, {"conv1": 4}, "the build in b")


def test_a_network_without_such_channels_is_the_same_object():
    model = small_face()
    made, report = remove_channels(model)
    assert made is model
    assert not report.layers
