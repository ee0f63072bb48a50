"""The largest number that a layer can read."""

from fractions import Fraction

import numpy as np

from hwgen.compress.ranges import largest_read
from hwgen.model import Affine, Builder, Table


def test_each_kind_tells_its_largest_number():
    net = Builder("net", height=4, width=4, channels=2,
                  transform=Affine(Fraction(1, 128), Fraction(-3)))  # fmt: skip
    net.conv2d(np.ones((4, 1, 1, 2), int), "conv").sign("sign")
    net.quantise(4, signed=False, scale="1/2", name="q", inputs="conv")
    net.multi_threshold([0, 1, 2], 2, out_scale=2, out_bias=-5, name="m", inputs="conv")
    net.add(("q", "m"), "sum").concat(("sum", "sign"), "both").max_pool(2, name="pool")
    model = net.flatten("flat").dense(np.ones((2, 32), int), "fc").build()
    found = {name: largest_read(model, name) for name in ("input", *model.named)}
    assert found == {
        "input": 3, "conv": None, "sign": 1, "q": 8, "m": 5, "sum": 13, "both": 13, "pool": 13,
        "flat": 13, "fc": None,
    }  # fmt: skip


def test_a_table_of_pixels_is_as_large_as_its_largest_level():
    values = np.arange(256, dtype=np.int64)[None] - 300
    transform = Table(values, Fraction(1, 4))
    net = Builder("net", height=1, width=1, channels=1, transform=transform)
    assert largest_read(net.dense([[1]], "fc").build(), "input") == 75
