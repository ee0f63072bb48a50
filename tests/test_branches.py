"""Networks whose paths part and meet: RTL equals golden model and simulator, with stalls too."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from emitted import write_emitted
from random_designs import random_design

from hwgen.errors import ModelError
from hwgen.model import Affine, Builder, Model
from hwgen.passes import lower_network
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state
from sim.patterns import random_traffic

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)


class Net:
    """A builder with weights and figures from a seed."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.builder = Builder("net", height=8, width=8, channels=3, transform=Affine("1/64", -1))

    def conv(self, name: str, outputs: int, kernel: int, channels: int, **more) -> None:
        bits = more.get("weight_bits", 1)
        shape = (outputs, kernel, kernel, channels)
        end = 1 << (bits - 1)
        weights = (
            self.rng.integers(-end, end, shape) if bits > 1 else self.rng.choice([-1, 1], shape)
        )
        self.builder.conv2d(weights, name, padding="same", **more)

    def norm(self, channels: int, reach: float) -> None:
        rng = self.rng
        gamma = rng.choice([-2.0, 1.0, 2.0, 3.0], channels) / reach
        self.builder.batch_norm(
            gamma, rng.normal(size=channels), rng.normal(size=channels),
            rng.uniform(0.2, 2, channels), 1e-3,
        )  # fmt: skip


def add_before_the_activation(seed: int) -> Model:
    """Identity and 1x1 shortcuts, sums ahead of the sign, as the CIFAR-100 family has them."""
    net = Net(seed)
    b = net.builder
    net.conv("stem", 8, 3, 3, pad_pixel=64)
    net.norm(8, 10)
    b.sign("bits")
    net.conv("first", 8, 3, 8, pad_value=-1)
    net.norm(8, 8)
    b.quantise(4, signed=True, fraction_bits=2, name="branch")
    b.add(["branch", "bits"], "sum").sign("after")
    net.conv("second", 8, 3, 8, stride=2, pad_value=1)
    net.norm(8, 8)
    b.quantise(4, signed=True, fraction_bits=1, name="deep")
    net.conv("short", 8, 1, 8, stride=2, pad_value=0, inputs="after")
    b.add(["deep", "short"], "sum2").sign().flatten()
    return b.dense(net.rng.choice([-1, 1], (4, 128))).build()


def add_after_the_activation(seed: int) -> Model:
    """Sums of fixed point of two scales, rectified, joined and averaged; 16 bits at the end."""
    net = Net(seed)
    b = net.builder
    net.conv("stem", 4, 3, 3, pad_pixel=0, weight_bits=8, weight_fraction_bits=7)
    net.norm(4, 4)
    b.relu().quantise(4, signed=False, fraction_bits=2, name="low")
    net.conv("body", 4, 3, 4, pad_value=0, weight_bits=4, weight_fraction_bits=3)
    net.norm(4, 2)
    b.relu().quantise(6, signed=False, fraction_bits=3, name="high")
    b.add(["high", "low"], "sum").max_pool(2).quantise(
        5, signed=False, fraction_bits=1, name="five"
    )
    b.average_pool(2, "mean", stride=1, inputs="five")
    b.quantise(5, signed=True, fraction_bits=3, name="steps")
    b.average_pool(2, "other", stride=1, inputs="five")
    b.concat(["steps", "other"], "both").quantise(8, signed=False, fraction_bits=3).flatten()
    weights = net.rng.integers(-(1 << 15), 1 << 15, (5, 3 * 3 * 8))
    return b.dense(weights, "scores", weight_bits=16, weight_fraction_bits=12).build()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("make", [add_before_the_activation, add_after_the_activation])
def test_each_transfer_of_a_network_with_branches_is_right(make, seed: int, tmp_path: Path):
    model = make(seed)
    design = random_design(model, np.random.default_rng(seed))
    verilog = write_emitted(design, tmp_path)
    frames = np.random.default_rng(seed).integers(0, 256, (4, 8, 8, 3), np.uint8)
    interval = steady_state(design.plan)[1]
    modes = traffic_modes(seed, interval) | {"more stalls": random_traffic(seed + 9, interval)}
    verdict = verify_design(
        model, design.plan, verilog, frames, modes=modes, resets=(seed, interval),
        simulator="verilator", work=tmp_path / "work",
    )  # fmt: skip
    assert verdict.first_mismatch is None, (verdict, design.plan.folding)
    assert verdict.transfers_checked > 0


def test_sums_without_an_exact_scale_are_refused():
    net = Net(1)
    net.conv("stem", 4, 3, 3, pad_pixel=0)
    net.builder.sign("bits")
    net.conv("body", 4, 3, 4, pad_value=0)
    net.norm(4, 2)
    net.builder.add(["batch_norm_1", "bits"], "sum").sign().flatten()
    model = net.builder.dense(np.ones((2, 256))).build()
    with pytest.raises(ModelError, match=r"'sum': the scale of 'batch_norm_1' is not exact"):
        lower_network(model)


def test_two_layers_that_pad_the_picture_differently_are_refused():
    net = Net(1)
    net.conv("one", 4, 3, 3, pad_pixel=0)
    net.conv("two", 4, 3, 3, pad_pixel=9, inputs="input")
    model = net.builder.add(["one", "two"], "sum").sign().build()
    with pytest.raises(ModelError, match=r"'two': pads the picture with another pixel"):
        lower_network(model)
