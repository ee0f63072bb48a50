"""Folding and constants of a matrix unit, in plain integers and arrays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from hwgen.families.fabric import Counting, MultiplierName
from hwgen.sizes.code_book import coded_indices
from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.multipliers import CELL_STAGES
from hwgen.sizes.split_bias import added_bits

__all__ = ["COUNTING", "MatrixParameters"]

COUNTING = get_args(Counting)


@dataclass(frozen=True, kw_only=True, eq=False)
class MatrixParameters:
    """What a `MatrixUnit` is built from.

    Parameters
    ----------
    weights : uint8 or int64 (neuron_fold, synapse_fold, pe, simd)
        0 for -1, 1 for +1 with ``bipolar_weights``, else two's complement of ``weight_bits``; lanes
        of a word in the order (tap row, tap column, channel).
    group : int
        Channels of a patch pixel.
    depthwise : bool
        Each of the ``pe`` output lanes reads a channel of its own, of ``group`` equal to ``pe``;
        lanes of a word are the taps.
    taps, block, stride, dilation : (int, int)
        As in `WindowGeometry`; they fix which patch pixel each lane reads.
    bits : int
        Width of an input element; 1 with ``bipolar``.
    bipolar, signed_input : bool
        Format of an input element.
    zero_flags : bool
        Patches carry flags of true-zero pixels (bipolar inputs only).
    acc_min, acc_max : int
        Range of the signed dot product.
    thresholds : int64 (neuron_fold, pe) or None
        The bit is ``dot >= threshold``, threshold in ``[acc_min, acc_max + 1]``; None lets the
        signed dot products leave.
    fused_pool : bool
        Join the block's bits into one pixel.
    minimum : bool (neuron_fold, pe) or None
        Channels joined by AND instead of OR; None for none.
    pipeline : int
        Registers between memories and accumulator: those of the elements (0, 1 or 2; 3 with a
        ``multiplier``), or one more right behind the memories, for fabrics whose memories are slow.
    depth : int
        Words of the output FIFO.
    counting : str
        What matches of bipolar products are counted with, one of `COUNTING`: any logic, counters
        in LUTs, or one carry chain.
    bipolar_weights : bool
        Weights are -1 and +1.
    weight_bits, index_bits : int
        Width of a weight; 1 with ``bipolar_weights``. And of an index in a code book, where
        memory has indices instead of weights; else 0.
    hold : int
        Pixels, one after another, that meet each weight word: 1 in a `MatrixUnit`, more in a
        `StationaryUnit`.
    multiplier : str or None
        Cell that makes products of inputs and weights that are both integers; it has registers
        that ask for a ``pipeline`` of 3 or 4. By default logic multiplies.
    """

    weights: NDArray[np.integer[Any]]
    group: int
    depthwise: bool = False
    taps: tuple[int, int] = (1, 1)
    block: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    bits: int = 1
    bipolar: bool = True
    signed_input: bool = False
    zero_flags: bool = False
    acc_min: int
    acc_max: int
    thresholds: NDArray[np.int64] | None
    fused_pool: bool = False
    minimum: NDArray[np.bool_] | None = None
    pipeline: int = 1
    depth: int = 2
    counting: Counting = "binary"
    bipolar_weights: bool = True
    weight_bits: int = 1
    index_bits: int = 0
    hold: int = 1
    multiplier: MultiplierName | None = None

    def __post_init__(self):
        """Reject constants that do not fit each other."""
        if self.weights.ndim != 4 or not self.weights.size:
            raise ValueError(
                f"weights must have four dimensions, none of them 0, "
                f"not shape {self.weights.shape!r}"
            )
        for name in ("group", "bits", "depth", "weight_bits", "hold"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("taps", "block", "stride", "dilation"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        if self.hold > 1 and (self.depthwise or self.taps != (1, 1) or self.block != (1, 1)):
            raise ValueError("hold must be 1 where depthwise, or of several taps or pixels a block")
        if self.depthwise and self.group != self.pe:
            raise ValueError(f"group must be pe {self.pe!r} if depthwise, not {self.group!r}")
        lanes = self.taps[0] * self.taps[1] * (1 if self.depthwise else self.group)
        if self.simd != lanes:
            raise ValueError(f"weights must have {lanes} input lanes, not {self.simd!r}")
        if self.bipolar and self.bits != 1:
            raise ValueError(f"bits must be 1 for bipolar inputs, not {self.bits!r}")
        if self.bipolar_weights and self.weight_bits != 1:
            raise ValueError(f"weight_bits must be 1 for bipolar weights, not {self.weight_bits!r}")
        if not 0 <= self.index_bits < self.weight_bits:
            raise ValueError(f"index_bits must be below weight_bits, not {self.index_bits!r}")
        if self.zero_flags and not self.bipolar:
            raise ValueError("zero_flags must be False for inputs that are not bipolar")
        if self.acc_min > self.acc_max:
            raise ValueError(
                f"acc_min must be at most acc_max {self.acc_max!r}, not {self.acc_min!r}"
            )
        if self.counts and max(-self.acc_min, self.acc_max) > self.products:
            raise ValueError(
                f"acc_min and acc_max must lie within {self.products} of 0 for bipolar products, "
                f"not {self.acc_min!r} and {self.acc_max!r}"
            )
        if self.fused_pool and self.thresholds is None:
            raise ValueError("fused_pool must be False for a unit without thresholds")
        for name in ("thresholds", "minimum"):
            array = getattr(self, name)
            if array is not None and array.shape != (self.neuron_fold, self.pe):
                raise ValueError(
                    f"{name} must have shape {(self.neuron_fold, self.pe)!r}, not {array.shape!r}"
                )
        if self.thresholds is not None:
            for limit in (int(self.thresholds.min()), int(self.thresholds.max())):
                if not self.acc_min <= limit <= self.acc_max + 1:
                    raise ValueError(
                        f"thresholds must lie in [{self.acc_min}, {self.acc_max + 1}], "
                        f"not {limit!r}"
                    )
        if self.multiplier is None and self.pipeline not in range(4):
            raise ValueError(f"pipeline must be 0, 1, 2 or 3, not {self.pipeline!r}")
        if self.multiplier is not None and self.pipeline != CELL_STAGES + self.slow_memories:
            raise ValueError(f"pipeline must be 3 or 4 with a multiplier, not {self.pipeline!r}")
        if self.multiplier is not None and (self.bipolar or self.bipolar_weights):
            raise ValueError("multiplier must be None for inputs or weights that are bipolar")
        if self.counting not in COUNTING:
            raise ValueError(
                f"counting must be one of {', '.join(COUNTING)}, not {self.counting!r}"
            )

    @cached_property
    def sizes(self) -> ElementSizes:
        """Kind and widths of the elements."""
        return ElementSizes(
            counting=self.counting,
            bits=self.bits,
            bipolar=self.bipolar,
            signed_input=self.signed_input,
            weight_bits=self.weight_bits,
            bipolar_weights=self.bipolar_weights,
            zero_flags=self.zero_flags,
            products=self.products,
            acc_min=self.acc_min,
            acc_max=self.acc_max,
            thresholds=self.thresholds is not None,
            multiplier=self.multiplier,
        )

    @cached_property
    def element_sizes(self) -> ElementSizes:
        """Those of the elements alone, where they do not keep their sums."""
        return self.sizes if self.hold == 1 else self.sizes.partial(self.simd)

    @property
    def counts(self) -> bool:
        """Whether products are bipolar, so that elements count matches."""
        return self.sizes.counts

    @property
    def element(self) -> str:
        """Kind of processing element: "integer", "dsp", "pixel", "binary", "counter" or "carry"."""
        return self.sizes.kind

    @property
    def slow_memories(self) -> bool:
        """Whether patches and weights have a register ahead of the elements; cells have one."""
        return self.pipeline == (3 if self.multiplier is None else CELL_STAGES + 1)

    @property
    def biased(self) -> bool:
        """Whether sums start from a bias, below zero by the threshold, instead of zero."""
        return self.sizes.biased

    @property
    def added_bits(self) -> int | None:
        """Bits of a bias that are added to counts; None where a bias is not parted."""
        if self.element != "counter" or not self.biased:
            return None
        return added_bits(
            simd=self.simd,
            limit_bits=self.limit_bits,
            synapse_fold=self.synapse_fold,
            neuron_fold=self.neuron_fold,
            pixels=self.pixels,
            pipeline=self.pipeline,
        )

    @property
    def neuron_fold(self) -> int:
        """Output words of a block."""
        return self.weights.shape[0]

    @property
    def synapse_fold(self) -> int:
        """Patches of an output word."""
        return self.weights.shape[1]

    @property
    def pe(self) -> int:
        """Output channels of a word."""
        return self.weights.shape[2]

    @property
    def simd(self) -> int:
        """Input lanes."""
        return self.weights.shape[3]

    @property
    def products(self) -> int:
        """Terms of a dot product, padding included."""
        return self.synapse_fold * self.simd

    @property
    def pixels(self) -> int:
        """Pixels of a block."""
        return self.block[0] * self.block[1]

    @property
    def patch(self) -> tuple[int, int]:
        """Rows and columns of a patch."""
        return (
            self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.taps[0] - 1) + 1,
            self.stride[1] * (self.block[1] - 1) + self.dilation[1] * (self.taps[1] - 1) + 1,
        )

    @property
    def patch_pixels(self) -> int:
        """Pixels of a patch."""
        return self.patch[0] * self.patch[1]

    @property
    def patch_bits(self) -> int:
        """Width of an input word."""
        return self.patch_pixels * (self.group * self.bits + self.zero_flags)

    @property
    def acc_bits(self) -> int:
        """Width of an accumulator, in the unit's own count (see `BinaryElement`)."""
        return self.sizes.acc_bits

    @property
    def score_bits(self) -> int:
        """Width of a signed dot product."""
        return self.sizes.score_bits

    @property
    def output_bits(self) -> int:
        """Width of an output word."""
        if self.thresholds is None:
            return self.pixels * self.pe * self.score_bits
        return self.pe * (1 if self.fused_pool else self.pixels)

    def lane_places(self, pixel: int) -> list[int]:
        """Patch pixel that each tap of one block pixel reads, taps in (row, column) order."""
        dy, dx = divmod(pixel, self.block[1])
        return [
            (self.stride[0] * dy + self.dilation[0] * ty) * self.patch[1]
            + (self.stride[1] * dx + self.dilation[1] * tx)
            for ty in range(self.taps[0])
            for tx in range(self.taps[1])
        ]

    def weight_rows(self) -> NDArray[np.uint8]:
        """Contents of the weight memory, one word a step, coded as elements want them, or indices.

        Shape is (words, bytes), the lowest byte first.
        """
        coded = self.element_sizes.coded_weights(self.weights)
        if self.index_bits:
            coded = coded_indices(self.weights, self.index_bits)
        flat = coded.reshape(self.neuron_fold * self.synapse_fold, self.word_bits)
        return np.packbits(flat.astype(np.uint8, copy=False), axis=1, bitorder="little")

    def weight_words(self) -> list[int]:
        """The same as numbers."""
        return [int.from_bytes(row.tobytes(), "little") for row in self.weight_rows()]

    @property
    def word_bits(self) -> int:
        """Width of a word of the weight memory."""
        return self.pe * self.simd * (self.index_bits or self.weight_bits)

    @property
    def limit_bits(self) -> int:
        """Width of a limit: unsigned beside an unsigned count, else signed, and that of the sum."""
        return self.sizes.limit_bits

    @property
    def threshold_word_bits(self) -> int:
        """Width of a word of the threshold memory: limits, then AND flags."""
        return self.pe * (self.limit_bits + (self.minimum is not None))

    def threshold_words(self) -> list[int]:
        """Contents of the threshold memory: limits on the unit's own count, one word a fold."""
        bits = self.limit_bits
        limits = self.sizes.coded_limits(self.weights, self.thresholds)
        words = []
        for fold, row in enumerate(limits):
            word = sum((int(t) & ((1 << bits) - 1)) << (n * bits) for n, t in enumerate(row))
            if self.minimum is not None:
                word |= _pack(self.minimum[fold]) << (self.pe * bits)
            words.append(word)
        return words

    def start_words(self) -> list[int]:
        """What sums start from that are kept outside the elements, one word a fold."""
        bits = self.sizes.start_bits
        starts = self.sizes.coded_starts(self.weights, self.thresholds)
        return [
            sum((int(t) & ((1 << bits) - 1)) << (n * bits) for n, t in enumerate(row))
            for row in starts
        ]


def _pack(bits: NDArray[np.generic]) -> int:
    return int.from_bytes(np.packbits(bits.astype(np.uint8), bitorder="little").tobytes(), "little")
