"""Descriptions as modules: what they compute exactly, and what their gradients reach."""

import os
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, seed, settings
from strategies import UNSHRUNK, networks
from training_cases import DESCRIBED, described, small_data

from hwgen.errors import ModelError
from hwgen.model import Affine, Builder, infer_shapes
from hwgen.training.network import Network
from hwgen.training.norm import _sign_of_sum
from hwgen.training.predict import check_export
from hwgen.training.statistics import begin, estimate
from hwgen.training.weighted import Weighted

EXAMPLES = int(os.environ.get("HWGEN_TRAINED", "30"))


def one_step(network: Network, images: torch.Tensor) -> None:
    """Change every parameter, as training does, and measure statistics anew."""
    begin(network, images, fresh=False)
    network.train()
    network.logits(images).square().mean().backward()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter -= 0.5 * parameter.grad.sign() * parameter.abs().mean()
    network.clip()
    estimate(network, images)


def test_random_networks_compute_what_the_golden_model_does_before_training_and_after():
    seen = []

    @seed(7)
    @settings(UNSHRUNK, max_examples=EXAMPLES)
    @given(networks())
    def run(case):
        model, images = case
        if infer_shapes(model)[model.layers[-1].name][:2] != (1, 1) or model.head is not None:
            return
        network = Network(model)
        check_export(network, model, images)
        one_step(network, torch.from_numpy(images.repeat(4, 0)))
        check_export(network, network.exported({}, None), images)
        seen.append(model)

    run()
    assert len(seen) > EXAMPLES / 4


@pytest.mark.parametrize("kind", DESCRIBED)
def test_gradients_reach_every_layer_and_the_start_changes_no_class(kind):
    model = described(kind)
    network = Network(model)
    pictures = torch.from_numpy(small_data().train_x)
    before = network.eval()(pictures).real()
    begin(network, pictures, fresh=False)
    after = network.eval()(pictures).real()
    assert torch.allclose(before, after, rtol=1e-6, atol=1e-6)
    network.train()
    network.logits(pictures).logsumexp(1).mean().backward()
    for layer in model.layers:
        part = network.part(layer.name)
        if isinstance(part, Weighted):
            assert part.weight.grad is not None
            assert (part.weight.grad != 0).float().mean() > 0.5, layer.name


def test_in_training_maxima_are_ahead_of_signs_and_give_the_same_bits():
    network = Network(described(DESCRIBED[0]))
    order = network.order
    assert order.index("max_pool_1") < order.index("batch_norm_1") < order.index("sign_1")
    assert network.reads["conv2d_2"] == ("sign_1",)


def test_a_network_of_several_pixels_is_refused():
    net = Builder("map", height=3, width=3, channels=1).conv2d(np.ones((2, 2, 2, 1), int))
    with pytest.raises(
        ModelError, match=r"^<memory>: only networks of classes, of one pixel, are trained$"
    ):
        Network(net.build())


def test_sums_at_a_threshold_are_decided_exactly():
    # Both thirds are next to what float64 has for them: one above it, one below.
    means = [1 / 3, 2 / 3, -1 / 3, -2 / 3]
    net = Builder("thirds", height=1, width=1, channels=4, transform=Affine(Fraction(1, 3), -10))
    net.flatten().conv2d(np.eye(4, dtype=int)[:, None, None, :], weight_bits=2)
    net.batch_norm(gamma=[1, -1, 1, -1], beta=0, mean=means, variance=1).sign()
    model = net.dense(np.array([[1, 1, 1, -1], [1, -1, 1, 1]])).build()
    pixels = [range(30 + k - 1, 30 + k + 2) for k in (1, 2, -1, -2)]
    images = np.array(np.meshgrid(*pixels), np.uint8).reshape(4, -1).T[:, None, None, :]
    check_export(Network(model), model, images)


@pytest.mark.parametrize(
    ("numbers", "sign"),
    [((3, -1, 9), 0), ((3, -1, 8), 1), ((-3, 1, 10), 1), ((-3, 1, 8), -1), ((0, 5, 0), 0),
     ((0, -2, 1), -1), ((2, 0, 5), 1), ((-1, 7, 0), -1)],
)  # fmt: skip
def test_the_sign_of_a_sum_with_a_root(numbers, sign):
    assert _sign_of_sum(*map(Fraction, numbers)) == sign
