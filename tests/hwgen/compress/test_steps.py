"""Steps of one channel against the golden model, on all pixels that there are."""

from fractions import Fraction

import numpy as np
import pytest

from hwgen.compress.steps import Counted, Norm, Rectify, Rounded, Shift, smooth_step, stairs_of
from hwgen.compress.surds import Surd
from hwgen.model import Affine, BatchNorm, Builder, MultiThreshold, Quantise, Relu, Sign
from sim import golden

NORMS = [
    {"gamma": 1.5, "beta": -0.25, "mean": 3.0, "variance": 2.0},
    {"gamma": -2.0, "beta": 0.5, "mean": -4.0, "variance": 3.0},
    {"gamma": 0.0, "beta": 0.75, "mean": 1.0, "variance": 1.0},
    {"gamma": -1.0, "beta": 0.0, "mean": 2.0, "variance": 3.9375},
]
ACTIVATIONS = {
    "sign": lambda net: net.sign(),
    "quantise": lambda net: net.quantise(4, signed=True, scale=Fraction(3, 7)),
    "half_even": lambda net: net.quantise(3, signed=False, scale=2, rounding="half_even"),
    "multi_threshold": lambda net: net.multi_threshold(
        [-3.5, -1.0, -1.0, 0.25, 2.0], bits=3, out_scale=Fraction(1, 2), out_bias=-1
    ),
}


@pytest.mark.parametrize("figures", NORMS)
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("rectified", [False, True])
def test_a_channel_becomes_what_the_golden_model_says(figures, name, rectified):
    if rectified and name == "sign":
        pytest.skip("a sign behind relu is refused")
    net = Builder("n", height=1, width=256, channels=1, transform=Affine(Fraction(1, 4), -30))
    net.batch_norm(**figures, epsilon=0.0625)
    if rectified:
        net.relu()
    model = ACTIVATIONS[name](net).build()
    result = golden.run(model, np.arange(256, dtype=np.uint8).reshape(1, 1, 256, 1), keep=False)
    scale, offset = result.score_scale[0], result.score_offset[0]
    expected = [scale * k + offset for k in result.scores.reshape(-1).tolist()]
    found = []
    for pixel in range(256):
        x = Fraction(pixel, 4) - 30
        for layer in model.layers:
            if isinstance(layer, BatchNorm | Relu):
                x = smooth_step(layer, 0).of(x)
            else:
                assert isinstance(layer, Sign | Quantise | MultiThreshold)
                x = stairs_of(layer, 0).of(x)
        found.append(x)
    assert found == expected
    assert len(set(found)) > 1 or figures["gamma"] == 0


def test_a_second_root_is_not_known():
    once = Norm(Fraction(1), Fraction(0), Fraction(0), Fraction(2)).of(Fraction(1))
    assert isinstance(once, Surd)
    assert Norm(Fraction(1), Fraction(0), Fraction(0), Fraction(3)).of(once) is None
    assert Norm(Fraction(0), Fraction(5), Fraction(0), Fraction(3)).of(once) == 5
    assert Shift(Fraction(2)).of(once) == Surd(Fraction(2), Fraction(1), Fraction(1, 2))
    assert Rectify().of(once) == once


def test_ends_are_the_least_and_the_greatest_level():
    assert Counted((Fraction(0), Fraction(1)), Fraction(3), Fraction(-1)).ends == (-1, 5)
    assert Rounded(Fraction(1, 2), -2, 1, even=False).ends == (-1, Fraction(1, 2))
