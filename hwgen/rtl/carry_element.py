"""Processing element of bipolar inputs in one carry chain of ECP5."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.carry_chain import CarryChain
from hwgen.rtl.element_parameters import check_element
from hwgen.sizes.count_cells import carry_tree
from hwgen.sizes.count_tree import (
    CARRY,
    LEFT,
    RIGHT,
    ROOT,
    CountTree,
    Place,
    walk,
)

__all__ = ["CarryElement"]

# Tables of a slot's LUT; inputs are a, b, c, d with a the lowest index bit.
ADD = sum((n.bit_count() & 1) << n for n in range(16))
"""Adds a ^ b to c ^ d."""
ACCUMULATE = sum((((n & 1) ^ (n >> (1 if n & 8 else 2) & 1)) << n) for n in range(16))
"""Adds a to b where d, else to c."""
ENTER = 0b0110
"""New carry a ^ b."""

Pair = tuple[Value, Value]
"""Bit that is the exclusive or of two, which costs nothing at the input of a slot."""

ZERO: Pair = (Const(0), Const(0))


class CarryElement(wiring.Component):
    """XNOR-popcount of bipolar inputs and weights, and its accumulator, which starts at a bias.

    Counts the positions where ``x`` differs from ``w``: with negated weights, the matches. ``acc``
    is the count plus ``bias``, so that minus a threshold as bias leaves its comparison as the sign.
    Products, adders, accumulator and the choice of the bias are slots of one chain: a slot adds
    two products, one more enters with each carry, and where one adder ends the next begins.

    Order: ``simd`` products at a time. Latency: ``pipeline`` cycles from ``x`` to the cycle in
    which ``accumulate`` takes it, one more to ``acc``. Interval: 1.

    Parameters
    ----------
    simd : int
        Input lanes.
    acc_bits : int
        Width of the accumulator, two's complement; the caller sizes it for the whole sum.
    pipeline : int
        Registers between XNOR and accumulator: 0, 1 (after the count) or 2 (amid the count too).
    model : bool
        As in `CarryChain`.

    Members
    -------
    x, w : In(simd)
        Inputs, negated weights.
    accumulate, first : In(1)
        Aligned with the count: take it; start from the bias.
    bias : In(signed(acc_bits))
        Aligned with ``first``.
    acc : Out(signed(acc_bits))
    """

    x: Signal
    w: Signal
    accumulate: Signal
    first: Signal
    bias: Signal
    acc: Signal

    def __init__(self, *, simd: int, acc_bits: int, pipeline: int = 1, model: bool = False):
        check_element(simd=simd, acc_bits=acc_bits, pipeline=pipeline)
        self.simd = simd
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        self.model = model
        super().__init__(
            {
                "x": In(simd),
                "w": In(simd),
                "accumulate": In(1),
                "first": In(1),
                "bias": In(signed(acc_bits)),
                "acc": Out(signed(acc_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build count and accumulator."""
        m = Module()
        chain = CarryChain(model=self.model)
        lanes = iter(list(zip(self.x, self.w, strict=True)))
        # The last product enters on the carry of the accumulator.
        count: list[Pair] = []
        if self.simd > 1:
            count = self._count(m, chain, carry_tree(self.simd), lanes)
        last = [next(lanes)]
        for _ in range(self.pipeline):
            last = _registered(m, last)

        chain.cut(ENTER, *last[0])
        total = []
        for n in range(self.acc_bits):
            added = count[n][0] ^ count[n][1] if n < len(count) else Const(0)
            total.append(chain.add(ACCUMULATE, added, self.bias[n], self.acc[n], self.first))
        with m.If(self.accumulate):
            m.d.sync += self.acc.eq(Cat(*total))
        chain.build(m)
        return m

    def _count(
        self, m: Module, chain: CarryChain, tree: CountTree, lanes: Iterator[Pair]
    ) -> list[Pair]:
        """Count of a tree, registered, level by level.

        A level's adders do not depend on each other. Any other order would let timing analysis,
        which follows the carry from adder to adder, find ways through many of them. Where a
        pipeline of 2 asks for speed, chains end at its registers for the same reason.
        """
        counts: dict[Place, list[Pair]] = {}
        for place, node in walk(tree):
            if node.left is None:
                counts[place] = [next(lanes)]
            elif node.carry:
                counts[*place, CARRY] = [next(lanes)]
        registers = self.pipeline
        for level in range(1, tree.level + 1):
            if self.pipeline == 2 and level == tree.level // 2 + 1:
                counts = {place: _registered(m, count) for place, count in counts.items()}
                registers -= 1
                chain.end()
            for place, node in walk(tree):
                if node.level == level and node.left is not None:
                    counts[place] = _add(chain, node, place, counts)
        count = counts[ROOT]
        for _ in range(registers):
            count = _registered(m, count)
        if self.pipeline == 2:
            chain.end()
        return count


def _add(
    chain: CarryChain, node: CountTree, place: Place, counts: dict[Place, list[Pair]]
) -> list[Pair]:
    """Take the counts that an adder adds, and add them."""
    left, right = counts.pop((*place, LEFT)), counts.pop((*place, RIGHT))
    right = right + [ZERO] * (len(left) - len(right))
    chain.cut(ENTER, *counts.pop((*place, CARRY), [ZERO])[0])
    total: list[Pair] = [
        (chain.add(ADD, *a, *b), Const(0)) for a, b in zip(left, right, strict=True)
    ]
    if node.bits > len(left):
        total.append((chain.carry_out(), Const(0)))
    return total


def _registered(m: Module, bits: list[Pair]) -> list[Pair]:
    """Bits a cycle later."""
    result = []
    for pair in bits:
        later = []
        for value in pair:
            if isinstance(value, Const):
                later.append(value)
                continue
            register = Signal(reset_less=True)
            m.d.sync += register.eq(value)
            later.append(register)
        result.append((later[0], later[1]))
    return result
