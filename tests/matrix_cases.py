# amaranth: UnusedElaboratable=no
# (units are made for their parameters alone, too)
"""Matrix units with random weights and patches, and what the contract says comes out."""

from itertools import product
from math import ceil
from typing import Any

import numpy as np

from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.sizes.multipliers import MULTIPLIERS
from tests.rtl_bench import check, join
from tests.timing_reference import Fold

__all__ = ["CASES", "LAID_OUT", "Case"]

FULL_DEPTH = -1


class Case:
    """Random weights and patches of a folding, and what the contract says comes out.

    ``element`` is "bipolar", "flags" (bipolar with true zeros), "pixels" or "levels" (signed).
    ``out`` is "scores", "bits", "or" (fused pool) or "mixed" (fused pool with some AND channels).
    Weights of more than one bit are integers.
    """

    def __init__(
        self,
        element: str,
        out: str,
        *,
        folds: tuple[int, int] = (2, 3),
        pe: int = 1,
        group: int = 1,
        taps: tuple[int, int] = (1, 1),
        block: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        bits: int = 1,
        pipeline: int = 1,
        depth: int = FULL_DEPTH,
        blocks: int = 12,
        seed: int = 0,
        counting: str = "binary",
        depthwise: bool = False,
        weight_bits: int = 1,
        multiplier: str | None = None,
    ):
        self.multiplier = multiplier
        self.depthwise, self.weight_bits = depthwise, weight_bits
        group = pe if depthwise else group
        self.counting = counting
        rng = np.random.default_rng(seed)
        nf, sf = folds
        self.folds, self.pe, self.group, self.taps = folds, pe, group, taps
        self.block, self.stride, self.dilation, self.bits = block, stride, dilation, bits
        self.element, self.out, self.pipeline = element, out, pipeline
        self.depth = max(2, ceil((4 + pipeline) / sf)) if depth == FULL_DEPTH else depth
        self.rows = stride[0] * (block[0] - 1) + dilation[0] * (taps[0] - 1) + 1
        self.columns = stride[1] * (block[1] - 1) + dilation[1] * (taps[1] - 1) + 1
        weights = (
            [-1, 1] if weight_bits == 1 else np.arange(-1 << weight_bits - 1, 1 << weight_bits - 1)
        )
        self.signs = rng.choice(weights, (nf, sf, pe, *taps, 1 if depthwise else group))
        # The sums of these two channels reach the ends of the range.
        self.signs[-1, :, -1], self.signs[0, :, 0] = weights[0], weights[-1]

        # Patches: the first blocks hold the lowest value only, then the highest only.
        words = nf * sf if depthwise else sf
        shape = (blocks, words, self.rows, self.columns, group)
        self.low, self.high = {
            "bipolar": (-1, 1),
            "flags": (-1, 1),
            "pixels": (0, (1 << bits) - 1),
            "levels": (-(1 << bits - 1), (1 << bits - 1) - 1),
        }[element]
        step = self.high - self.low if element in ("bipolar", "flags") else 1
        self.x = rng.choice(np.arange(self.low, self.high + 1, step), shape)
        self.x[0], self.x[1] = self.low, self.high
        self.zero = np.zeros(shape[:-1], np.bool_)
        if element == "flags":
            self.zero = rng.random(shape[:-1]) < 0.3
            self.zero[:2], self.zero[2] = False, True
        self.dots = self.products()

        ends = [self.signs * a for a in (self.low, self.high)]
        sums = [e.sum(axis=(1, 3, 4, 5)) for e in (np.minimum(*ends), np.maximum(*ends))]
        self.acc_min, self.acc_max = int(sums[0].min()), int(sums[1].max())
        self.thresholds = self.minimum = None
        if out != "scores":
            self.thresholds = self.chosen_thresholds(rng, seed)
        if out == "mixed":
            self.minimum = (np.arange(nf * pe).reshape(nf, pe) + seed) % 2 == 0

    def products(self) -> np.ndarray:
        """Dot products (block, neuron fold, block row, block column, lane), term by term."""
        nf, sf = self.folds
        dots = np.zeros((len(self.x), nf, *self.block, self.pe), np.int64)
        x = np.where(self.zero[..., None], 0, self.x)
        for index in np.ndindex(dots.shape):
            k, n, dy, dx, lane = index
            for s, ty, tx, c in product(*map(range, (sf, *self.signs.shape[3:]))):
                at, channel = (n * sf + s, lane) if self.depthwise else (s, c)
                row = self.stride[0] * dy + self.dilation[0] * ty
                column = self.stride[1] * dx + self.dilation[1] * tx
                pixel = x[k, at, row, column, channel]
                dots[index] += pixel * self.signs[n, s, lane, ty, tx, c]
        return dots

    def chosen_thresholds(self, rng: np.random.Generator, start: int) -> np.ndarray:
        """Ties and their neighbours, always, never and the middle, in turn over the channels."""
        limits = np.zeros((self.folds[0], self.pe), np.int64)
        for channel, (n, lane) in enumerate(np.ndindex(limits.shape)):
            hit = int(rng.choice(self.dots[:, n, :, :, lane].ravel()))
            middle = int(np.median(self.dots[:, n, :, :, lane]))
            choices = (hit, self.acc_max + 1, hit + 1, middle, self.acc_min, hit - 1, self.acc_max)
            limits[n, lane] = choices[(channel + start) % len(choices)]
        return limits.clip(self.acc_min, self.acc_max + 1)

    def parameters(self) -> MatrixParameters:
        nf, sf = self.folds
        bipolar = self.weight_bits == 1
        weights = (self.signs > 0).astype(np.uint8) if bipolar else self.signs
        return MatrixParameters(
            weights=weights.reshape(nf, sf, self.pe, -1),
            group=self.group,
            depthwise=self.depthwise,
            taps=self.taps,
            block=self.block,
            stride=self.stride,
            dilation=self.dilation,
            bits=self.bits,
            bipolar=self.element in ("bipolar", "flags"),
            signed_input=self.element == "levels",
            zero_flags=self.element == "flags",
            acc_min=self.acc_min,
            acc_max=self.acc_max,
            thresholds=self.thresholds,
            fused_pool=self.out in ("or", "mixed"),
            minimum=self.minimum,
            pipeline=self.pipeline,
            depth=self.depth,
            counting=self.counting,
            weight_bits=self.weight_bits,
            multiplier=self.multiplier,
            bipolar_weights=bipolar,
        )

    def component(self) -> MatrixUnit:
        return MatrixUnit(parameters=self.parameters(), model=True)

    def words(self) -> list[int]:
        """Input words: the patches of a block, once for each neuron fold; or each once."""
        x = self.x if self.element in ("pixels", "levels") else (self.x > 0).astype(int)
        words = []
        for k, n, s in product(*map(range, (len(x), *self.folds))):
            s += n * self.folds[1] if self.depthwise else 0
            word = join(x[k, s].ravel(), self.bits)
            if self.element == "flags":
                word |= join(self.zero[k, s].ravel(), 1) << x[k, s].size
            words.append(word)
        return words

    def expected(self) -> list[int]:
        nf = self.folds[0]
        if self.thresholds is None:
            # As wide as the ends of the range need, two's complement.
            bits = next(
                n
                for n in range(1, 64)
                if -(1 << n - 1) <= self.acc_min and self.acc_max < 1 << n - 1
            )
            return [join(fold.ravel(), bits) for block in self.dots for fold in block]
        words = []
        for block, n in product(self.dots, range(nf)):
            fires = block[n] >= self.thresholds[n]
            if self.out == "bits":
                words.append(join(fires.ravel(), 1))
                continue
            lanes = fires.reshape(-1, self.pe).T
            ands = self.minimum[n] if self.minimum is not None else [False] * self.pe
            joined = [x.all() if a else x.any() for x, a in zip(lanes, ands, strict=True)]
            words.append(join(joined, 1))
        return words

    def run(self, pattern, **options):
        rule = Fold(self.folds[1], latency=3 + self.pipeline, depth=self.depth)
        return check(self.component(), self.words(), self.expected(), rule, pattern, **options)


CASES = {
    "least_bits": Case("bipolar", "bits", folds=(1, 1), blocks=30),
    "least_scores": Case("bipolar", "scores", folds=(1, 1), pipeline=0),
    "least_flags": Case("flags", "bits", folds=(1, 1), seed=1, pipeline=2, blocks=30),
    "least_pixels": Case("pixels", "scores", folds=(1, 1), bits=8, pipeline=2),
    "unfolded": Case("bipolar", "bits", folds=(1, 1), pe=8, group=9, taps=(1, 2), pipeline=2),
    "many_neurons": Case("bipolar", "bits", folds=(7, 1), pe=1, group=13, seed=2, depth=5),
    "many_synapses": Case("bipolar", "bits", folds=(1, 9), pe=7, group=1, seed=3, blocks=6),
    "odd_products": Case("bipolar", "bits", folds=(3, 3), pe=3, group=5, seed=4, pipeline=0),
    "scores_of_odd_products": Case("bipolar", "scores", folds=(2, 3), pe=3, group=7, depth=1),
    "scores_of_blocks": Case(
        "bipolar", "scores", pe=2, group=2, taps=(1, 3), block=(2, 2), pipeline=2, depth=1
    ),
    "block": Case(
        "bipolar", "bits", pe=2, group=2, taps=(3, 3), block=(2, 3), stride=(1, 1), folds=(2, 1)
    ),
    "block_stride": Case(
        "bipolar", "bits", pe=4, group=3, taps=(1, 2), block=(2, 2), stride=(2, 3), seed=5
    ),
    "block_dilated": Case(
        "bipolar", "bits", pe=2, group=2, taps=(2, 3), block=(2, 2), dilation=(3, 2), seed=16
    ),
    "dilated_flags": Case("flags", "scores", pe=2, group=3, taps=(3, 1), dilation=(2, 1), seed=17),
    "block_wide": Case("flags", "bits", pe=3, group=2, block=(1, 3), stride=(2, 2), seed=6),
    "block_flags_scores": Case(
        "flags", "scores", pe=2, group=3, taps=(2, 1), block=(2, 1), pipeline=0, depth=3
    ),
    "flags": Case("flags", "bits", pe=4, group=4, taps=(1, 3), folds=(2, 2), seed=7),
    "flags_scores": Case("flags", "scores", pe=1, group=8, folds=(3, 1), pipeline=2),
    "pool_or": Case("bipolar", "or", pe=7, group=4, block=(2, 2), taps=(1, 3), seed=8, depth=1),
    "pool_mixed": Case("bipolar", "mixed", pe=4, group=3, block=(2, 2), folds=(2, 1), seed=9),
    "pool_mixed_constant": Case(
        "flags", "mixed", pe=7, group=2, taps=(3, 1), block=(3, 1), folds=(1, 2), seed=10
    ),
    "pool_of_pixels": Case(
        "pixels", "mixed", bits=8, pe=5, group=3, taps=(1, 3), block=(2, 2), pipeline=2, seed=11
    ),
    "pool_of_levels": Case(
        "levels", "or", bits=6, pe=3, group=1, taps=(3, 3), block=(1, 2), folds=(2, 1), pipeline=0
    ),
    "pixels": Case("pixels", "bits", bits=8, pe=4, group=3, taps=(1, 3), folds=(2, 3), seed=12),
    "pixels_scores": Case("pixels", "scores", bits=8, pe=2, group=5, folds=(2, 2), pipeline=0),
    "levels": Case("levels", "bits", bits=9, pe=7, group=3, folds=(1, 3), pipeline=2, seed=13),
    "levels_scores": Case("levels", "scores", bits=5, pe=3, group=2, block=(2, 1), depth=2),
    "deep_flags": Case("flags", "or", pe=3, group=2, block=(1, 2), pipeline=3, seed=14),
    "deep_pixels": Case(
        "pixels", "mixed", bits=8, pe=3, group=3, block=(2, 2), pipeline=3, seed=15
    ),
    "deep_scores": Case("pixels", "scores", bits=8, pe=2, group=5, folds=(2, 1), pipeline=3),
    "levels_of_one_bit": Case("levels", "bits", bits=1, pe=3, group=4, folds=(2, 2), depth=7),
}

LAID_OUT = ("counter", "carry")
FABRIC_CASES = {
    "least_bits": {"out": "bits", "folds": (1, 1), "blocks": 30},
    "least_scores": {"out": "scores", "folds": (1, 1), "pipeline": 0},
    "unfolded": {"out": "bits", "folds": (1, 1), "pe": 5, "group": 9, "taps": (1, 2)},
    "odd_products": {"out": "bits", "folds": (3, 3), "pe": 3, "group": 5, "pipeline": 0},
    "all_ones": {"out": "bits", "folds": (7, 1), "pe": 2, "group": 7, "seed": 4, "depth": 5},
    "wide": {"out": "or", "pe": 2, "group": 33, "block": (2, 2), "pipeline": 2, "blocks": 6},
    "scores": {"out": "scores", "pe": 2, "group": 31, "block": (1, 2), "pipeline": 2, "blocks": 6},
    "deep": {"out": "mixed", "pe": 2, "group": 9, "block": (2, 2), "folds": (3, 2), "pipeline": 3},
    "deep_scores": {"out": "scores", "pe": 3, "group": 5, "folds": (4, 1), "pipeline": 3},
    "deep_unfolded": {"out": "bits", "folds": (1, 1), "pe": 3, "group": 11, "pipeline": 3},
    "pool_mixed": {"out": "mixed", "pe": 4, "group": 3, "block": (2, 2), "folds": (3, 2)},
    "pool_mixed_in_turn": {"out": "mixed", "pe": 3, "group": 3, "block": (1, 2), "folds": (3, 2)},
    "pool_unfolded": {"out": "mixed", "pe": 3, "group": 8, "block": (1, 2), "folds": (4, 1)},
    "pool_at_once": {
        "out": "mixed",
        "pe": 2,
        "group": 4,
        "block": (1, 2),
        "folds": (3, 1),
        "pipeline": 0,
    },
    "pool_late": {
        "out": "mixed",
        "pe": 2,
        "group": 4,
        "block": (1, 2),
        "folds": (3, 1),
        "pipeline": 2,
    },
    # Biases parted over the first three counts of a sum.
    "parted_at_once": {"out": "mixed", "pe": 2, "group": 5, "block": (2, 2), "folds": (3, 3),
                       "pipeline": 0, "blocks": 8},
    "parted": {"out": "mixed", "pe": 3, "group": 8, "block": (2, 2), "folds": (2, 4), "blocks": 8},
    "parted_late": {"out": "mixed", "pe": 2, "group": 4, "block": (2, 2), "folds": (5, 3),
                    "pipeline": 2, "blocks": 8},
    "parted_alone": {"out": "or", "pe": 2, "group": 2, "block": (2, 2), "folds": (1, 5)},
    # More than `CLEARED_WORDS`.
    "many_folds": {
        "out": "mixed",
        "pe": 2,
        "group": 3,
        "block": (1, 2),
        "folds": (40, 2),
        "blocks": 3,
    },
    "many_folds_at_once": {"out": "bits", "pe": 2, "group": 3, "folds": (40, 1), "blocks": 3},
}  # fmt: skip
CASES |= {
    f"{counting}_{name}": Case("bipolar", counting=counting, **options)
    for counting in LAID_OUT
    for name, options in FABRIC_CASES.items()
}
DEPTHWISE_CASES: dict[str, dict[str, Any]] = {
    "bits": {"element": "bipolar", "out": "bits", "pe": 3, "taps": (3, 3), "folds": (4, 1)},
    "least": {"element": "bipolar", "out": "scores", "folds": (1, 1), "pipeline": 0},
    "rows": {"element": "bipolar", "out": "mixed", "pe": 2, "taps": (1, 3), "block": (2, 2),
             "folds": (2, 3), "pipeline": 2},
    "flags": {"element": "flags", "out": "bits", "pe": 2, "taps": (2, 2), "folds": (3, 1)},
    "pixels": {"element": "pixels", "out": "or", "bits": 8, "pe": 3, "taps": (3, 3),
               "block": (1, 2), "folds": (1, 1)},
    "levels": {"element": "levels", "out": "scores", "bits": 5, "pe": 2, "taps": (3, 1),
               "folds": (2, 1), "pipeline": 3},
}  # fmt: skip
CASES |= {
    f"{counting}_depthwise_{name}": Case(**options, counting=counting, depthwise=True)
    for counting in ("binary", *LAID_OUT)
    for name, options in DEPTHWISE_CASES.items()
}
CASES |= {
    f"{counting}_{element}": Case(element, "bits", pe=2, group=3, bits=bits, counting=counting)
    for counting in LAID_OUT
    for element, bits in (("flags", 1), ("levels", 4))
}
# Products in cells: one a cell or two, an odd number of them, one alone, and none to share; their
# own registers right behind the memories, or more ahead of them.
MULTIPLIED: dict[str, dict[str, Any]] = {
    "bits": {"element": "levels", "out": "bits", "bits": 9, "pe": 2, "group": 3},
    "scores": {"element": "pixels", "out": "scores", "bits": 8, "group": 2, "taps": (1, 3)},
    "odd": {"element": "levels", "out": "mixed", "bits": 5, "pe": 2, "group": 3, "block": (2, 2)},
    "one": {"element": "pixels", "out": "bits", "bits": 8, "pe": 2, "folds": (2, 1)},
    "depthwise": {"element": "levels", "out": "bits", "bits": 4, "pe": 2, "taps": (2, 2),
                  "depthwise": True},
}  # fmt: skip
CASES |= {
    f"{multiplier}_{name}{late}": Case(
        **options, weight_bits=6, pipeline=pipeline, multiplier=multiplier
    )
    for multiplier in MULTIPLIERS
    for name, options in MULTIPLIED.items()
    for pipeline, late in ((3, ""), (4, "_late"))
}
