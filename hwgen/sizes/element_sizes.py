"""Processing elements of a matrix unit: their kind and widths, and constants as they want them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.families.fabric import Counting, MultiplierName
from hwgen.sizes.pixel_coding import pair_bias, pair_weights

__all__ = ["ElementSizes"]


@dataclass(frozen=True, kw_only=True)
class ElementSizes:
    """What follows for the elements from the numbers that they multiply and sum up.

    Parameters
    ----------
    counting : str
        What matches of bipolar products are counted with: "binary", "counter" or "carry".
    bits : int
        Width of an input element.
    bipolar, signed_input : bool
        Format of an input element.
    weight_bits : int
        Width of a weight.
    bipolar_weights : bool
        Weights are -1 and +1, else two's complement.
    zero_flags : bool
        Inputs carry flags of true zeros.
    products : int
        Terms of a dot product, padding included.
    acc_min, acc_max : int
        Range of the signed dot product.
    thresholds : bool
        Dot products are compared with thresholds, and bits leave.
    multiplier : str or None
        Cell that makes the products of an integer element; by default logic does.
    """

    counting: Counting
    bits: int
    bipolar: bool
    signed_input: bool
    weight_bits: int
    bipolar_weights: bool
    zero_flags: bool
    products: int
    acc_min: int
    acc_max: int
    thresholds: bool
    multiplier: MultiplierName | None = None

    @property
    def counts(self) -> bool:
        """Whether products are bipolar, so that elements count matches."""
        return self.bipolar and self.bipolar_weights

    @property
    def kind(self) -> str:
        """Kind of processing element: "integer", "dsp", "pixel", "binary", "counter" or "carry"."""
        if not self.bipolar_weights:
            return "integer" if self.multiplier is None else "dsp"
        if not self.bipolar:
            return "pixel"
        # Counters and chains know matches, not true zeros.
        return "binary" if self.zero_flags else self.counting

    @property
    def biased(self) -> bool:
        """Whether sums start from a bias, below zero by the threshold, instead of zero."""
        if self.kind in ("counter", "carry", "integer", "dsp"):
            return self.thresholds
        return self.kind == "pixel"

    @property
    def acc_bits(self) -> int:
        """Width of an accumulator, in the unit's own count (see `BinaryElement`)."""
        if self.counts:
            return (self.products * (2 if self.zero_flags else 1)).bit_length()
        return self.score_bits

    @property
    def score_bits(self) -> int:
        """Width of a signed dot product."""
        below = (-self.acc_min - 1).bit_length() if self.acc_min < 0 else 0
        return max(self.acc_max.bit_length(), below) + 1

    @property
    def limit_bits(self) -> int:
        """Width of a limit: unsigned beside an unsigned count, else signed, and that of the sum."""
        if self.kind == "binary":
            # The highest limit, which never fires, is one above the highest count.
            return (self.products * (2 if self.zero_flags else 1) + 1).bit_length()
        return self.acc_bits + self.thresholds

    def partial(self, simd: int) -> "ElementSizes":
        """Sizes of elements that only sum up ``simd`` products, where others add such sums up."""
        inputs = 1 if self.bipolar else 1 << self.bits
        weights = 1 if self.bipolar_weights else 1 << self.weight_bits - 1
        largest = simd * inputs * weights
        return replace(self, products=simd, acc_min=-largest, acc_max=largest, thresholds=False)

    @property
    def start_bits(self) -> int:
        """Width of what a sum of partial sums starts from, two's complement, and of that sum."""
        return self.limit_bits + (self.kind == "binary" and self.thresholds)

    def coded_starts(
        self, weights: NDArray[np.integer[Any]], thresholds: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        """What sums (neuron_fold, pe) of partial sums start from: their sign is the comparison.

        Takes what `coded_limits` takes. Without thresholds, scores come of them.
        """
        if thresholds is None and not self.biased:
            return np.zeros(weights.shape[::2], np.int64)
        limits = self.coded_limits(weights, thresholds)
        return limits if self.biased else -limits

    def coded_weights(self, weights: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
        """Bits of folded weights (..., pe, simd) as the elements want them, lane by lane."""
        if not self.bipolar_weights:
            places = np.arange(self.weight_bits)
            bits = weights[..., None].astype(np.int64) >> places & 1
            return bits.reshape(*weights.shape[:-1], -1)
        if self.kind == "pixel":
            return pair_weights(weights)
        if self.kind in ("counter", "carry"):
            return 1 - weights
        return weights

    def coded_limits(
        self, weights: NDArray[np.integer[Any]], thresholds: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        """Limits (neuron_fold, pe) on the unit's own count, of folded weights and thresholds.

        For sums that start from them (`biased`) they are negated; scores have no threshold, but
        pixels need their bias. Only that, and a lack of thresholds, has the weights looked at.
        """
        limits = np.zeros(weights.shape[::2], np.int64) if thresholds is None else thresholds
        if self.kind == "pixel":
            form = {"bits": self.bits, "signed_input": self.signed_input}
            limits = limits + pair_bias(weights, **form).sum(axis=1)
        if self.counts:
            # dot >= T is 2P - K >= T, with P matches: P >= ceil((T + K) / 2).
            limits = limits + self.products
            limits = limits if self.zero_flags else -(-limits // 2)
        return -limits if self.biased else limits
