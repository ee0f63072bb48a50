"""Networks with `multi_threshold`: RTL equals golden model and simulator, transfer by transfer."""

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from emitted import write_emitted
from integer_reference import evaluate as integers
from naive_reference import evaluate
from random_designs import random_design

from hwgen.model import INPUT_NAME, Affine, Builder, Model
from hwgen.passes import lower_network
from sim.benches.verify_design import traffic_modes, verify_design
from sim.coverage import tensors_of
from sim.cycle import steady_state
from sim.stage_values import stage_values


def network() -> Model:
    """Counts of pixels, of sums (one gamma falls), of counts, and two signs."""
    rng = np.random.default_rng(14)

    def signs(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape)

    net = Builder("counted", height=6, width=6, channels=2, transform=Affine("1/64", -1))
    net.multi_threshold([[-0.5, 0.25, 1.75], [0.0, 0.0, 0.3]], 2, "levels", out_bias=-1)
    net.conv2d(signs(4, 3, 3, 2), "a", padding="same", pad_value=0)
    net.batch_norm([1.0, -0.5, 0.25, 3.0], 0.5, rng.normal(size=4), 2.0)
    net.max_pool(2).relu()
    uneven = np.cumsum(rng.integers(0, 3, (4, 7)), axis=1) / 2 - 1
    net.multi_threshold(uneven, 3, "uneven", out_scale=Fraction(3, 7))
    net.conv2d(signs(4, 2, 2, 4), "b").multi_threshold([0.5], 1, "bits", out_scale=2, out_bias=-1)
    net.flatten().dense(signs(3, 16), "scores").multi_threshold([-3, -1, 0, 2, 6], 8, "classes")
    return net.build()


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, 6, 6, 2), dtype=np.uint8)


def test_golden_counts_are_those_of_the_definition():
    model, images = network(), pictures(8)
    tensors = tensors_of(model, images)
    seen = set()
    for k, image in enumerate(images):
        expected = evaluate(model, image)
        for name in ("levels", "uneven", "bits", "classes"):
            tensor = tensors[name]
            scale, bias = tensor.form.slopes[0].rational, tensor.form.intercepts[0].rational
            assert scale is not None
            assert bias is not None
            found = [scale * int(n) + bias for n in tensor.ints[k].reshape(-1)]
            assert found == list(expected[name].reshape(-1)), name
            seen |= {(name, value) for value in found}
    assert len(seen) > 14


def test_behind_a_flatten_each_input_has_thresholds_of_its_own():
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (6, 2, 3, 2), dtype=np.uint8)
    rows = np.sort(rng.normal(scale=3, size=(12, 3)), axis=1)
    for ahead in (
        lambda net: net,
        lambda net: net.sign(),
        lambda net: net.conv2d(rng.choice([-1, 1], (2, 1, 1, 2))),
        lambda net: net.conv2d(rng.choice([-1, 1], (2, 1, 1, 2))).batch_norm([1.5, -1], 0.25, 1, 2),
        lambda net: net.conv2d(rng.choice([-1, 1], (2, 1, 1, 2))).batch_norm(-1, 0, 0, 1).relu(),
    ):
        net = ahead(Builder("flat", height=2, width=3, channels=2, transform=Affine("1/64", -2)))
        net.flatten().multi_threshold(rows, 2, "own").dense(rng.choice([-1, 1], (3, 12)))
        model = net.build()
        expected = stage_values(model, images)
        network = lower_network(model)
        assert "own" in network.named
        for name, found in integers(network, images).items():
            if name != INPUT_NAME:
                assert np.array_equal(found, expected[name].reshape(found.shape)), name


def wide_network() -> Model:
    """Counts of 8 and of 5 bits, one channel falling, biases, and halves to the even number."""
    rng = np.random.default_rng(5)

    def signs(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape)

    net = Builder("wide", height=5, width=5, channels=2, transform=Affine("1/64", -2))
    net.quantise(4, signed=True, scale="1/6", rounding="half_even", narrow=True, name="first")
    net.conv2d(signs(4, 3, 3, 2), "a", bias=[0.5, "1/3", 0, -1]).batch_norm(
        [1, -1, "1/3", 2], 0, 0, 1
    )
    net.multi_threshold(np.sort(rng.normal(size=(4, 255)) * 3, axis=1), 8, "many", out_scale="1/8")
    net.conv2d(signs(2, 2, 2, 4), "b", bias="1/7").multi_threshold(np.arange(31) - 15, 5, "even")
    net.flatten().dense(signs(3, 8), "scores", bias=[1, 2, 3])
    net.quantise(6, signed=True, scale=["3/2", 2, "5/7"], rounding="half_even")
    return net.build()


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
@pytest.mark.parametrize("made", [network, wide_network])
def test_each_transfer_of_a_network_of_counts_is_right(made, tmp_path: Path):
    design = random_design(made(), np.random.default_rng(14))
    verilog = write_emitted(design, tmp_path)
    forms = {layer.name: layer.form for layer in design.plan.layers if layer.form}
    # A quantiser of pixels is their table.
    searched = {"levels", "uneven", "classes"} if made is network else {"many", "even"}
    assert forms.keys() == searched
    interval = steady_state(design.plan)[1]
    picture = design.model.input
    shape = (3, picture.height, picture.width, picture.channels)
    images = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    verdict = verify_design(
        design.model, design.plan, verilog, images,
        modes=traffic_modes(14, interval), resets=(14, interval),
        simulator="verilator", work=tmp_path / "work",
    )  # fmt: skip
    assert verdict.first_mismatch is None, (verdict, design.plan.folding)
    assert verdict.transfers_checked > 0
