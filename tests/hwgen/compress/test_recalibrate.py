"""Statistics after a change upstream."""

from dataclasses import replace

import numpy as np
import pytest

from hwgen.compress.activity import Activity
from hwgen.compress.recalibrate import recalibrate
from hwgen.jobs.lossy_passes import values_of
from hwgen.model import Builder, Model

PICTURES = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 3)).astype(np.uint8)


def network() -> Model:
    rng = np.random.default_rng(1)
    net = Builder("net", height=4, width=4, channels=3)
    net.conv2d(rng.integers(-8, 8, (5, 3, 3, 3)), "conv", weight_bits=4)
    net.batch_norm(gamma=rng.normal(size=5), beta=rng.normal(size=5), mean=rng.normal(size=5),
                   variance=rng.uniform(1e3, 1e5, 5), name="norm").sign("sign")  # fmt: skip
    net.flatten("flat")
    return net.dense(rng.integers(-8, 8, (3, 20)), "fc", weight_bits=4, bias=[1, 2, 3]).build()


def measure(model: Model, name: str) -> Activity:
    return Activity.of(values_of(model, name, PICTURES))


def test_normalisations_and_biases_give_what_they_gave():
    model = network()
    conv = model.named["conv"]
    other = replace(conv, weights=(conv.weights // 2).astype(conv.weights.dtype))
    changed = replace(model, layers=(other, *model.layers[1:]))
    wanted = {name: measure(model, name) for name in ("conv", "fc")}
    made = recalibrate(changed, wanted, measure)
    assert made.named["conv"] is other
    had, has = measure(model, "norm"), measure(made, "norm")
    assert has.mean == pytest.approx(had.mean)
    assert has.variance == pytest.approx(had.variance)
    assert measure(made, "fc").mean == pytest.approx(measure(model, "fc").mean, abs=1e-5)
    assert measure(changed, "norm").variance != pytest.approx(had.variance)


def test_what_does_not_vary_keeps_its_spread():
    model = network()
    conv = model.named["conv"]
    nothing = replace(conv, weights=np.zeros_like(conv.weights))
    changed = replace(model, layers=(nothing, *model.layers[1:]))
    made = recalibrate(changed, {"conv": measure(model, "conv")}, measure)
    assert made.named["norm"].variance == pytest.approx(model.named["norm"].variance)
    assert measure(made, "norm").mean == pytest.approx(measure(model, "norm").mean)
