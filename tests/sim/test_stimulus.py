"""Pictures for a verification reach more than noise, and are the same for the same seed."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from small_networks import small_face, weights
from strategies import networks

from hwgen.model import Builder
from sim.coverage import coverage_of, reach
from sim.images import random_images
from sim.stimulus import telling_images


def reached(model, images):
    found = coverage_of(reach(model, images))
    return {key: sum(x.reached[key] for x in found) for key in ("both_sides", "at_edge")}


@pytest.mark.parametrize("frames", [4, 16])
def test_they_reach_more_thresholds_than_noise(frames):
    model = small_face()
    chosen = reached(model, telling_images(model, frames, 1))
    noise = reached(model, random_images(model, frames, 1))
    assert chosen["both_sides"] >= noise["both_sides"]
    assert chosen["at_edge"] >= 1.5 * noise["at_edge"]


def test_sixteen_reach_nearly_all_edges_of_a_small_network():
    model = small_face()
    goals = sum(x.goals["at_edge"] for x in coverage_of(reach(model, random_images(model, 1, 1))))
    assert reached(model, telling_images(model, 16, 1))["at_edge"] >= 0.95 * goals


def test_the_first_is_noise_and_fewer_are_the_first_of_more():
    model = small_face()
    many = telling_images(model, 9, 5)
    np.testing.assert_array_equal(many[:1], random_images(model, 1, 5))
    for frames in (1, 2, 7):
        np.testing.assert_array_equal(telling_images(model, frames, 5), many[:frames])
    assert (telling_images(model, 9, 6) != many).any()


def test_networks_without_thresholds_get_pictures_too():
    rng = np.random.default_rng(3)
    builder = Builder("plain", height=2, width=2, channels=1).flatten().dense(weights(rng, 2, 4))
    images = telling_images(builder.build(), 500, 1)
    assert (images.shape, images.dtype) == ((500, 2, 2, 1), np.uint8)
    assert len(np.unique(images.reshape(500, -1), axis=0)) > 100


@seed(9)
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(networks())
def test_every_network_gets_as_many_as_asked_for(case):
    model, images = case
    found = telling_images(model, 5, 1)
    assert (found.shape, found.dtype) == ((5, *images.shape[1:]), images.dtype)
    for layer in coverage_of(reach(model, found)):
        assert all(0 <= layer.reached[key] <= goal for key, goal in layer.goals.items())
