"""What all requantise units have: constants of each channel, and how a sum becomes a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value

from hwgen.rtl.loops import select_by_index

__all__ = ["RequantiseParameters", "held", "multiples"]


@dataclass(frozen=True, kw_only=True)
class RequantiseParameters:
    """Numbers of ``min(max((multiplier * x + bias) >> shift, low), high)``.

    Where ``even`` a result whose shifted out bits are all 0 is rounded down to an even one ahead of
    the limits.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits, signed : int, bool
        Format of an input.
    multipliers, biases : sequence of int
        One a channel; a multiple of ``elements``.
    shift : int
        Fractional bits of multipliers and biases, 0 or more.
    low, high : int
        Range of a result, which fits ``out_bits``.
    out_bits : int
        Width of a result; two's complement where ``low`` is negative.
    even : bool
        Default: False.

    Raises
    ------
    ValueError
        If they do not fit together.
    """

    elements: int
    bits: int
    signed: bool
    multipliers: Sequence[int]
    biases: Sequence[int]
    shift: int
    low: int
    high: int
    out_bits: int
    even: bool = False

    def __post_init__(self) -> None:
        for name, value in (("elements", self.elements), ("bits", self.bits)):
            if value < 1:
                raise ValueError(f"{name} must be positive, not {value!r}")
        counts = len(self.multipliers), len(self.biases)
        if counts[0] != counts[1] or not counts[0] or counts[0] % self.elements:
            raise ValueError(
                f"multipliers and biases must be rows of a multiple of {self.elements} channels, "
                f"not of {counts[0]} and {counts[1]}"
            )
        if self.shift < 0:
            raise ValueError(f"shift must not be negative, not {self.shift!r}")
        low, high = self.low, self.high
        if low > high or Shape.cast(range(low, high + 1)).width > self.out_bits:
            raise ValueError(
                f"low and high must be a range of {self.out_bits} bits, not {low}..{high}"
            )

    @property
    def groups(self) -> int:
        """Words of a pixel."""
        return len(self.biases) // self.elements

    def input_of(self, word: Value, element: int) -> Value:
        """An element of a word, with its sign."""
        x = word.word_select(element, self.bits)
        return x.as_signed() if self.signed else x

    def natural(self, word: Value, element: int) -> Value:
        """What an element of a word is above the least there is, without a sign."""
        x = word.word_select(element, self.bits)
        # The least number has only its highest bit: to be above it is to have that one turned.
        return x ^ (1 << self.bits - 1) if self.signed else x

    def constants(
        self, m: Module, group: Value, element: int, *, natural: bool
    ) -> tuple[Value, Value]:
        """Multiplier and bias of an element of a group; with those of `natural` inputs."""
        mine = slice(element, None, self.elements)
        multipliers, biases = self.multipliers[mine], self.biases[mine]
        if natural and self.signed:
            least = 1 << self.bits - 1
            biases = [b - least * k for k, b in zip(multipliers, biases, strict=True)]
        return (
            select_by_index(m, group, multipliers, name=f"multiplier{element}"),
            select_by_index(m, group, biases, name=f"bias{element}"),
        )

    def result(self, whole: Value, shift: int) -> Value:
        """The result of a sum of so many fractional bits, all that there are where `even`."""
        total = whole >> shift
        if self.even:
            even = Cat(total[0] & whole[:shift].any(), total[1:])
            total = even.as_signed() if total.shape().signed else even
        return self._saturated(total)

    def _saturated(self, total: Value) -> Value:
        low, high = self.low, self.high
        span = (high - low).bit_length()
        if high - low != (1 << span) - 1 or low not in (0, -(1 << span >> 1)) or not span:
            return Mux(total < low, low, Mux(total > high, high, total))
        # All numbers of some bits: whether one is among them shows in the bits above those.
        sign = total[-1] if total.shape().signed else Const(0, 1)
        total = Cat(total, sign.replicate(max(1, span + 1 - len(total))))
        if low == 0:
            return Mux(total[span:] == 0, total[:span], (~sign).replicate(span))
        above = total[span - 1 :]
        end = Cat((~sign).replicate(span - 1), sign)
        return Mux((above == 0) | above.all(), total[:span], end).as_signed()


def multiples(constant: Value, digit: Value) -> list[Value]:
    """What adds up to the product of a constant of a register and a digit without a sign.

    Each bit is a choice, of which synthesis makes fewer cells than of a product of a number with a
    sign and one without.
    """
    return [Mux(bit, constant << k, 0) for k, bit in enumerate(digit)]


def held(m: Module, value: Value, name: str) -> Signal:
    """A register of a value, be it constant or not."""
    register = Signal(value.shape(), name=name, reset_less=True)
    m.d.sync += register.eq(value)
    return register
