"""Matrix unit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hwgen.families.fabric import Fabric
from hwgen.network import Matrix, Pool, Stage
from hwgen.plan.products import Products, multiplier_cells
from hwgen.plan.units.base import Buffer, Pair, UnitBase, lone_registers
from hwgen.plan.weight_columns import changing_bits, lookup_cells
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.count_cells import carry_chains
from hwgen.sizes.element_cells import element_cells, end_cells
from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.features import (
    Features,
    counter_bits,
    counters_of,
    fifo_features,
    fifo_memories,
    rom_features,
)
from hwgen.sizes.folded_weights import fold_weights
from hwgen.sizes.integer_cells import integer_features
from hwgen.sizes.memory_map import Memory
from hwgen.sizes.multipliers import CELL_STAGES
from hwgen.sizes.split_bias import added_bits
from hwgen.sizes.spram import spram_chips
from hwgen.sizes.streamed import streamed_bits
from hwgen.sizes.tables import CLEARED_WORDS, Table, table_of

__all__ = ["MatrixPlan"]


@dataclass(frozen=True, kw_only=True)
class MatrixPlan(UnitBase):
    """Matrix unit; ``pool`` names the pool stage joined to it, if any.

    ``storage`` is where its weights, of ``weight_bits`` bits each, lie, or with ``index_bits``
    their indices, which a table of each lane looks up. Where ``depthwise`` each of the ``pe``
    output lanes reads a channel of its own of the ``group`` that a word has, and patches come once,
    not again for each neuron fold.
    """

    pe: int
    group: int
    taps: Pair
    block: Pair
    stride: Pair
    dilation: Pair
    neuron_fold: int
    synapse_fold: int
    blocks: Pair
    pool: str | None
    zero_flags: bool
    pipeline: int
    depth: int
    storage: WeightStorage = WeightStorage.MEMORY
    weight_bits: int = 1
    index_bits: int = 0
    depthwise: bool = False
    hold: int = 1
    """Pixels, one after another, that meet each weight word; 1 has blocks of pixels instead."""
    products: Products = Products.LOGIC
    """What multiplies."""

    @property
    def stored_bits(self) -> int:
        """Bits of a weight where it lies."""
        return self.index_bits or self.weight_bits

    @property
    def word_bits(self) -> int:
        """Bits of weights that are read in a cycle."""
        return self.pe * self.simd * self.stored_bits

    @property
    def simd(self) -> int:
        """Input lanes of each output lane."""
        return self.taps[0] * self.taps[1] * self.lane_group

    @property
    def lane_group(self) -> int:
        """Channels of a patch pixel that an output lane reads."""
        return 1 if self.depthwise else self.group

    @property
    def pixels(self) -> int:
        """Output pixels that share one weight read."""
        return self.block[0] * self.block[1]

    @property
    def latency(self) -> int:
        """Cycles from the last patch of an output to its ``valid``."""
        return 3 + self.pipeline + (self.hold > 1)

    @staticmethod
    def full_rate_depth(synapse_fold: int, pipeline: int, hold: int = 1) -> int:
        """Words of output FIFO with which credits never limit the rate."""
        if hold > 1:
            return 5 + pipeline
        return max(2, ceil((4 + pipeline) / synapse_fold))

    @property
    def external(self) -> bool:
        """Whether its weights come in anew for each frame."""
        return self.storage == WeightStorage.EXTERNAL

    @property
    def inputs(self) -> dict[str, int]:
        """Patches, and weights where they come from outside."""
        weights = (
            {"i_weights": streamed_bits(self.word_bits, self.weight_reads)} if self.external else {}
        )
        return {"i": self.in_bits} | weights

    @property
    def weight_rounds(self) -> int:
        """How often it reads each of its weight words for a frame."""
        return prod(self.blocks) // self.hold

    @property
    def weight_reads(self) -> int:
        """Weight words that it reads for a frame."""
        return self.weight_rounds * self.weight_words

    def words_given(self, taken: Mapping[str, int]) -> dict[str, int] | None:
        """As `words_out` of the patches, beside the weights that go with them."""
        if self.external and taken["i_weights"] != self.weight_reads:
            return None
        given = self.words_out(taken["i"])
        return None if given is None else {"o": given}

    @property
    def passes_ready(self) -> bool:
        """Its output FIFO lies between both sides."""
        return False

    def words_out(self, words: int) -> int | None:
        """A word for each neuron fold of a block."""
        out = prod(self.blocks) * self.neuron_fold
        return out if words == out * self.synapse_fold else None

    @property
    def buffer(self) -> Buffer:
        """Words of its output FIFO."""
        return Buffer(self.name, "fifo", self.depth, 1, self.out_bits)

    def resized(self, size: int) -> Self:
        """With so many words of output FIFO."""
        return replace(self, depth=size)

    @property
    def weight_words(self) -> int:
        """Words of its weights."""
        return self.neuron_fold * self.synapse_fold

    @property
    def sprams(self) -> int:
        """Those that its weights lie in."""
        return spram_chips(self.word_bits) if self.storage == WeightStorage.SPRAM else 0

    @property
    def load_words(self) -> int:
        """Its weights, where they lie in SPRAM."""
        return self.weight_words * self.sprams

    def sizes(self, stage: Matrix, family: Fabric) -> ElementSizes:
        """Kind and widths of its elements."""
        return ElementSizes(
            counting=family.counting,
            bits=stage.in_element.bits,
            bipolar=stage.in_element.bipolar,
            signed_input=stage.in_element.signed,
            weight_bits=stage.weight_bits,
            bipolar_weights=stage.weight_element.bipolar,
            zero_flags=self.zero_flags,
            products=self.synapse_fold * self.simd,
            acc_min=stage.acc_min,
            acc_max=stage.acc_max,
            thresholds=stage.thresholds is not None,
            multiplier=family.multiplier if self.products == Products.DSP else None,
        )

    def multipliers(self, stages: Mapping[str, Stage], family: Fabric) -> int:
        """Those of all its elements, where they multiply."""
        if self.products != Products.DSP:
            return 0
        cells = multiplier_cells(self.stage_of(stages, Matrix), self.simd, family)
        assert cells is not None, self.name
        return self.pe * self.pixels * cells

    def element_sizes(self, stage: Matrix, family: Fabric) -> ElementSizes:
        """Those of elements that leave it to others to add their sums up, if they do."""
        sizes = self.sizes(stage, family)
        return sizes if self.hold == 1 else sizes.partial(self.simd)

    def folded(self, stage: Matrix) -> NDArray[np.integer[Any]]:
        """Weights in the order in which it reads them: (neuron_fold, synapse_fold, pe, simd)."""
        return fold_weights(stage.weights, pe=self.pe, taps=self.taps, group=self.lane_group)

    def weight_table(self, stage: Matrix, family: Fabric) -> Table:
        """Weights, ``pe * simd`` of them a word."""
        sizes = self.element_sizes(stage, family)
        if sizes.kind == "pixel":
            coded = sizes.coded_weights(self.folded(stage))
            return table_of(coded.reshape(self.weight_words, -1))
        # Each bit of a lane has a column of its own, negated or not: columns that change can be
        # counted without folding, which a search that tries many foldings is glad of.
        fold = (self.pe, self.taps, self.lane_group)
        return Table(self.weight_words, changing_bits(stage, *fold, self.index_bits))

    def threshold_table(self, stage: Matrix, pool: Pool | None, family: Fabric) -> Table:
        """Limits of its own count, and which channels are joined by AND; a word each fold.

        No columns where there is nothing to compare with and nothing to start from.
        """
        sizes = self.sizes(stage, family)
        by_fold = (self.neuron_fold, self.pe)
        thresholds = stage.thresholds
        if thresholds is None and not sizes.biased:
            return Table(self.neuron_fold, 0)
        if thresholds is not None:
            thresholds = thresholds.reshape(by_fold)
        weights = self.folded(stage) if sizes.kind == "pixel" else np.empty(0, np.uint8)
        if self.hold > 1:
            starts = sizes.coded_starts(weights, thresholds)
            columns = [starts >> bit & 1 for bit in range(sizes.start_bits)]
            return table_of(np.stack(columns, axis=-1).reshape(self.neuron_fold, -1))
        limits = sizes.coded_limits(weights, thresholds)
        columns = [limits >> bit & 1 for bit in range(sizes.limit_bits)]
        # Cycles that begin no sum have a bias of zero.
        rest = sizes.kind == "counter" and self.neuron_fold > CLEARED_WORDS
        if pool is not None and pool.minimum.any():
            columns.append(pool.minimum.reshape(by_fold).astype(np.int64))
        words = np.stack(columns, axis=-1).reshape(self.neuron_fold, -1)
        return table_of(np.vstack([words, np.zeros_like(words[:rest])]))

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """Thresholds, weights, and its output FIFO."""
        stage, pool = self.stage_of(stages, Matrix), self.pool_of(stages)
        found = self.threshold_table(stage, pool, family).memories()
        if self.storage not in (WeightStorage.SPRAM, WeightStorage.EXTERNAL):
            found += self.weight_table(stage, family).memories()
        if self.hold > 1 and self.synapse_fold > 1:
            width = self.pe * self.sizes(stage, family).start_bits
            found.append(Memory(max(2, self.hold), width, "rows"))
        return found + fifo_memories(self.depth, self.out_bits)

    @property
    def kind(self) -> str:
        """Those of weights of one bit are one, all others another."""
        return "matrix" if self.weight_bits == 1 else "integer matrix"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Counters, elements, and what shares their inputs; tables that are logic, and the FIFO."""
        stage, pool = self.stage_of(stages, Matrix), self.pool_of(stages)
        sizes = self.element_sizes(stage, family)
        kind, bits = sizes.kind, sizes.bits
        elements = self.pe * self.pixels
        # Elements that read the same inputs share what is made of them.
        inputs = elements if self.depthwise else self.pixels
        weights = self.weight_table(stage, family)
        limits = self.threshold_table(stage, pool, family)
        if self.storage in (WeightStorage.SPRAM, WeightStorage.EXTERNAL):
            weights = Table(weights.words, 0)
        found: Features = {
            "one": 1,
            **counters_of(self.synapse_fold, weights.words, self.neuron_fold),
            "control": self.pipeline,
            "pool": self.pe * (pool is not None) * (1 + bool(pool and pool.minimum.any())),
            "load": self.sprams,
        }
        if sizes.bipolar_weights:
            cells = element_cells(
                sizes, simd=self.simd, pipeline=self.pipeline, constant=self.weight_words == 1
            )
            found |= {f"{kind} elements": elements * cells, f"{kind} outputs": elements}
        else:
            found |= self._integer_features(stage, sizes, family)
        if kind == "counter":
            if sizes.biased:
                # Accumulator, and the adder ahead of it.
                added = added_bits(
                    simd=self.simd,
                    limit_bits=sizes.limit_bits,
                    synapse_fold=self.synapse_fold,
                    neuron_fold=self.neuron_fold,
                    pixels=self.pixels,
                    pipeline=self.pipeline,
                )
                ahead = sizes.limit_bits if added is None else added + 1
                found["counter biases"] = elements * (ahead + sizes.limit_bits)
            else:
                found["counter scores"] = elements * (sizes.acc_bits + end_cells(sizes))
        if kind == "carry":
            found["chains"] = elements * carry_chains(self.simd, self.pipeline)
        if kind == "pixel":
            found["pairs"] = inputs * (self.simd // 2) * 2 * (bits + 1)
            found["odd pixels"] = inputs * (self.simd % 2) * bits
        if kind == "binary":
            found["patch"] = self.in_bits
        if self.external:
            found["streamed"] = 4 + lone_registers(self.word_bits * (kind != "counter"), family)
        if self.hold > 1:
            # Start or sum so far, and the adder, for each output lane.
            found["sums"] = 2 * self.pe * self.sizes(stage, family).start_bits
            found["pixels"] = 3 * counter_bits(self.hold)
        for table in (weights, limits):
            for key, amount in rom_features(table, family).items():
                found[key] = found.get(key, 0) + amount
        return found | fifo_features(self.depth, self.out_bits, family)

    def _integer_features(self, stage: Matrix, sizes: ElementSizes, family: Fabric) -> Features:
        """Elements that multiply, and the registers ahead of them."""
        ones = None
        if self.weight_words == 1:
            ones = float(sizes.coded_weights(stage.weights).sum()) / stage.weights.size
        element = integer_features(
            sizes, simd=self.simd, pipeline=self.pipeline, ones=ones,
            accumulates=self.synapse_fold > 1 and self.hold == 1,
        )  # fmt: skip
        elements = self.pe * self.pixels
        held, books = self.in_bits, 0.0
        if self.index_bits:
            books = self.pe * self.simd * lookup_cells(stage, self.index_bits)
        if self.pipeline >= CELL_STAGES:
            # Registers of weights that are looked up have their LUTs ahead of them.
            weights = 0 if self.index_bits else self.word_bits
            held += self.in_bits + weights + self.pe * sizes.limit_bits * sizes.biased
        return {
            **{key: elements * amount for key, amount in element.items()},
            **({"code books": books} if books else {}),
            "outputs": elements,
            "registers": lone_registers(held, family),
        }

    def pool_of(self, stages: Mapping[str, Stage]) -> Pool | None:
        """The pool joined to it."""
        pool = stages[self.pool] if self.pool else None
        assert pool is None or isinstance(pool, Pool), pool
        return pool
