"""How many frames may be inside a design, and where the last pixel is not waited for."""

import re

import numpy as np
import pytest
from parted_networks import residual
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.model import Builder
from sim.frame_ends import count_frames_inside


@pytest.mark.parametrize("network", [residual, small_face])
def test_frames_inside_are_few(network):
    assert 1 <= count_frames_inside(make_design(network()).plan, "it") <= 4


def test_vectors_of_one_pixel_fill_a_design_with_many_frames():
    rng = np.random.default_rng(1)
    net = Builder("line", height=1, width=1, channels=8)
    net.sign("bits").dense(rng.choice([-1, 1], (4, 8)), "a").sign("s")
    net.dense(rng.choice([-1, 1], (2, 4)), "b")
    assert count_frames_inside(make_design(net.build()).plan, "it") > 3


def test_a_last_pixel_that_nothing_reads_is_refused():
    net = Builder("cut", height=3, width=2, channels=1)
    net.conv2d(np.ones((1, 2, 2, 1), np.int8), "conv", stride=2)
    message = (
        "it: --input-tlast cannot be had: no layer reads the last pixel, so that scores would "
        "leave before it is known to be there"
    )
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        count_frames_inside(make_design(net.build()).plan, "it")
