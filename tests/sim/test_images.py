"""Pictures at random."""

import numpy as np

from hwgen.model.layers import Input, Model, Sign
from sim.images import random_images


def network(channels: int = 3) -> Model:
    return Model("net", Input(4, 6, channels), (Sign("bits", ("input",)),))


def test_random_pictures_depend_on_the_seed_alone():
    first = random_images(network(), 3, seed=1)
    assert first.shape == (3, 4, 6, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, random_images(network(), 3, seed=1))
    assert (first != random_images(network(), 3, seed=2)).any()
