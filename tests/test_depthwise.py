"""Depthwise convolutions: RTL equals golden model and simulator, with stalls too."""

import shutil
from fractions import Fraction

import numpy as np
import pytest
from emitted import write_emitted

from hwgen.design import make_design
from hwgen.errors import FoldingError, ModelError
from hwgen.model import Affine, Builder, DepthwiseConv2d, Model, load_model, save_model
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state
from sim.patterns import random_traffic

SEED = 11


def network() -> Model:
    """Depthwise layers of pixels, of bits under a pool, of 4-bit weights, and of one tap."""
    rng = np.random.default_rng(SEED)
    net = Builder("apart", height=9, width=8, channels=3, transform=Affine("1/128", -1))

    def bits(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape)

    def norm(channels: int, reach: float) -> None:
        net.batch_norm(
            gamma=rng.choice([-1.0, 1.0], channels), beta=rng.normal(size=channels) / 4,
            mean=rng.normal(size=channels) * reach / 4, variance=reach**2,
        )  # fmt: skip

    net.conv2d(bits(3, 3, 3, 1), "pixels", padding="same", pad_pixel=128, depthwise=True)
    norm(3, 3.0)
    net.sign().conv2d(bits(8, 1, 1, 3), "mix")
    norm(8, 2.0)
    net.sign().conv2d(bits(8, 3, 3, 1), "bits", padding="same", pad_value=0, depthwise=True)
    norm(8, 3.0)
    net.sign().max_pool(2)
    net.conv2d(rng.integers(-8, 8, (8, 2, 2, 1)), "wide", weight_bits=4, depthwise=True)
    norm(8, 9.0)
    net.quantise(bits=4, signed=True, fraction_bits=2)
    net.conv2d(bits(8, 1, 1, 1), "tap", depthwise=True)
    norm(8, 1.0)
    return net.sign().flatten().dense(bits(4, 72), "fc").build()


FOLDINGS = {
    "whole kernels": {
        "pixels": {"pe": 3, "simd": 9}, "bits": {"pe": 4, "simd": 9, "m": 4},
        "wide": {"pe": 2, "simd": 4}, "tap": {"pe": 8},
    },
    "rows": {
        "pixels": {"pe": 1, "simd": 3, "m": 2}, "bits": {"pe": 8, "simd": 3},
        "wide": {"pe": 1, "simd": 2, "m": [1, 3]}, "tap": {"pe": 2, "m": 3},
    },
}  # fmt: skip


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
@pytest.mark.parametrize("device", ["generic", "up5k", "ecp5-25"])
@pytest.mark.parametrize("folding", FOLDINGS)
def test_each_transfer_of_depthwise_layers_is_right(folding, device, tmp_path):
    model = network()
    design = make_design(model, device=device, folding=(FOLDINGS[folding], folding))
    verilog = write_emitted(design, tmp_path)
    frames = np.random.default_rng(SEED).integers(0, 256, (2, 9, 8, 3), np.uint8)
    interval = steady_state(design.plan)[1]
    modes = traffic_modes(SEED, interval) | {"more stalls": random_traffic(SEED, interval)}
    verdict = verify_design(
        model, design.plan, verilog, frames, modes=modes, resets=(SEED, interval),
        simulator="verilator", work=tmp_path / "work",
    )  # fmt: skip
    assert verdict.first_mismatch is None, (verdict, SEED)
    assert verdict.transfers_checked > 0


def test_patches_of_depthwise_layers_are_read_once():
    design = make_design(network(), folding=(FOLDINGS["rows"], "rows"))
    cycles = {layer.name: layer.cycles for layer in design.plan.layers}
    macs = {layer.name: layer.macs for layer in design.plan.layers}
    # Rows of three taps of one channel for two pixels at a time.
    assert cycles["pixels"] == 9 * 8 // 2 * 3 * 3
    assert macs["pixels"] == 9 * 8 * 3 * 9


def test_descriptions_keep_depthwise_layers(tmp_path):
    model = network()
    save_model(model, tmp_path / "apart.json")
    again = load_model(tmp_path / "apart.json")
    kinds = [layer.kind for layer in again.layers]
    assert kinds == [layer.kind for layer in model.layers]
    assert kinds.count("depthwise_conv2d") == 4
    for one, other in zip(model.layers, again.layers, strict=True):
        if isinstance(one, DepthwiseConv2d) and isinstance(other, DepthwiseConv2d):
            assert (one.weights == other.weights).all()
            assert one.weight_bits == other.weight_bits


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (
            (3, 3, 3, 3),
            "weights must have the shape (channels, rows, columns, 1), not (3, 3, 3, 3)",
        ),
        ((4, 3, 3, 1), "weights take 4 channels, but the input has 3"),
    ],
)
def test_weights_of_another_shape_are_refused(shape, why):
    start = Builder("net", height=9, width=8, channels=3, transform=Affine(Fraction(1), 0))
    with pytest.raises(ModelError) as refused:
        start.conv2d(np.ones(shape), "c", depthwise=True)
    assert str(refused.value).endswith(f"layer 'c': {why}")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"pe": 3, "simd": 18}, "simd must be 1, 3 or 9 taps of a channel, not 18"),
        ({"pe": 2}, "pe must divide 3 output channels, not 2"),
        ({"simd": 6, "taps": [3, 1]}, "simd must be the 3 taps of a channel, not 6"),
    ],
)
def test_foldings_that_do_not_divide_are_refused(entry, why):
    with pytest.raises(FoldingError) as refused:
        make_design(network(), folding=({"pixels": entry}, "f.json"))
    assert str(refused.value) == f"f.json: layer 'pixels': {why}"
