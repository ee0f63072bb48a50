"""Models without some channels."""

from fractions import Fraction

import numpy as np

from hwgen.compress.axes import tie_channels
from hwgen.compress.rewrite import without_channels
from hwgen.model import Builder, infer_shapes


def test_all_that_belongs_to_a_channel_goes_with_it():
    net = Builder("n", height=2, width=2, channels=1)
    net.conv2d(np.ones((3, 1, 1, 1), np.int8), "conv", bias=[1, 2, 3])
    net.batch_norm([1, 2, 3], 0, [4, 5, 6], 1, name="norm")
    net.quantise(3, signed=True, scale=[1, 2, 3], name="levels")
    net.multi_threshold([[0, 1], [0, 2], [0, 3]], 2, name="counts")
    net.conv2d(np.arange(3).reshape(3, 1, 1, 1), "deep", depthwise=True, weight_bits=4).sign()
    net.flatten("flat").dense(np.arange(12)[np.newaxis] % 8, "fc", weight_bits=4, bias=1)
    model = net.build()
    axes = tie_channels(model, infer_shapes(model))
    made = without_channels(
        model, axes, frozenset({int(axes.of["conv"][1])}), {}, {"fc": [Fraction(1, 2)]}
    )
    layers = made.named
    assert layers["conv"].bias == (1, 3)
    assert layers["conv"].weights.shape == (2, 1, 1, 1)
    assert layers["norm"].gamma.tolist() == [1, 3]
    assert layers["norm"].mean.tolist() == [4, 6]
    assert layers["levels"].scales == (1, 3)
    assert layers["counts"].thresholds.tolist() == [[0, 1], [0, 3]]
    assert layers["deep"].weights.reshape(-1).tolist() == [0, 2]
    assert layers["fc"].weights.tolist() == [[0, 2, 3, 5, 6, 0, 1, 3]]
    assert layers["fc"].bias == (Fraction(3, 2),)
    assert not layers["fc"].weights.flags.writeable
