"""Who reads whom in a description."""

import numpy as np

from hwgen.model import INPUT_NAME, Builder


def test_a_layer_that_reads_another_twice_is_there_twice():
    builder = Builder("net", height=2, width=2, channels=1)
    builder.conv2d(np.ones((1, 1, 1, 1)), "conv").add(["conv", "conv"], "sum").sign("bits")
    model = builder.build()
    conv, total, bits = model.layers
    assert model.named == {"conv": conv, "sum": total, "bits": bits}
    assert model.readers(INPUT_NAME) == (conv,)
    assert model.readers("conv") == (total, total)
    assert model.readers("bits") == ()
