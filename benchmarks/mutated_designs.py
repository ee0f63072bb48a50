"""Small designs that between them have most kinds of units, on all fabrics."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from hwgen.design import Design, make_design
from hwgen.families.devices import FAMILIES
from hwgen.model import Affine, Builder, Model, load_model
from sim.sizing import size_buffers

__all__ = ["DESIGNS", "make_mutated_design"]

TINY = Path(__file__).parents[1] / "models" / "tiny.json"


def _norm(builder: Builder, rng: np.random.Generator, channels: int, spread: float) -> Builder:
    return builder.batch_norm(
        rng.normal(size=channels), rng.normal(size=channels) / 4,
        rng.normal(size=channels) * spread / 4, rng.uniform(0.5, 2, channels) * spread**2,
    )  # fmt: skip


def _pooled() -> Model:
    """Two convolutions with pools, and scores."""
    rng = np.random.default_rng(3)
    builder = Builder("pooled", height=8, width=8, channels=3,
                      transform=Affine(Fraction(1, 128), Fraction(-1)))  # fmt: skip
    builder.conv2d(rng.choice([-1, 1], (6, 3, 3, 3)), padding="same", pad_pixel=128)
    _norm(builder, rng, 6, 3).sign().max_pool(2)
    builder.conv2d(rng.choice([-1, 1], (6, 3, 3, 6)), padding="same", pad_value=-1)
    _norm(builder, rng, 6, 8).sign().max_pool(2).flatten()
    return builder.dense(rng.choice([-1, 1], (4, 24))).classes(["a", "b", "c", "d"]).build()


def _residual() -> Model:
    """Weights and activations of more bits, and a path around a convolution."""
    rng = np.random.default_rng(5)
    builder = Builder("residual", height=6, width=6, channels=2,
                      transform=Affine(Fraction(1, 64), Fraction(-1)))  # fmt: skip
    builder.conv2d(rng.integers(-8, 8, (4, 3, 3, 2)), padding="same", pad_pixel=64,
                   weight_bits=4, weight_fraction_bits=3)  # fmt: skip
    _norm(builder, rng, 4, 4).quantise(4, signed=True, fraction_bits=2, name="stem")
    builder.conv2d(rng.choice([-1, 1], (4, 3, 3, 4)), padding="same", pad_value=0)
    _norm(builder, rng, 4, 4).quantise(4, signed=True, fraction_bits=2, name="branch")
    builder.add(["branch", "stem"]).sign().flatten()
    return builder.dense(rng.choice([-1, 1], (3, 144))).build()


DESIGNS: dict[str, tuple[Callable[[], Model], str, int | None]] = {
    "tiny, generic": (lambda: load_model(TINY), "generic", None),
    # One for each family.
    **{
        f"pooled, {family.calibrated_on}": (_pooled, family.calibrated_on, cycles)
        for family, cycles in zip(FAMILIES.values(), (600, 300), strict=True)
    },
    "residual, generic": (_residual, "generic", 400),
}
"""The network, the device and the cycles a frame asked for, by name."""


def make_mutated_design(name: str) -> Design:
    """Fold one of `DESIGNS`, with buffers of the least size."""
    network, device, cycles = DESIGNS[name]
    design = make_design(network(), device=device, cycles=cycles)
    return design.with_plan(size_buffers(design.plan))
