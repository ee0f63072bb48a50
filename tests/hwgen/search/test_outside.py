"""Which layers may have their weights outside, in which foldings, and their parts of a frame."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from small_networks import small_face

from hwgen.families.devices import find_device
from hwgen.model import Builder
from hwgen.network import IntegerNetwork
from hwgen.passes import lower_network
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.outside import first_outside, outside_foldings, outside_shares, outsiders
from hwgen.sizes.streamed import WEIGHT_PORT_BITS, streamed_bits

FACE = lower_network(small_face())


def vectors(*sizes: int) -> IntegerNetwork:
    """Dense layers of so many weights: from each size to the next."""
    rng = np.random.default_rng(1)
    net = Builder("net", height=1, width=1, channels=sizes[0]).sign()
    for before, size in pairwise(sizes):
        net.dense(rng.choice([-1, 1], (size, before)), f"fc{size}").sign(f"s{size}")
    return lower_network(net.build())


def test_layers_with_the_most_bits_of_weights_come_first_and_depthwise_ones_never():
    assert outsiders(FACE) == ["conv2", "conv1", "fc"]
    rng = np.random.default_rng(1)
    net = Builder("net", height=3, width=3, channels=4).sign()
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 1)), "apart", depthwise=True).sign()
    net.conv2d(rng.choice([-1, 1], (2, 1, 1, 4)), "point")
    assert outsiders(lower_network(net.build())) == ["point"]


def test_as_many_are_outside_as_the_rest_wants_to_fit_the_memories():
    device = find_device("up5k")
    assert first_outside(FACE, device) == 0
    network = vectors(8, 64, 32, 16)  # 512, 2048 and 512 bits
    assert outsiders(network)[0] == "fc32"
    for bits, count in ((3072, 0), (3071, 1), (1024, 1), (1023, 2), (511, 3), (0, 3)):
        assert first_outside(network, replace(device, spram=0, ebr=1, ebr_bits=bits)) == count
    for sprams, count in ((2, 0), (1, 0), (0, 3)):
        assert first_outside(network, replace(device, spram=sprams, ebr=0)) == count


def test_the_layers_from_the_first_to_the_last_outside_share_a_frame():
    assert outside_shares(FACE, frozenset()) == {}
    alone = outside_shares(FACE, frozenset({"conv2"}))
    assert alone == {"conv2": 1}
    shares = outside_shares(FACE, frozenset({"conv1", "fc"}))
    assert list(shares) == ["conv1", "conv2", "fc"]
    assert sum(shares.values()) == pytest.approx(1)
    # What lies inside computes, and brings no weights.
    with_it = outside_shares(FACE, frozenset({"conv1", "conv2", "fc"}))
    assert with_it["conv2"] > shares["conv2"]
    assert all(share > 0 for share in shares.values())


def test_foldings_for_weights_from_outside_are_such_as_a_folding_file_takes():
    for stage in FACE.matrices.values():
        foldings = list(outside_foldings(stage))
        assert foldings
        for folding in foldings:
            assert folding.storage is WeightStorage.EXTERNAL
            read = parse_folding(FACE, {stage.name: folding.as_json()}, "f")[stage.name]
            assert read == folding
            # No bit of the port is lost.
            bits = folding.pe * folding.simd * stage.weight_bits
            words = stage.weights.size * stage.weight_bits // bits
            assert streamed_bits(bits, words * WEIGHT_PORT_BITS) == bits
        height, width, _ = stage.out_shape
        assert {f.rows for f in foldings} == {height if height * width > 2 else 0}
