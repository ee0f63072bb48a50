"""Which channels are one."""

import numpy as np

from hwgen.compress.axes import tie_channels
from hwgen.model import Builder, infer_shapes


def signs(*shape):
    return np.ones(shape, np.int8)


def test_sums_joins_and_flat_maps_hand_channels_on():
    net = Builder("n", height=2, width=2, channels=1)
    net.conv2d(signs(2, 1, 1, 1), "a", inputs="input").sign("a_sign")
    net.conv2d(signs(2, 1, 1, 2), "b", inputs="a_sign").sign("b_sign")
    net.add(["a_sign", "b_sign"], "sum").sign("sum_sign")
    net.conv2d(signs(3, 1, 1, 2), "c", inputs="a_sign").sign("c_sign")
    net.concat(["sum_sign", "c_sign"], "both").sign("both_sign")
    net.conv2d(signs(5, 1, 1, 1), "deep", depthwise=True).sign("deep_sign")
    model = net.flatten("flat").dense(signs(2, 20), "fc").build()
    axes = tie_channels(model, infer_shapes(model))
    a, c = axes.of["a"], axes.of["c"]
    assert (axes.of["b"] == a).all()
    assert (axes.of["sum_sign"] == a).all()
    assert axes.of["deep"].tolist() == [*a.tolist(), *c.tolist()]
    assert axes.of["flat"].tolist() == [*a.tolist(), *c.tolist()] * 4
    assert axes.makers[int(a[0])] == (("a", 1), ("b", 1))
    assert axes.makers[int(c[0])] == (("c", 1),)
    assert axes.fixed == {int(axes.of["input"][0]), *axes.of["fc"].tolist()}
