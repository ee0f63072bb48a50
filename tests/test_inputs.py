"""Inputs of every width: vectors, signals and pictures, from the description to the ports."""

import shutil
from collections.abc import Callable

import numpy as np
import pytest
from golden_cases import check_like_naive
from integer_reference import evaluate
from port_bench import as_tdata, read_ports, run_ports

from hwgen.boards.frames import pack_picture
from hwgen.design import Design, make_design
from hwgen.families.devices import find_device
from hwgen.generate import emit_verilog
from hwgen.manifest import make_manifest
from hwgen.model import INPUT_NAME, Affine, Builder, Model
from hwgen.model.layers import Table
from hwgen.passes import lower_network
from hwgen.plan.units import MatrixPlan
from sim import golden
from sim.images import random_images
from sim.stage_values import stage_values

RNG = np.random.default_rng(14)
BIPOLAR = Affine(2, -1)


def signs(*shape: int) -> np.ndarray:
    return RNG.choice([-1, 1], shape)


def norm(channels: int, reach: float) -> dict[str, object]:
    means = RNG.normal(scale=reach, size=channels)
    return {"gamma": signs(channels), "beta": 0.0, "mean": means, "variance": 1.0}


def bits() -> Model:
    net = Builder("bits", height=1, width=1, channels=27, bits=1, transform=BIPOLAR)
    return net.dense(signs(8, 27)).batch_norm(**norm(8, 3)).sign().dense(signs(3, 8)).build()


def bit_pictures() -> Model:
    net = Builder("bit_pictures", height=5, width=6, channels=3, bits=1, transform=BIPOLAR)
    net.max_pool((1, 2)).conv2d(signs(4, 3, 3, 3), padding="same", pad_value=0)
    return net.sign().flatten().dense(signs(3, 60)).build()


def nibbles() -> Model:
    net = Builder("nibbles", height=5, width=5, channels=3, bits=4, transform=Affine("1/15", -1))
    net.conv2d(signs(4, 3, 3, 3), padding="same", pad_pixel=9)
    return net.batch_norm(**norm(4, 1)).sign().flatten().dense(signs(3, 100)).build()


def twelve() -> Model:
    net = Builder("twelve", height=6, width=6, channels=1, bits=12, signed=True)
    net.max_pool(2).conv2d(signs(4, 3, 3, 1), padding="same", pad_value=0)
    net.relu().quantise(4, signed=False).flatten()
    return net.dense(signs(3, 36)).build()


def vector() -> Model:
    net = Builder("vector", height=1, width=1, channels=10, bits=16, signed=True)
    return net.dense(RNG.integers(-8, 8, (4, 10)), weight_bits=4).build()


def signal() -> Model:
    net = Builder("signal", height=1, width=20, channels=2, bits=8, signed=True)
    net.conv2d(signs(6, 1, 5, 2)).batch_norm(**norm(6, 200)).sign().max_pool((1, 2))
    return net.flatten().dense(signs(4, 48)).build()


def straight() -> Model:
    """Nothing with weights ahead of the thresholds, and a table."""
    levels = Table(np.arange(8)[None] ** 2 - 9)
    net = Builder("straight", height=3, width=4, channels=2, bits=3, signed=True, transform=levels)
    net.max_pool(2, stride=1).multi_threshold([-8, -3, 0, 7], 3, "counts")
    net.sign("signs", inputs="input").max_pool(2, stride=1)
    return net.concat(["counts", "max_pool_2"]).build()


NETWORKS = (bits, bit_pictures, nibbles, twelve, vector, signal, straight)


def frames_of(model: Model, count: int = 4) -> np.ndarray:
    """Noise, and frames of the least and the greatest pixel."""
    images = random_images(model, count, 3)
    images[1], images[2] = model.input.low, model.input.high
    return images


@pytest.mark.parametrize("make", NETWORKS)
def test_golden_model_integer_network_and_definition_agree(make: Callable[[], Model]):
    model = make()
    images = frames_of(model)
    check_like_naive(model, images[:1])
    expected = stage_values(model, images)
    for name, found in evaluate(lower_network(model), images).items():
        if name != INPUT_NAME:
            assert np.array_equal(found, expected[name].reshape(found.shape)), name


def elements_of(design: Design) -> list[str]:
    family = find_device(design.plan.device).family
    stages = design.network.matrices
    units = [unit for unit in design.plan.units if isinstance(unit, MatrixPlan)]
    return [unit.sizes(stages[unit.stage], family).kind for unit in units]


@pytest.mark.parametrize(
    "transform",
    [BIPOLAR, Affine(1, 0), Affine("-3/7", 5), Table(np.array([[4, -2]]))],
    ids=["bipolar", "0 and 1", "any two", "a table"],
)
def test_one_bit_is_counted_and_not_multiplied(transform):
    net = Builder("net", height=1, width=1, channels=16, bits=1, transform=transform)
    design = make_design(net.dense(signs(4, 16)).sign().dense(signs(2, 4)).build())
    assert elements_of(design) == ["binary", "binary"]
    assert design.plan.entry.payload_bits == 16
    assert all(layer.binary for layer in design.plan.layers)


def test_the_manifest_says_what_comes_in():
    design = make_design(signal())
    manifest = make_manifest(design, {}, 1, 1, "large")
    assert manifest["input"] == {
        "height": 1, "width": 20, "channels": 2, "bits": 8, "signed": True
    }  # fmt: skip


def test_a_host_sends_what_the_ports_take():
    for make in NETWORKS:
        model = make()
        images = frames_of(model)
        width = model.input.bits
        payloads = [pack_picture(image, width) for image in images]
        assert b"".join(payloads) == as_tdata(images, width).tobytes()


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
def test_all_of_them_give_the_golden_models_values_at_the_ports(tmp_path):
    models = [make() for make in NETWORKS]
    texts = [emit_verilog(make_design(model)) for model in models]
    widths = [
        read_ports(text, m.name)["s_axis_tdata"] for m, text in zip(models, texts, strict=True)
    ]
    assert widths == [32, 8, 16, 16, 160, 16, 8]
    runs = [
        (model.name, text, as_tdata(frames_of(model), model.input.bits))
        for model, text in zip(models, texts, strict=True)
    ]
    for model, found in zip(models, run_ports(runs, tmp_path), strict=True):
        expected = golden.run(model, frames_of(model)).scores
        assert np.array_equal(found.values(signed=True), expected.ravel()), model.name
        assert len(np.unique(expected)) > 1, model.name
