"""Units of numbers of several bits, of paths that part and meet, and of weights that come in."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sample import Sample
from hwgen.families.family import Part
from hwgen.network import BIPOLAR, Combine, Element, Matrix, Pool, SumPool
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.products import Products
from hwgen.plan.units import CombinePlan, Deal, Fork, Join, MapPlan, MatrixPlan, PoolPlan
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.multipliers import CELL_STAGES

__all__ = ["number_samples"]

Pair = tuple[int, int]

FAST_MHZ = 80.0
"""A clock that takes all registers there are, on any family."""

SIZE = 8
"""Rows and columns of the maps."""

PLAIN, SIGNED, SIGNS = "plain", "signed", "signs"
"""Formats of inputs."""

# Inputs' format and bits, weights' bits, output lanes, taps, channels of a word, kernel, channel
# groups, neuron folds, whether scores leave, whether the clock is fast.
IN_LOGIC: tuple[tuple[str, int, int, int, Pair, int, int, int, int, bool, bool], ...] = (
    (PLAIN, 8, 8, 1, (1, 1), 1, 3, 8, 16, True, False),
    (PLAIN, 8, 8, 2, (1, 1), 4, 3, 4, 8, False, True),
    (SIGNED, 8, 8, 1, (3, 3), 1, 3, 8, 8, True, False),
    (SIGNED, 8, 8, 4, (1, 1), 2, 1, 32, 4, True, True),
    (PLAIN, 8, 8, 1, (3, 3), 3, 3, 1, 16, False, False),
    (SIGNED, 16, 16, 1, (1, 1), 1, 1, 64, 10, True, False),
    (SIGNED, 16, 16, 1, (1, 1), 2, 3, 8, 4, True, True),
    (PLAIN, 16, 8, 2, (1, 1), 1, 3, 8, 8, True, False),
    (SIGNED, 8, 16, 1, (1, 1), 4, 1, 16, 8, False, False),
    (PLAIN, 4, 4, 4, (1, 1), 4, 3, 4, 4, True, False),
    (SIGNED, 4, 8, 2, (3, 1), 2, 3, 4, 8, True, True),
    (PLAIN, 2, 2, 4, (3, 3), 1, 3, 8, 8, True, False),
    (PLAIN, 3, 2, 2, (1, 1), 8, 1, 8, 8, False, False),
    (SIGNS, 1, 8, 2, (1, 1), 8, 3, 2, 8, True, False),
    (SIGNS, 1, 8, 4, (3, 3), 1, 3, 8, 4, False, True),
    (SIGNS, 1, 3, 4, (1, 1), 8, 1, 16, 4, False, False),
    (PLAIN, 8, 8, 2, (3, 3), 1, 3, 1, 1, True, False),
)

IN_CELLS: tuple[tuple[str, int, int, int, Pair, int, int, int, int, bool, bool], ...] = (
    (PLAIN, 8, 8, 1, (1, 1), 1, 3, 8, 16, True, True),
    (PLAIN, 8, 8, 2, (3, 3), 1, 3, 3, 8, True, True),
    (SIGNED, 8, 8, 1, (3, 3), 3, 3, 1, 16, False, True),
    (SIGNED, 16, 16, 1, (1, 1), 1, 1, 64, 10, True, True),
    (SIGNED, 16, 16, 4, (1, 1), 2, 3, 8, 4, True, True),
    (PLAIN, 16, 8, 2, (3, 1), 1, 3, 8, 8, True, True),
    (SIGNED, 4, 4, 8, (1, 1), 2, 1, 32, 2, False, True),
)


def number_samples(part: Part) -> list[Sample]:
    """The units to measure on a part, the same every time."""
    rng = np.random.default_rng(16)
    return [
        *(_folded(rng, part, row, Products.LOGIC) for row in IN_LOGIC),
        *(_folded(rng, part, row, Products.DSP) for row in IN_CELLS),
        *_held(rng, part),
        *_supplied(rng, part),
        _matrix(rng, part, PLAIN, 8, 8, pe=4, taps=(3, 1), channels=16, folds=4, depthwise=True),
        _matrix(rng, part, SIGNS, 1, 4, pe=2, taps=(1, 1), group=8, channels=16, folds=8,
                flags=True),
        *_meeting(rng),
        *_maps(),
        *_pools(),
    ]  # fmt: skip


def _folded(
    rng: np.random.Generator,
    part: Part,
    row: tuple[str, int, int, int, Pair, int, int, int, int, bool, bool],
    products: Products,
) -> Sample:
    form, bits, weight_bits, pe, taps, group, kernel, groups, folds, scores, fast = row
    return _matrix(
        rng, part, form, bits, weight_bits, pe=pe, taps=taps, group=group, kernel=kernel,
        channels=group * groups, folds=folds, scores=scores, fast=fast, products=products,
    )  # fmt: skip


def _held(rng: np.random.Generator, part: Part) -> Iterator[Sample]:
    """Weights that stay for several pixels."""
    small: dict[str, Any] = {"taps": (1, 1), "hold": SIZE}
    yield _matrix(rng, part, SIGNS, 1, 1, pe=8, group=16, channels=64, folds=4, scores=False,
                  **small)  # fmt: skip
    yield _matrix(rng, part, SIGNS, 1, 1, pe=4, group=8, channels=32, folds=2, fast=True, **small)
    yield _matrix(rng, part, PLAIN, 8, 1, pe=2, group=3, channels=3, kernel=3, folds=8,
                  scores=False, taps=(1, 1), hold=36)  # fmt: skip
    yield _matrix(rng, part, PLAIN, 8, 8, pe=2, group=2, channels=8, folds=4, **small)
    yield _matrix(rng, part, SIGNED, 16, 16, pe=2, group=2, channels=16, folds=4, fast=True,
                  products=Products.DSP, **small)  # fmt: skip


def _supplied(rng: np.random.Generator, part: Part) -> Iterator[Sample]:
    """Weights from outside."""
    outside: dict[str, Any] = {"storage": WeightStorage.EXTERNAL, "taps": (1, 1)}
    yield _matrix(rng, part, SIGNS, 1, 1, pe=4, group=4, channels=64, folds=4, scores=False,
                  **outside)  # fmt: skip
    yield _matrix(rng, part, SIGNS, 1, 1, pe=2, group=16, channels=64, folds=4, fast=True,
                  hold=64, **outside)  # fmt: skip
    yield _matrix(rng, part, PLAIN, 8, 8, pe=1, group=2, channels=16, folds=8, **outside)


def _matrix(
    rng: np.random.Generator,
    part: Part,
    form: str,
    bits: int,
    weight_bits: int,
    *,
    pe: int,
    taps: Pair,
    channels: int,
    folds: int,
    group: int = 0,
    kernel: int = 0,
    scores: bool = True,
    fast: bool = False,
    products: Products = Products.LOGIC,
    hold: int = 1,
    storage: WeightStorage | None = None,
    depthwise: bool = False,
    flags: bool = False,
) -> Sample:
    """A matrix unit of ``folds`` times ``pe`` channels; its kernel is by default that of taps."""
    group = pe if depthwise else group
    kernel = kernel or max(taps)
    stage = _stage(rng, form, bits, weight_bits, kernel, channels, pe * folds, scores, depthwise)
    lanes = taps[0] * taps[1] * (1 if depthwise else group)
    synapses = kernel * kernel * (1 if depthwise else channels) // lanes
    pipeline = choose_pipeline(part, FAST_MHZ if fast else None).matrix
    if products == Products.DSP:
        pipeline = CELL_STAGES
    only = WeightStorage.CONSTANT if folds * synapses == 1 else WeightStorage.MEMORY
    unit = MatrixPlan(
        name="u", stage="s", pe=pe, group=group, taps=taps, block=(1, 1), stride=(1, 1),
        dilation=(1, 1), neuron_fold=folds, synapse_fold=synapses,
        blocks=stage.out_shape[:2], pool=None, zero_flags=flags, pipeline=pipeline,
        depth=MatrixPlan.full_rate_depth(synapses, pipeline, hold), storage=storage or only,
        weight_bits=weight_bits, depthwise=depthwise, hold=hold, products=products,
        in_bits=taps[0] * taps[1] * (group * bits + flags), out_bits=pe * stage.element.bits,
    )  # fmt: skip
    return Sample(unit, {"s": stage}, 1)


def _stage(
    rng: np.random.Generator,
    form: str,
    bits: int,
    weight_bits: int,
    kernel: int,
    channels: int,
    outputs: int,
    scores: bool,
    depthwise: bool,
) -> Matrix:
    shape = (outputs, kernel, kernel, 1 if depthwise else channels)
    if weight_bits == 1:
        weights: NDArray[np.integer[Any]] = rng.integers(0, 2, shape).astype(np.uint8)
        sizes = np.ones(shape, np.int64)
    else:
        # Few are large, as in trained layers.
        half = 1 << weight_bits - 1
        weights = np.clip(np.rint(rng.normal(0, half / 3, shape)), -half, half - 1).astype(np.int64)
        sizes = np.abs(weights)
    largest = 1 if form == SIGNS else (1 << bits - (form == SIGNED)) - (form == PLAIN)
    most = int(sizes.reshape(outputs, -1).sum(axis=1).max()) * largest
    limits = None if scores else rng.integers(-most // 4, most // 4, outputs)
    score_bits = most.bit_length() + 1
    size = SIZE - kernel + 1
    return Matrix(
        "s", "input", (SIZE, SIZE, channels), (size, size, outputs),
        Element(score_bits, signed=True) if scores else BIPOLAR,
        BIPOLAR if form == SIGNS else Element(bits, form == SIGNED),
        (1, 1), (0, 0, 0, 0), 0, weights, limits, -most, most,
        weight_element=BIPOLAR if weight_bits == 1 else Element(weight_bits, signed=True),
    )  # fmt: skip


def _meeting(rng: np.random.Generator) -> Iterator[Sample]:
    """Paths that part and meet, and the weights of several layers."""
    for parts, elements, bits, factors, concat in (
        ((8, 8), 4, 9, (1, 1), False),
        ((16, 16), 2, 17, (1, 1), False),
        ((8, 6, 8), 1, 10, (1, 1, 1), False),
        ((8, 10), 2, 16, (5, 3), False),
        ((12, 12), 2, 19, (89, 23), False),
        ((8, 6), 6, 8, (1, 1), True),
    ):
        shape = (SIZE, SIZE, elements)
        count = elements // len(parts) if concat else elements
        stage = Combine(
            "s", "a", shape, shape, Element(bits, signed=True), ("b", "c")[: len(parts) - 1],
            tuple(Element(part, signed=True) for part in parts), (count,) * len(parts), factors,
            concat,
        )  # fmt: skip
        widths = tuple(count * part for part in parts)
        unit = CombinePlan(name="u", stage="s", parts=widths, elements=elements,
                           in_bits=sum(widths), out_bits=elements * bits)  # fmt: skip
        yield Sample(unit, {"s": stage}, 1)
    for parts in ((8, 8), (20, 4, 40)):
        total = sum(parts)
        yield Sample(Join(name="u", stage="s", parts=parts, in_bits=total, out_bits=total), {}, 1)
    for count, bits in ((2, 8), (3, 40)):
        yield Sample(Fork(name="u", stage="s", in_bits=bits, out_bits=bits, count=count), {}, 1)
    for counts in ((1000,), (300, 4096), tuple(int(n) for n in rng.integers(100, 60_000, 5))):
        yield Sample(Deal(name="u", stage="s", in_bits=17, out_bits=16, counts=counts), {}, 1)


def _maps() -> Iterator[Sample]:
    """Map buffers: for each weight word, padded, in planes, and back into raster order."""
    for shape, bits, kernel, padding, pad, group, rows, repeats, planes, raster in (
        ((8, 8, 16), 1, 1, 0, 0, 8, 4, 4, 1, False),
        ((12, 12, 8), 8, 3, 0, 0, 2, 2, 8, 1, False),
        ((10, 10, 16), 1, 3, 1, 0, 16, 5, 2, 1, False),
        ((16, 16, 32), 1, 3, 1, None, 8, 16, 4, 4, False),
        ((6, 9, 24), 4, 1, 0, 0, 24, 6, 1, 6, True),
        ((4, 4, 128), 1, 3, 1, 0, 16, 1, 8, 1, False),
        ((24, 24, 12), 8, 3, 1, 0, 12, 2, 2, 1, False),
        ((20, 15, 3), 8, 5, 0, 0, 3, 1, 16, 1, False),
        ((7, 7, 64), 1, 1, 0, 0, 32, 7, 16, 2, False),
        ((32, 32, 16), 2, 1, 0, 0, 16, 32, 1, 8, True),
    ):
        height, width, channels = shape
        out = (height + 2 * padding - kernel + 1, width + 2 * padding - kernel + 1)
        in_bits = channels // planes * bits if planes > 1 else group * bits
        plan = MapPlan(
            name="u", stage="s", in_shape=shape, bits=bits, planes=planes, maps=1,
            kernel=(kernel, kernel), stride=(1, 1), dilation=(1, 1),
            padding=(padding, padding, padding, padding), pad=pad, out_pixels=out, rows=rows,
            group=group, repeats=repeats, raster=raster,
            slots=height, in_bits=in_bits, out_bits=group * bits + (pad is None),
        )  # fmt: skip
        yield Sample(plan.at_full_rate(), {}, 1)


def _pools() -> Iterator[Sample]:
    """Pools of numbers: maxima, and sums of numbers and of signs."""
    for total, taps, elements, bits, signed, out_bits, channels in (
        (False, 4, 2, 8, False, 8, 8),
        (False, 9, 1, 16, True, 16, 16),
        (False, 4, 8, 4, True, 4, 8),
        (True, 4, 2, 8, False, 10, 8),
        (True, 64, 1, 16, True, 22, 16),
        (True, 49, 8, 1, False, 7, 32),
    ):
        signs = total and bits == 1
        form = BIPOLAR if signs else Element(bits, signed)
        shapes = ((SIZE, SIZE, channels), (SIZE // 2, SIZE // 2, channels))
        if total:
            stage = SumPool("s", "a", *shapes, Element(out_bits, signed=True), form, (2, 2), (2, 2))
        else:
            stage = Pool("s", "a", *shapes, form, (2, 2), (2, 2), np.zeros(channels, np.bool_))
        unit = PoolPlan(
            name="u", stage="s", taps=taps, elements=elements, bits=bits, signed=signed,
            total=total, in_bits=elements * bits + 1, out_bits=elements * out_bits,
        )  # fmt: skip
        yield Sample(unit, {"s": stage}, 1)
