"""Folding: output lanes, input lanes and shared pixels of each matrix stage."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod

from hwgen.network import IntegerNetwork, Matrix, Pool
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.streamed import WEIGHT_PORT_BITS, streamed_bits

__all__ = [
    "LEAST_HOLD",
    "Folding",
    "blocks_of",
    "fusable_pool",
    "matrix_cycles",
    "patch_of",
    "weight_words",
]

Pair = tuple[int, int]

LEAST_HOLD = 3
"""Pixels for which a weight word stays, at least, where it stays for several: their sums go through
a memory that takes as long."""


@dataclass(frozen=True)
class Folding:
    """``pe`` output lanes; ``taps`` times ``group`` input lanes; a ``block`` of output pixels.

    ``group`` are the channels of an input word; where ``depthwise``, ``pe`` of them, and each
    output lane reads the taps of its own.

    ``storage`` is where the weights lie, ``products`` what multiplies, and ``codebook`` the bits of
    an index where memory has indices of a code book instead of weights, else 0; None leaves it to
    the device.
    """

    pe: int
    group: int
    taps: Pair = (1, 1)
    block: Pair = (1, 1)
    storage: WeightStorage | None = None
    depthwise: bool = False
    rows: int = 0
    """Output rows for which each weight word stays; 0 where it is read again for each block."""
    products: Products | None = None
    codebook: int | None = None

    @property
    def simd(self) -> int:
        """Input lanes of each output lane."""
        return self.taps[0] * self.taps[1] * (1 if self.depthwise else self.group)

    @property
    def m(self) -> int:
        """Output pixels that share one weight read."""
        return self.block[0] * self.block[1]

    def as_json(self) -> dict[str, object]:
        """Entry of a folding file."""
        entry: dict[str, object] = {
            "pe": self.pe,
            "simd": self.simd,
            "taps": list(self.taps),
            "m": list(self.block),
        }
        # With weights from outside they would be all rows, if it did not say.
        if self.rows or self.storage == WeightStorage.EXTERNAL:
            entry["rows"] = self.rows
        if self.products is not None:
            entry["products"] = self.products.value
        if self.codebook is not None:
            entry["codebook"] = self.codebook
        return entry if self.storage is None else entry | {"storage": self.storage.value}


def fusable_pool(network: IntegerNetwork, stage: Matrix) -> Pool | None:
    """Pool stage right behind a matrix stage that its unit can take in."""
    pool = network.following(stage.name)
    if not isinstance(pool, Pool) or stage.thresholds is None or pool.window != pool.stride:
        return None
    if any(pool.padding):
        return None
    if network.readers(stage.name) != (pool,):
        return None
    overhangs = any(
        o * w > i for o, w, i in zip(pool.out_shape, pool.window, pool.in_shape, strict=False)
    )
    return None if overhangs else pool


def blocks_of(stage: Matrix, pool: Pool | None, block: Pair) -> Pair:
    """Blocks of output pixels that the stage computes: rows, columns."""
    if pool is not None and block == pool.window:
        return pool.out_shape[0], pool.out_shape[1]
    return stage.out_shape[0] // block[0], stage.out_shape[1] // block[1]


def patch_of(stage: Matrix, folding: Folding) -> Pair:
    """Rows and columns of the inputs that a folded stage reads at once."""
    rows, columns = (
        stride * (pixels - 1) + dilation * (taps - 1) + 1
        for stride, pixels, dilation, taps in zip(
            stage.stride, folding.block, stage.dilation, folding.taps, strict=True
        )
    )
    return rows, columns


def weight_words(stage: Matrix, folding: Folding) -> tuple[int, int]:
    """Words of a folded stage's weights, and the bits of each."""
    lanes = folding.pe * folding.simd
    return stage.weights.size // lanes, lanes * (folding.codebook or stage.weight_bits)


def matrix_cycles(
    stage: Matrix, pool: Pool | None, folding: Folding, weights_interval: Fraction | int = 1
) -> int:
    """Cycles a frame that the folded stage needs: patches read, or words written if more.

    Or weights, where they come in, a word of the port every ``weights_interval`` cycles.
    """
    blocks = blocks_of(stage, pool, folding.block)
    groups = stage.in_shape[2] // folding.group
    taps = prod(k // t for k, t in zip(stage.weights.shape[1:3], folding.taps, strict=True))
    repeats = 1 if stage.depthwise else stage.weights.shape[0] // folding.pe
    reads = prod(blocks) * taps * groups * repeats
    if folding.storage == WeightStorage.EXTERNAL:
        words, bits = weight_words(stage, folding)
        words *= stage.out_shape[0] // folding.rows if folding.rows else prod(blocks)
        port_words = words * streamed_bits(bits, words) // WEIGHT_PORT_BITS
        reads = max(reads, ceil(port_words * weights_interval))
    return max(reads, stage.in_shape[0] * stage.in_shape[1] * groups)
