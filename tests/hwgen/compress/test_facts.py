"""What is known of channels holds on pictures: of random networks, and of some in particular."""

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from planted_channels import plant
from strategies import UNSHRUNK, networks

from hwgen.compress.facts import find_facts
from hwgen.errors import ModelError
from hwgen.model import Activation, Affine, Builder
from sim import golden

NETWORKS = 60


def values(tensor, layer):
    """Numbers that the integers of an activation stand for, channel by channel."""
    flat = tensor.reshape(-1, tensor.shape[-1]).T.tolist()
    if layer.kind == "quantise":
        scales = layer.scales * len(flat) if len(layer.scales) == 1 else layer.scales
        return [[s * k for k in row] for s, row in zip(scales, flat, strict=True)]
    if layer.kind == "multi_threshold" and not layer.signs:
        return [[layer.out_scale * k + layer.out_bias for k in row] for row in flat]
    return flat


def test_ranges_constants_and_equals_hold_on_pictures():
    seen = {"constant": 0, "equal": 0, "opposite": 0}

    @seed(7)
    @settings(UNSHRUNK, max_examples=NETWORKS)
    @given(networks(max_channels=10), st.integers(0, 2**32 - 1))
    def run(case, number):
        model, images = case
        model = plant(model, np.random.default_rng(number))
        facts = find_facts(model)
        try:
            tensors = golden.run(model, images).tensors
        except ModelError:
            return
        for layer in model.layers:
            if not isinstance(layer, Activation):
                continue
            fact, found = facts[layer.name], values(tensors[layer.name], layer)
            known = {}
            for k, row in enumerate(found):
                assert fact.spread.low[k] <= min(row)
                assert max(row) <= fact.spread.high[k]
                assert not fact.spread.step or all(
                    (x - fact.spread.low[k]) % fact.spread.step == 0 for x in row
                )
                seen["constant"] += fact.spread.constant(k) is not None
                turned = [int(fact.signs[k]) * x for x in row]
                first, sign = known.setdefault(int(fact.roots[k]), (turned, int(fact.signs[k])))
                assert first == turned
                if first is not turned and fact.spread.constant(k) is None:
                    seen["equal" if sign == fact.signs[k] else "opposite"] += 1

    run()
    assert min(seen.values()) > 5, seen


def chain(gammas, means, *, pooled=False, weights=((1, -1), (1, -1))):
    net = Builder("n", height=2, width=2, channels=2, transform=Affine(2, -1), bits=1)
    net.conv2d(np.array(weights, np.int8).reshape(2, 1, 1, 2), "conv")
    net.batch_norm(gamma=gammas, beta=0, mean=means, variance=1, epsilon=0)
    if pooled:
        net.max_pool(2)
    facts = find_facts(net.sign("bits").build())["bits"]
    return facts.roots.tolist(), facts.signs.tolist(), facts.spread


@pytest.mark.parametrize(
    ("gammas", "means", "pooled", "equal", "signs"),
    [
        # Sums are -2, 0 and 2.
        ([1, 5], [1, 2], False, True, 1),
        ([1, 1], [0, 2], False, False, 1),
        ([1, -1], [1, 1], False, True, -1),
        ([1, -1], [1, 1], True, False, 1),
        ([1, 5], [1, 2], True, True, 1),
    ],
)
def test_equal_weights_are_equal_channels_where_thresholds_are(gammas, means, pooled, equal, signs):
    roots, found, _ = chain(gammas, means, pooled=pooled)
    assert (roots[0] == roots[1]) is equal
    if equal:
        assert found[0] * found[1] == signs


def test_opposite_weights_are_opposite_channels():
    roots, signs, _ = chain([1, 1], [1, 1], weights=((1, -1), (-1, 1)))
    assert roots[0] != roots[1]
    roots, signs, _ = chain([1, 1], [1, -1], weights=((1, -1), (-1, 1)))
    # x >= 1, and x <= 1 of even x.
    assert roots[0] == roots[1]
    assert signs[0] == -signs[1]
    roots, signs, _ = chain([1, -1], [1, -1], weights=((1, -1), (-1, 1)))
    assert roots[0] == roots[1]
    assert signs[0] == signs[1]


def test_thresholds_out_of_reach_make_constants():
    _, _, spread = chain([1, 1], [3, -2])
    assert [spread.constant(k) for k in range(2)] == [-1, 1]
    _, _, spread = chain([1, 0], [2, 0])
    assert [spread.constant(k) for k in range(2)] == [None, 1]
