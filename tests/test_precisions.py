"""Every pair of widths of activations and weights: RTL equals golden model and simulator."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from emitted import write_emitted
from random_designs import random_design

from hwgen.model import Affine, Builder, Model
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state

WIDTHS = (1, 2, 4, 8, 16)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)


def network(activation_bits: int, weight_bits: int) -> Model:
    """Two convolutions and a dense layer of one pair of widths; paddings, pools, both signs."""
    rng = np.random.default_rng(100 * activation_bits + weight_bits)
    builder = Builder("pair", height=6, width=6, channels=2, transform=Affine("1/64", -1))
    end = 1 << (weight_bits - 1)

    def weights(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape) if end == 1 else rng.integers(-end, end, shape)

    def activate(reach: float) -> None:
        if activation_bits == 1:
            builder.batch_norm(rng.normal(size=4), rng.normal(size=4), rng.normal(size=4), 1.0)
            builder.sign()
            return
        # Powers of two and a few: 16 bits take multipliers as long as the figures are.
        gamma = rng.choice([-3, 1, 2, 3], 4) * 2.0 ** round(np.log2(64 / reach))
        builder.batch_norm(gamma, rng.integers(-3, 4, 4) / 4, 0, 1.0, 0.0)
        builder.relu() if rng.random() < 0.5 else None
        signed = bool(rng.random() < 0.5)
        builder.quantise(activation_bits, signed=signed, fraction_bits=activation_bits // 2)

    form = {"weight_bits": weight_bits}
    builder.conv2d(weights(4, 3, 3, 2), "first", padding="same", pad_pixel=64, **form)
    activate(18.0 * end)
    builder.max_pool(2)
    builder.conv2d(weights(4, 3, 3, 4), "second", padding="same", pad_value=0, **form)
    activate(36.0 * end * 2 ** (activation_bits / 2))
    return builder.flatten().dense(weights(3, 36), "scores", **form).build()


@pytest.mark.parametrize("weight_bits", WIDTHS)
@pytest.mark.parametrize("activation_bits", WIDTHS)
def test_each_transfer_of_a_pair_of_widths_is_right(
    activation_bits: int, weight_bits: int, tmp_path: Path
):
    model = network(activation_bits, weight_bits)
    number = 100 * activation_bits + weight_bits
    design = random_design(model, np.random.default_rng(number))
    verilog = write_emitted(design, tmp_path)
    frames = np.random.default_rng(number).integers(0, 256, (3, 6, 6, 2), np.uint8)
    interval = steady_state(design.plan)[1]
    verdict = verify_design(
        model, design.plan, verilog, frames,
        modes=traffic_modes(number, interval), resets=(number, interval),
        simulator="verilator", work=tmp_path / "work",
    )  # fmt: skip
    assert verdict.first_mismatch is None, (verdict, design.plan.folding)
    assert verdict.transfers_checked > 0
