"""Units of many foldings of a few networks, to calibrate the estimates on."""

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.number_samples import number_samples
from benchmarks.rounding_samples import rounding_samples
from benchmarks.sample import Sample
from hwgen.families.devices import PARTS
from hwgen.families.family import Family, Part
from hwgen.model import Affine, Builder, Model, load_model
from hwgen.network import BIPOLAR, Element, IntegerNetwork, Levels, Threshold
from hwgen.passes import lower_network
from hwgen.plan.build import build_plan
from hwgen.plan.folding import Folding, fusable_pool
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.units import Fifo, MatrixPlan, Register, SearchPlan, Slice
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.foldings import folding_options

__all__ = ["samples", "small_network"]

NUMBERS = {
    "matrix": 64, "window": 44, "pool": 4, "pack": 5, "unpack": 5, "scores": 6, "reorder": 6,
}  # fmt: skip
"""Units of each kind that are drawn, for each family."""

MODELS = Path(__file__).resolve().parents[1] / "models"

FAST_MHZ = 80.0
"""A clock that takes all registers there are, on any family."""

SPRAM_SHARE, LATE_SHARE = 0.15, 0.25
"""Of the matrix units: those whose weights are in SPRAM where there is any, and those with the
registers of a fast clock."""


def small_network(
    name: str,
    *,
    seed: int,
    size: int,
    filters: tuple[int, ...],
    pools: tuple[int, ...],
    units: tuple[int, ...],
    pad: int | None = None,
) -> Model:
    """A network on square RGB pictures with random weights and thresholds of all kinds.

    Parameters
    ----------
    filters, pools : tuple of int
        Of each 3x3 convolution, and the window of the pool behind it, 0 for none.
    units : tuple of int
        Of each dense layer.
    pad : int or None
        Padding of the convolutions: -1, 1, 0 or none.
    """
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> Any:
        return rng.choice(np.array([-1, 1], np.int8), shape)

    def norm(channels: int, spread: float) -> dict[str, Any]:
        return {
            "gamma": rng.choice([-1.0, 1.0], channels),
            "beta": rng.normal(size=channels) / 4,
            "mean": rng.normal(size=channels) * spread / 4,
            "variance": spread**2,
        }

    net = Builder(name, height=size, width=size, channels=3,
                  transform=Affine(Fraction(1, 128), Fraction(-1)))  # fmt: skip
    channels = 3
    for k, (count, pool) in enumerate(zip(filters, pools, strict=True), 1):
        how: dict[str, Any] = {}
        if pad is not None:
            how = {"padding": "same"} | ({"pad_pixel": 128} if k == 1 else {"pad_value": pad})
        net.conv2d(weights(count, 3, 3, channels), name=f"conv{k}", **how)
        net.batch_norm(**norm(count, (9 * channels) ** 0.5), name=f"norm{k}").sign(name=f"sign{k}")
        size, channels = size - (0 if how else 2), count
        if pool:
            net.max_pool(pool, name=f"pool{k}")
            size //= pool
    net.flatten(name="flatten")
    inputs = size * size * channels
    for k, count in enumerate(units, 1):
        net.dense(weights(count, inputs), name=f"fc{k}")
        if k < len(units):
            net.batch_norm(**norm(count, inputs**0.5), name=f"fc_norm{k}").sign(name=f"fc_sign{k}")
        inputs = count
    return net.build()


def samples(family: Family) -> list[Sample]:
    """The units to measure on a family, the same every time."""
    part = PARTS[family.calibrated_on]
    rng = random.Random(7)
    found: list[Sample] = [*_by_hand()]
    left = dict(NUMBERS)
    networks = [lower_network(model) for model in _models()]
    while any(left.values()):
        network = rng.choice(networks)
        drawn = list(_units(network, _drawn(network, rng), part))
        rng.shuffle(drawn)
        for sample in drawn[:4]:
            if left.get(sample.kind, 0):
                left[sample.kind] -= 1
                found.append(_varied(sample, rng, part))
    found += _small(rng, part)
    found += _counts()
    return found + number_samples(part) + rounding_samples(part)


def _small(rng: random.Random, part: Part) -> Iterator[Sample]:
    """All units of small networks, of which control is the larger part."""
    for model in (
        load_model(MODELS / "tiny.json"),
        small_network("f", seed=6, size=6, filters=(4,), pools=(2,), units=(3,), pad=1),
        small_network("g", seed=7, size=8, filters=(4, 6), pools=(0, 2), units=(2,)),
    ):
        network = lower_network(model)
        for _ in range(2):
            yield from _units(network, _drawn(network, rng), part)


def _counts() -> Iterator[Sample]:
    """Units that count thresholds: with all comparators, searching, searching bit after bit."""
    rng = np.random.default_rng(4)
    for elements, groups, bits, count in (
        (1, 1, 12, 15), (1, 8, 8, 15), (2, 4, 16, 7), (1, 16, 10, 3),
    ):  # fmt: skip
        shape = (4, 4, elements * groups)
        ends = (-(1 << bits - 1), 1 << bits - 1)
        limits = np.sort(rng.integers(*ends, (shape[2], count)), axis=1)
        inverted = np.zeros(shape[2], np.bool_)
        levels = count.bit_length()
        stage = Threshold(
            "s",
            "input",
            shape,
            shape,
            Element(levels, False),
            Element(bits, True),
            limits,
            inverted,
        )
        ports: dict[str, Any] = {
            "name": "u", "stage": "s", "elements": elements, "in_bits": elements * bits,
            "out_bits": elements * levels,
        }  # fmt: skip
        yield Sample(Register(role="thresholds", **ports), {"s": stage}, 1)
        for serial in (False, True):
            yield Sample(SearchPlan(levels=levels, serial=serial, **ports), {"s": stage}, 1)


def _models() -> Iterator[Model]:
    yield small_network("a", seed=1, size=12, filters=(8, 16), pools=(2, 2), units=(10,), pad=1)
    yield small_network("b", seed=2, size=16, filters=(16, 32), pools=(0, 2), units=(32, 10), pad=1)
    yield small_network("c", seed=3, size=10, filters=(8, 12), pools=(0, 2), units=(4,), pad=0)
    yield small_network("d", seed=4, size=20, filters=(16, 24), pools=(2, 2), units=(60, 2))
    yield small_network("e", seed=5, size=32, filters=(32, 64), pools=(2, 2), units=(10,), pad=-1)
    yield load_model(MODELS / "face.json")


def _drawn(network: IntegerNetwork, rng: random.Random) -> dict[str, Folding]:
    """A folding that makes no very large unit."""
    chosen = {}
    for stage in network.matrices.values():
        options = [
            f for f in folding_options(stage, fusable_pool(network, stage))
            if f.pe * f.simd * f.m * stage.in_element.bits <= 900
            and f.pe * f.m <= 64
            and f.group * stage.in_element.bits <= 128
        ]  # fmt: skip
        height, width, _ = stage.out_shape
        if rng.random() < 0.1 and height % 2 == 0 == width % 2:
            options = [replace(f, block=(2, 2)) for f in options if f.m == 1 and f.pe <= 16]
        chosen[stage.name] = rng.choice(options)
    return chosen


def _units(network: IntegerNetwork, folding: dict[str, Folding], part: Part) -> Iterator[Sample]:
    plan = build_plan(network, folding, device=part.name)
    for unit in plan.units:
        yield Sample(unit, network.named, plan.exit.transfers_per_frame)


def _varied(sample: Sample, rng: random.Random, part: Part) -> Sample:
    """Matrix units of both pipelines, and with weights in SPRAM."""
    unit = sample.unit
    if not isinstance(unit, MatrixPlan):
        return sample
    fast = rng.random() < LATE_SHARE
    pipeline = choose_pipeline(part, FAST_MHZ if fast else None).matrix
    depth = MatrixPlan.full_rate_depth(unit.synapse_fold, pipeline)
    unit = replace(unit, pipeline=pipeline, depth=depth)
    spram = part.spram and unit.storage == WeightStorage.MEMORY and unit.pe * unit.simd <= 64
    if spram and rng.random() < SPRAM_SHARE * 2:
        unit = replace(unit, storage=WeightStorage.SPRAM)
    return replace(sample, unit=unit)


def _by_hand() -> Iterator[Sample]:
    """Units that these plans do not have: FIFOs, slices, pixel tables and thresholds on pixels."""
    rng = np.random.default_rng(3)
    shape = (8, 8, 6)
    for depth, bits in ((1, 8), (2, 12), (3, 8), (4, 24), (5, 3), (12, 8), (20, 16)):
        yield Sample(Fifo(name="u", stage="s", in_bits=bits, out_bits=bits, depth=depth), {}, 1)
    for depth, bits in (
        (65, 64),
        (253, 32),
        (600, 20),
        (1029, 4),
        (2000, 8),
        (8194, 1),
        (20000, 1),
    ):
        fifo = Fifo(name="u", stage="s", in_bits=bits, out_bits=bits, depth=depth, deep=True)
        yield Sample(fifo, {}, 1)
    for bits in (3, 40, 300):
        yield Sample(Slice(name="u", stage="s", in_bits=bits, out_bits=bits), {}, 1)
    for elements, rows, bits in ((3, 1, 2), (1, 6, 4), (6, 6, 8), (3, 6, 3)):
        table = rng.integers(0, 1 << bits, (rows, 256))
        levels = Levels("s", "input", shape, shape, Element(bits, False), table)
        unit = Register(
            name="u", stage="s", in_bits=8 * elements, out_bits=bits * elements, role="levels",
            elements=elements,
        )  # fmt: skip
        yield Sample(unit, {"s": levels}, 1)
    for elements in (1, 3, 6):
        limits, inverted = rng.integers(20, 230, 6), np.zeros(6, np.bool_)
        stage = Threshold("s", "input", shape, shape, BIPOLAR, Element(8, False), limits, inverted)
        unit = Register(
            name="u", stage="s", in_bits=8 * elements, out_bits=elements, role="threshold",
            elements=elements,
        )  # fmt: skip
        yield Sample(unit, {"s": stage}, 1)
