"""The units of a plan, with every number that fixes their schedule."""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

__all__ = [
    "CombinePlan",
    "Convert",
    "Fifo",
    "Fork",
    "Join",
    "MatrixPlan",
    "PoolPlan",
    "Register",
    "ReorderPlan",
    "RequantisePlan",
    "Scores",
    "Slice",
    "Unit",
    "WindowPlan",
]

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A piece of hardware with one input and one output stream (but for `Fork` and `Join`).

    ``name`` is its instance name in Verilog, ``stage`` the stage of the integer network that it
    works for.
    """

    name: str
    stage: str
    in_bits: int
    out_bits: int

    @property
    def passes_ready(self) -> bool:
        """Whether ``i.ready`` follows ``o.ready`` within a cycle; two such units are kept apart."""
        return False


@dataclass(frozen=True, kw_only=True)
class Register(Unit):
    """A stage of one register: pixel table (``role`` "levels") or threshold ("threshold")."""

    role: str
    elements: int

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True


@dataclass(frozen=True, kw_only=True)
class Slice(Unit):
    """Register slice: holds a word on its way, for the clock's sake."""

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True


@dataclass(frozen=True, kw_only=True)
class Convert(Unit):
    """Width converter: packs (``up``) or unpacks ``count`` words."""

    count: int
    up: bool

    @property
    def passes_ready(self) -> bool:
        """What unpacks gives up a word with its last piece."""
        return not self.up


@dataclass(frozen=True, kw_only=True)
class Fifo(Unit):
    """Stream FIFO of ``depth`` words."""

    depth: int


@dataclass(frozen=True, kw_only=True)
class Fork(Unit):
    """Gives each word to ``count`` consumers, on the ports ``o_0``, ``o_1`` and so on."""

    count: int

    @property
    def passes_ready(self) -> bool:
        """It gives up a word with the last that is taken."""
        return True


@dataclass(frozen=True, kw_only=True)
class Join(Unit):
    """Takes a word of ``parts[k]`` bits from each port ``i_k`` and puts them side by side."""

    parts: tuple[int, ...]

    @property
    def passes_ready(self) -> bool:
        """Its register takes a word as another leaves."""
        return True


@dataclass(frozen=True, kw_only=True)
class CombinePlan(Join):
    """Join whose word is the sum of its parts' elements, or all of them: ``elements`` in a word."""

    elements: int


@dataclass(frozen=True, kw_only=True)
class WindowPlan(Unit):
    """Sliding-window unit; see ``docs/contracts.md`` for the meaning of each figure."""

    in_shape: tuple[int, int, int]
    bits: int
    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]
    pad: int | None
    """Padding's element as a bit pattern; None adds flags."""
    block: Pair
    taps: Pair
    blocks: Pair
    group: int
    repeats: int
    channels_outer: bool
    slots: int

    @property
    def row_step(self) -> int:
        """Padded rows from one block row to the next."""
        return self.stride[0] * self.block[0]

    @property
    def patch(self) -> Pair:
        """Rows and columns of a patch; the rows of a bank row."""
        return (
            self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.taps[0] - 1) + 1,
            self.stride[1] * (self.block[1] - 1) + self.dilation[1] * (self.taps[1] - 1) + 1,
        )

    @property
    def words_per_pixel(self) -> int:
        """Channel groups."""
        return self.in_shape[2] // self.group

    @property
    def words_per_block(self) -> int:
        """Patches read for each block."""
        tap_groups = (self.kernel[0] // self.taps[0]) * (self.kernel[1] // self.taps[1])
        return self.repeats * tap_groups * self.words_per_pixel

    def rows_needed(self, block_row: int) -> int:
        """Rows of the frame that must be complete before a block row is read; at least one."""
        reach = self.stride[0] * (self.block[0] - 1) + self.dilation[0] * (self.kernel[0] - 1) + 1
        last = block_row * self.row_step + reach
        return min(max(last - self.padding[0], 1), self.in_shape[0])

    def bank_row(self, row: int) -> int:
        """Bank row of its frame that row ``row`` of the feature map lies in."""
        return (row + self.padding[0]) // self.patch[0]

    def oldest_bank_row(self, block_row: int) -> int:
        """First bank row of its frame still in use while a block row is read."""
        row = block_row * self.row_step - self.padding[0]
        return self.bank_row(min(max(row, 0), self.in_shape[0]))

    @property
    def frame_bank_rows(self) -> int:
        """Bank rows from one frame's first to the next one's."""
        return self.bank_row(self.in_shape[0] - 1) + 1

    def least_slots(self) -> int:
        """Bank rows without which some block row could not be read at all."""
        return max(
            self.bank_row(self.rows_needed(b) - 1) - self.oldest_bank_row(b) + 1
            for b in range(self.blocks[0])
        )

    def full_rate_slots(self) -> int:
        """Bank rows that hold a block row and all that the next one needs."""
        span = 0
        for block_row in range(self.blocks[0]):
            following = block_row + 1
            if following < self.blocks[0]:
                last = self.bank_row(self.rows_needed(following) - 1)
            else:
                last = self.frame_bank_rows + self.bank_row(self.rows_needed(0) - 1)
            span = max(span, last - self.oldest_bank_row(block_row) + 1)
        return span


@dataclass(frozen=True, kw_only=True)
class MatrixPlan(Unit):
    """Matrix unit; ``pool`` names the pool stage joined to it, if any.

    ``storage`` is where its weights, of ``weight_bits`` bits each, lie: "constant", "memory" or
    "spram". Where ``depthwise`` each of the ``pe`` output lanes reads a channel of its own of the
    ``group`` that a word has, and patches come once, not again for each neuron fold.
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
    storage: str = "memory"
    weight_bits: int = 1
    depthwise: bool = False

    @property
    def word_bits(self) -> int:
        """Bits of weights that are read in a cycle."""
        return self.pe * self.simd * self.weight_bits

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
        return 3 + self.pipeline

    @staticmethod
    def full_rate_depth(synapse_fold: int, pipeline: int) -> int:
        """Words of output FIFO with which credits never limit the rate."""
        return max(2, ceil((4 + pipeline) / synapse_fold))


@dataclass(frozen=True, kw_only=True)
class RequantisePlan(Unit):
    """Requantisation of words of ``elements`` channels, with an output FIFO of ``depth`` words."""

    elements: int
    depth: int

    latency: ClassVar[int] = 4
    """Cycles from a word to the ``valid`` of its result."""

    full_rate_depth: ClassVar[int] = 5
    """Words of output FIFO with which credits never limit the rate."""


@dataclass(frozen=True, kw_only=True)
class PoolPlan(Unit):
    """Pool unit: ``taps`` words of ``elements`` channels into one, their maximum or ``total``."""

    taps: int
    elements: int
    bits: int
    signed: bool
    total: bool = False


@dataclass(frozen=True, kw_only=True)
class ReorderPlan(Unit):
    """Block order to raster order."""

    block: Pair
    blocks: Pair
    folds: int


@dataclass(frozen=True, kw_only=True)
class Scores(Unit):
    """Output of a design: ``lanes`` values of ``bits`` bits in a word, ``words`` words a pixel.

    Values are two's complement (``signed``), plain binary, or ``bipolar``, of one bit. ``argmax``
    is "max", "min" (what they stand for falls with the integers) or None. An output word holds the
    value in whole bytes, the best class so far (with ``argmax``), and a last flag.
    """

    bits: int
    signed: bool
    bipolar: bool
    lanes: int
    words: int
    argmax: str | None

    @property
    def data_bits(self) -> int:
        """Width of a value as it leaves."""
        return -(-self.bits // 8) * 8

    @property
    def passes_ready(self) -> bool:
        """It gives up a word with its last value."""
        return True

    @property
    def index_bits(self) -> int:
        """Width of the best class."""
        return max(1, (self.lanes * self.words - 1).bit_length()) if self.argmax else 0
